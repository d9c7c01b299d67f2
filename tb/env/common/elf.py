# SPDX-License-Identifier: Apache-2.0
"""The firmware's ELF file: its loadable bytes, and which function and source line an address lies in."""

import bisect
import os
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from traindeploy.errors import UserError


class Firmware:
    """``entry`` is the boot address, ``segments`` a list of (physical address, bytes)."""

    def __init__(self, path: Path) -> None:
        """Read ``path``; UserError if it is not a 32-bit RISC-V executable."""
        try:
            with open(path, "rb") as file:
                self._read(ELFFile(file))
        except FileNotFoundError as error:
            raise UserError(f"{path}: no such firmware; compile the model first") from error
        except ELFError as error:
            raise UserError(f"{path}: not an ELF file ({error})") from error

    def _read(self, elf: ELFFile) -> None:
        if elf.elfclass != 32 or elf["e_machine"] != "EM_RISCV":
            raise UserError(f"the firmware is for {elf['e_machine']}, {elf.elfclass} bits; expected 32-bit RISC-V")
        self.entry: int = elf["e_entry"]
        contents = [section for section in elf.iter_sections("SHT_PROGBITS") if section["sh_size"] > 0]
        # A linker may add a segment that maps nothing but the file's own headers.
        self.segments = [
            (segment["p_paddr"], segment.data())
            for segment in elf.iter_segments("PT_LOAD")
            if any(segment.section_in_segment(section) for section in contents)
        ]
        table: Any = elf.get_section_by_name(".symtab")
        symbols = list(table.iter_symbols()) if table else []
        self.symbols = {symbol.name: symbol["st_value"] for symbol in symbols if symbol.name}
        functions = [
            (
                symbol["st_value"],
                symbol["st_size"] == 0,
                symbol["st_size"] or _rest_of_section(elf, symbol),
                symbol.name,
            )
            for symbol in symbols
            if symbol.name
            and not symbol.name.startswith(("$", ".L"))  # $x, $d, .L0: marks of code, data and lines, not functions
            and symbol["st_info"]["type"] in ("STT_FUNC", "STT_NOTYPE")
            and isinstance(symbol["st_shndx"], int)
        ]
        # A sized function before a bare label at the same address.
        self._functions = [(start, size, name) for start, _bare, size, name in sorted(functions)]
        self._starts = [start for start, _, _ in self._functions]
        self._lines = _line_table(elf)
        self._line_starts = [start for start, _ in self._lines]

    def location(self, address: int) -> str:
        """``function at file:line``; the function alone without a line table, the number if no function holds it."""
        function, line = self._function(address), self.line(address)
        name = function[0] if function else f"{address:#010x}"
        return f"{name} at {line}" if line else name

    def locate(self, address: int) -> str:
        """``function+0xoffset at file:line (address)``; what is not known is left out."""
        function, line = self._function(address), self.line(address)
        if function is None:
            return f"{address:#010x}"
        place = f" at {line}" if line else ""
        return f"{function[0]}+{function[1]:#x}{place} ({address:#010x})"

    def line(self, address: int) -> str:
        """``file:line`` of the instruction at ``address``; empty if the file has no line table or it ends before."""
        index = bisect.bisect_right(self._line_starts, address) - 1
        return self._lines[index][1] if index >= 0 else ""

    def bounds(self, name: str) -> tuple[int, int] | None:
        """First address of function ``name`` and the one behind its last; None if there is no such function."""
        return next(((start, start + size) for start, size, other in self._functions if other == name), None)

    def _function(self, address: int) -> tuple[str, int] | None:
        """The function that holds ``address``, and how far into it."""
        index = bisect.bisect_right(self._starts, address) - 1
        while index >= 0:
            start, size, name = self._functions[index]
            if address < start + size:
                first = bisect.bisect_left(self._starts, start)
                start, size, name = self._functions[first]
                return name, address - start
            index -= 1
        return None


def _rest_of_section(elf: ELFFile, symbol: Any) -> int:
    """Bytes from a bare label to the end of its section, which is how far it can reach."""
    section: Any = elf.get_section(symbol["st_shndx"])
    return int(section["sh_addr"] + section["sh_size"] - symbol["st_value"])


def _line_table(elf: ELFFile) -> list[tuple[int, str]]:
    """(first address, ``file:line``) of every run of instructions, sorted; an empty text ends what the table covers."""
    if not elf.has_dwarf_info():
        return []
    dwarf = elf.get_dwarf_info()
    starts: dict[int, str] = {}
    ends = set()
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is None:
            continue
        names = _file_names(program.header)
        dropped = None  # True within a function that the linker left out: its lines begin at address 0
        for state in (entry.state for entry in program.get_entries() if entry.state is not None):
            dropped = state.address == 0 if dropped is None else dropped
            if state.end_sequence:
                if not dropped:
                    ends.add(state.address)
                dropped = None
            elif state.line and not dropped:  # 0: the compiler's own; of several at one address the last is in effect
                starts[state.address] = f"{names.get(state.file, '?')}:{state.line}"
    for end in ends:
        starts.setdefault(end, "")
    return sorted(starts.items())


def _file_names(header: Any) -> dict[int, str]:
    """Number -> path of the files of a line program, without a leading ``./``."""
    folders = [text.decode() for text in header["include_directory"]]
    first = 0 if header["version"] >= 5 else 1
    names = {}
    for number, file in enumerate(header["file_entry"], first):
        index = file["dir_index"] - first
        folder = folders[index] if 0 <= index < len(folders) else "."
        names[number] = os.path.normpath(os.path.join(folder, file["name"].decode()))
    return names
