# SPDX-License-Identifier: Apache-2.0
"""Verification of single kernels on the RTL: what they are called with, the program of many calls, the verdict."""
