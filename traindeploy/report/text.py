# SPDX-License-Identifier: Apache-2.0
"""How numbers and names are written in every report."""

import os
from pathlib import Path

from rich.text import Text

from traindeploy.records.names import printable
from traindeploy.records.self_check import SelfCheck

# The parts of the chip that compute or move, and whose cycles they are (figures/cycles.py).
LANE_NAMES = {"redmule": "RedMule", "cores": "Cores", "dma": "DMA", "hyperbus": "HyperBus"}
OWNER_NAMES = {**LANE_NAMES, "control": "control"}


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


def figure(value: float) -> str:
    """A count with separators, anything else to four digits."""
    return number(int(value)) if value == value // 1 and abs(value) < 1e15 else f"{value:.4g}"


def self_check_line(check: SelfCheck) -> str:
    """``self-check, peak of L1: 30,464 B, expected equal to 30,528 B: by the allocator, and ...``."""
    unit = f" {check.unit}" if check.unit else ""
    limit = f"{check.relation} {figure(check.limit)}"
    return f"self-check, {check.name}: {figure(check.figure)}{unit}, expected {limit}{unit}: {check.text}"


def plain(text: str) -> Text:
    """``text`` for rich to show as it is, on one line: no markup in it counts."""
    return Text(printable(text))


def plain_lines(text: str) -> Text:
    """``plain`` of each line."""
    return Text("\n").join(map(plain, text.split("\n")))


def shown_path(path: Path) -> str:
    """``path`` as seen from here, if here still exists."""
    try:
        return os.path.relpath(path)
    except OSError:
        return str(path)
