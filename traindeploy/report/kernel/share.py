# SPDX-License-Identifier: Apache-2.0
"""Shares as the reports of kernels write them."""


def percent(part: int, whole: int) -> float | None:
    """Rounded down, so that 100 means all; None of nothing."""
    return None if not whole else int(1000 * part / whole) / 10


def of_bound(share: float) -> float:
    """An error over its bound to three digits; what is below 1 stays below 1, what is above 1 above."""
    shown = float(f"{share:.3g}")
    return shown if (shown < 1, shown > 1) == (share < 1, share > 1) else 0.999 if share < 1 else 1.01
