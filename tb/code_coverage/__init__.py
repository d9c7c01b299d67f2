# SPDX-License-Identifier: Apache-2.0
"""Code coverage of the RTL over any set of tests: which test ran a line, which lines of a change none has."""
