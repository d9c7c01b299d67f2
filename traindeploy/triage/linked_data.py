# SPDX-License-Identifier: Apache-2.0
"""The descriptors of a linked program that is data (``FORM=data``): what its words say, row by row."""

from collections.abc import Iterator

import numpy as np

from tb.env.common.elf import Firmware
from traindeploy.codegen.data_rows import slots_said

Rows = dict[tuple[str, int], tuple[int, ...]]  # (table, row) as triage counts them -> words
_TYPES = {"actions": np.uint16, "calls": np.uint8}  # of the tables; the others are words of 32 bits
_TABLES = (*_TYPES, "arguments", "addresses", "dma_shapes", "hyper_shapes", "job_shapes")


def is_data(firmware: Firmware) -> bool:
    """Whether the program is tables that the runtime walks."""
    return "td_slot" in firmware.symbols


def rows(firmware: Firmware) -> Rows:
    """The descriptors of ``firmware``, which is data. ValueError if its tables say nothing."""
    tables = {name: _numbers(firmware, name, _TYPES.get(name, np.uint32)) for name in _TABLES}
    slots = int(_numbers(firmware, "program", np.uint32)[0])
    said = slots_said(tables, list(_kernels(firmware)), slots)
    return {(each.table, each.row): tuple(map(int, each.words)) for slot in said for each in slot if each.table}


def _kernels(firmware: Firmware) -> Iterator[str]:
    """Names by number: pairs of a function's address and its arguments' bytes, as long as they are that."""
    names = {address: name for name, address in firmware.symbols.items() if name.startswith("td_")}
    for address in _numbers(firmware, "kernels", np.uint32)[::2]:
        if int(address) not in names:
            return
        yield names[int(address)]


def _numbers(firmware: Firmware, name: str, type_: type) -> list[int]:
    """From the table's first number to the end of its segment; ValueError if it is in none."""
    address = firmware.symbols.get(name, -1)
    for start, data in firmware.segments:
        if start <= address < start + len(data):
            rest = data[address - start :]
            return np.frombuffer(rest[: len(rest) // 4 * 4], type_).tolist()  # type: ignore[no-any-return]
    raise ValueError(f"the firmware has no table {name}")
