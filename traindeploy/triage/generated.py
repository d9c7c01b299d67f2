# SPDX-License-Identifier: Apache-2.0
"""What the firmware really holds: descriptors as linked, lines of the generated C, instructions of a kernel."""

import re
import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tb.env.common.elf import Firmware
from traindeploy.ir.program import Call, Dma, Hyper, Ref
from traindeploy.ops import KERNELS
from traindeploy.triage import linked_data
from traindeploy.triage.actions import Action

DMA_FIELDS = (
    *("src", "dst", "len", "src_stride", "dst_stride", "rows"),
    *("src_stride2", "dst_stride2", "planes"),
)
HYPER_FIELDS = ("l3_addr", "l2_addr", "len", "dir")


def descriptor(item: Dma | Hyper | Call) -> dict[str, int]:
    """The words of an action's descriptor by field, as the schedule has them."""
    if isinstance(item, Dma):
        values = (
            *(item.source.address, item.destination.address, item.length, item.source_stride),
            *(item.destination_stride, item.rows, item.source_stride2, item.destination_stride2, item.planes),
        )
        return dict(zip(DMA_FIELDS, values, strict=True))
    if isinstance(item, Hyper):
        return dict(zip(HYPER_FIELDS, (item.l3, item.l2.address, item.length, int(item.to_l3)), strict=True))
    return {name: _word(item.args[name]) for name in KERNELS[item.kernel].arguments}


def _word(value: Ref | int | float | None) -> int:
    if isinstance(value, Ref):
        return value.address
    if isinstance(value, float | np.floating):
        return int(struct.unpack("<I", struct.pack("<f", value))[0])
    return int(value or 0)


def differences(actions: Iterable[Action], firmware: Firmware) -> dict[int, str]:
    """Action number -> fields whose words in the linked firmware are not the schedule's."""
    found = {}
    rows = linked_data.rows(firmware) if linked_data.is_data(firmware) else None
    for action in actions:
        wanted = descriptor(action.item)
        if rows is None:
            linked = _linked(firmware, action.table, action.row, len(wanted))
        else:
            linked = rows.get((action.table, action.row))
        if linked is None:
            continue
        wrong = [
            f"{action.table}[{action.row}].{name} is {have:#x} instead of {want:#x}"
            for (name, want), have in zip(wanted.items(), linked, strict=True)
            if want & 0xFFFF_FFFF != have
        ]
        if wrong:
            found[action.number] = ", ".join(wrong)
    return found


def _linked(firmware: Firmware, table: str, row: int, words: int) -> tuple[int, ...] | None:
    """A row of a table of the firmware; None if the compiler has dropped the table."""
    address = firmware.symbols.get(table)
    if address is None:
        return None
    at = address + 4 * words * row
    for start, data in firmware.segments:
        if start <= at and at + 4 * words <= start + len(data):
            return struct.unpack_from(f"<{words}I", data, at - start)
    return None


class Lines:
    """The generated C, line by line."""

    def __init__(self, source: Path) -> None:
        self.name = source.name
        self.lines = source.read_text(encoding="utf-8").splitlines() if source.exists() else []

    def of(self, action: Action) -> tuple[str, str]:
        """(file:line, text) of what starts the action; empty texts if there is none."""
        row = f"{action.table}[{action.row}]"
        names = (f"&{row}", f" = {row};", f"// {row} ")  # the last in a program that is data
        return next(
            (
                (f"{self.name}:{number}", line.strip())
                for number, line in enumerate(self.lines, 1)
                if any(name in line for name in names)
            ),
            ("", ""),
        )


def instructions(firmware: Firmware, name: str) -> str:
    """``first-last (name)`` of a function; empty if the firmware has none of that name."""
    bounds = firmware.bounds(name)
    return f"{bounds[0]:#010x}-{bounds[1] - 1:#010x} ({name})" if bounds else ""


def source_line(firmware: Firmware, name: str) -> str:
    """``file:line`` at which a function of the firmware begins; empty if that is not known."""
    bounds = firmware.bounds(name)
    return re.sub(r":0$", "", firmware.line(bounds[0])) if bounds else ""
