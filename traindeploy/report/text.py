# SPDX-License-Identifier: Apache-2.0
"""How numbers are written in every report."""


def number(value: float) -> str:
    """1234567 -> ``1,234,567``."""
    return f"{value:,.0f}"


def bytes_text(value: int) -> str:
    """1,536 -> ``1.5 KiB``."""
    for limit, unit in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if value >= limit:
            return f"{value / limit:.4g} {unit}"
    return f"{value} B"


def duration(seconds: float) -> str:
    """95 -> ``1:35``."""
    whole = max(round(seconds), 0)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
