# SPDX-License-Identifier: Apache-2.0
"""The platform in the documentation: ``python -m traindeploy.platform.tables`` brings all pages up to date.

A page says where: a line ``<!-- registers BLOCK: begin -->`` and a line ``<!-- registers BLOCK: end -->`` enclose the
table of the register map ``BLOCK``; ``<!-- platform TABLE: begin -->`` and ``end`` enclose one of ``PLATFORM``.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from traindeploy.platform.address_map import KB, L3, MB, REGIONS, Region
from traindeploy.platform.configurations import CONFIGS
from traindeploy.platform.layout import DIVISION
from traindeploy.platform.paths import ROOT
from traindeploy.platform.registers import Field, Register, register_map
from traindeploy.platform.signals import EVENTS, EXITS, FAULT_SOURCES, MAILBOX, TRAP_CAUSES, Signal

MARKED = re.compile(r"(<!-- (registers|platform) (\w+): begin -->\n)(.*?)(<!-- \2 \3: end -->\n)", re.DOTALL)


def fill(text: str) -> str:
    """``text`` with every marked table as the sources have it now."""

    def table(found: re.Match[str]) -> str:
        return found[1] + (registers(found[3]) if found[2] == "registers" else PLATFORM[found[3]]()) + found[5]

    return MARKED.sub(table, text)


def pages() -> list[Path]:
    """The documents that hold such tables."""
    texts = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in texts if MARKED.search(page.read_text())]


def registers(block: str) -> str:
    """The registers of ``block``, one line each with its fields; an array is one line."""
    rows = []
    for register in register_map(block).registers:
        place, name = f"0x{register.offset:02X}", register.name
        if register.array:
            place += f" + 0x{register.stride:X} i"
            name = f"{name.replace(register.array, f'{register.array}i', 1)}, i < {register.count}"
        rows.append((place, name, register.access, _fields(register), _meaning(register)))
    return _table(("offset", "name", "access", "fields", "meaning"), rows)


def address_map() -> str:
    """Regions of the address map, and L3 that is not on it."""
    rows = [(f"0x{r.base:08X}", _size(r.size), r.name, r.meaning) for r in REGIONS]
    return _table(("base", "size", "name", "what"), [*rows, ("not mapped", _size(L3.size), L3.name, L3.meaning)])


def division() -> str:
    """What software makes of TCDM and L2."""

    def row(region: Region) -> tuple[str, ...]:
        return f"0x{region.base:08X}", f"{region.size} bytes", region.name, region.meaning

    return _table(("from", "size", "name", "what"), map(row, DIVISION))


def events() -> str:
    """Event lines."""
    return _table(("bit", "name", "raised when"), [("0 to 7", "software", "SW_EVENTi is written"), *_numbers(EVENTS)])


def mailbox() -> str:
    """Mailbox words."""
    return _table(("word", "name", "meaning"), [*_words(MAILBOX), ("any other", "", "is printed")])


def exits() -> str:
    """Codes that end the computation."""
    return _table(("code", "name", "meaning"), [*_words(EXITS), ("any other", "", "is the program's own failure")])


def fault_sources() -> str:
    """Who made an access that failed."""
    core = ("0 to 7", "core", "a data access of the core of this number")
    return _table(("source", "name", "who made the access"), [core, *_numbers(FAULT_SOURCES)])


def traps() -> str:
    """Exceptions that end a run."""
    return _table(("mcause", "exception"), [(str(cause), name) for cause, name in TRAP_CAUSES.items()])


def configurations() -> str:
    """What can be built."""
    rows = [
        (f"`{c.name}`", str(c.height), str(c.rows), str(c.pipe), str(c.fmas), f"{32 * c.tile_columns} + 32",
         str(c.tcdm_banks), str(c.num_fpus))
        for c in CONFIGS.values()
    ]  # fmt: skip
    titles = ("configuration", "H", "L", "P", "multiply-adders", "wide port, bits", "TCDM banks", "FPUs")
    return _table(titles, rows)


def verification() -> str:
    """What is run on each configuration."""
    rows = [(f"`{c.name}`", check.what, check.plan, f"`{check.entry}`") for c in CONFIGS.values() for check in c.checks]
    return _table(("configuration", "verified by", "every", "entry of the test plan"), rows)


PLATFORM: dict[str, Callable[[], str]] = {
    function.__name__: function
    for function in (
        *(address_map, division, events, mailbox, exits, fault_sources, traps),
        *(configurations, verification),
    )
}


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([*lines, ""])


def _numbers(signals: Iterable[Signal]) -> list[tuple[str, ...]]:
    return [(str(s.value), s.name, s.meaning) for s in signals]


def _words(signals: Iterable[Signal]) -> list[tuple[str, ...]]:
    return [(f"0x{s.value:08X}", s.name, s.meaning) for s in signals]


def _size(size: int) -> str:
    return f"{size // MB} MB" if size >= MB else f"{size // KB} KB"


def _value(value: int) -> str:
    return f"{value}" if value < 256 else f"0x{value:X}"


def _fields(register: Register) -> str:
    if register.is_word:
        return ""

    def bits(field: Field) -> str:
        return f"{field.lsb + field.width - 1}:{field.lsb}" if field.width > 1 else f"{field.lsb}"

    return ", ".join(f"{field.name}[{bits(field)}]" for field in reversed(register.fields))


def _meaning(register: Register) -> str:
    texts = [register.meaning]
    for field in register.fields:
        known = ", ".join(f"{_value(choice.value)} {choice.meaning or choice.name}" for choice in field.choices)
        text = " ".join(part for part in (field.meaning, f"{known}." if known else "") if part)
        texts += [f"{field.name}: {text}"] if text else []
    return " ".join(text for text in texts if text)


if __name__ == "__main__":
    for page in pages():
        page.write_text(fill(page.read_text()))
        print(page)
