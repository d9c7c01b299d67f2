# SPDX-License-Identifier: Apache-2.0
"""The files between the program of a kernel's cases and its bench, in the run's folder."""

CASES = "cases.npz"  # base: address of each window; first: where its words begin in after; after: what it must hold
FOUND = "found.npz"  # what the bench saw: see checker.py
EMPTY = 2  # calls before the first case: an empty one, and the first case without being counted
