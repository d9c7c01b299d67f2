# SPDX-License-Identifier: Apache-2.0
"""Register tables of the documentation, from SystemRDL: ``python -m tb.build.register_table`` rewrites them.

A page says where: a line ``<!-- registers BLOCK: begin -->`` and a line ``<!-- registers BLOCK: end -->`` enclose the
table of ``rtl/*/BLOCK.rdl``.
"""

import re
from pathlib import Path

from systemrdl.node import FieldNode, RegNode

from tb.build.paths import ROOT, register_maps
from tb.build.registers import compile_map, registers

MARKED = re.compile(r"(<!-- registers (\w+): begin -->\n)(.*?)(<!-- registers \2: end -->\n)", re.DOTALL)


def table(block: str) -> str:
    """The registers of ``block`` as a Markdown table, one line each with its fields; an array is one line."""
    lines = ["| offset | name | access | fields | meaning |", "|---|---|---|---|---|"]
    alike: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    for name, offset, node in registers(compile_map(register_maps()[block])):
        fields = list(node.fields(include_gaps=False))
        row = (re.sub(r"\d+", "i", name), _access(fields), _fields(fields), _meaning(node, fields))
        alike.setdefault(row, []).append((name, offset))
    for (name, *rest), elements in alike.items():
        first, offset = elements[0]
        if len(elements) == 1:
            lines.append(f"| 0x{offset:02X} | {first} | {' | '.join(rest)} |")
        else:
            step = elements[1][1] - offset
            assert [place for _, place in elements] == [offset + i * step for i in range(len(elements))], name
            lines.append(f"| 0x{offset:02X} + 0x{step:X} i | {name}, i < {len(elements)} | {' | '.join(rest)} |")
    return "\n".join([*lines, ""])


def fill(text: str) -> str:
    """``text`` with every marked table as the register maps have it now."""
    return MARKED.sub(lambda found: found[1] + table(found[2]) + found[4], text)


def pages() -> list[Path]:
    """The documents that hold register tables."""
    return [page for page in sorted((ROOT / "docs").rglob("*.md")) if MARKED.search(page.read_text())]


def _access(fields: list[FieldNode]) -> str:
    return "".join(sorted({letter for field in fields for letter in field.get_property("sw").name}))


def _fields(fields: list[FieldNode]) -> str:
    if len(fields) == 1 and fields[0].width == 32:
        return ""
    return ", ".join(f"{f.inst_name}[{f'{f.msb}:{f.lsb}' if f.width > 1 else f.lsb}]" for f in reversed(fields))


def _meaning(node: RegNode, fields: list[FieldNode]) -> str:
    described = [f"{field.inst_name}: {field.get_property('desc')}" for field in fields if field.get_property("desc")]
    texts = [node.get_property("desc") or "", *described]
    return " ".join(" ".join(text.split()) for text in texts if text).replace("|", "\\|")


if __name__ == "__main__":
    for page in pages():
        page.write_text(fill(page.read_text()))
        print(page)
