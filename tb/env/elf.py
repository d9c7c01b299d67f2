# SPDX-License-Identifier: Apache-2.0
"""The firmware's ELF file: its loadable bytes, and which function an address lies in."""

import bisect
from pathlib import Path

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
        table = elf.get_section_by_name(".symtab")
        symbols = list(table.iter_symbols()) if table else []
        self.symbols = {symbol.name: symbol["st_value"] for symbol in symbols if symbol.name}
        functions = [
            (symbol["st_value"], symbol["st_size"], symbol.name)
            for symbol in symbols
            if symbol.name
            and not symbol.name.startswith("$")  # $x, $d: marks of code and data, not functions
            and symbol["st_info"]["type"] in ("STT_FUNC", "STT_NOTYPE")
            and symbol["st_shndx"] != "SHN_ABS"
        ]
        # A sized function before a bare label at the same address.
        self._functions = sorted(functions, key=lambda f: (f[0], -f[1]))
        self._starts = [start for start, _, _ in self._functions]

    def locate(self, address: int) -> str:
        """``function+0xoffset`` for a program counter, or its number if no function holds it."""
        index = bisect.bisect_right(self._starts, address) - 1
        while index >= 0:
            start, size, name = self._functions[index]
            if size == 0 or address < start + size:
                first = bisect.bisect_left(self._starts, start)
                start, size, name = self._functions[first]
                return f"{name}+{address - start:#x} ({address:#010x})"
            index -= 1
        return f"{address:#010x}"
