# SPDX-License-Identifier: Apache-2.0
"""Shares as the reports of kernels write them."""


def percent(part: int, whole: int) -> float | None:
    """Rounded down, so that 100 means all; None of nothing."""
    return None if not whole else int(1000 * part / whole) / 10
