# SPDX-License-Identifier: Apache-2.0
"""The platform in C and assembly: ``td_platform.h``, and ``<block>_regs.h`` of each register map.

A register map gives ``TD_<BLOCK>_<REGISTER>_OFFSET``, ``_COUNT`` and ``_STRIDE`` of arrays,
``TD_<ENUMERATION>_<CHOICE>``, and of every field with a name of its own ``TD_<BLOCK>_<REGISTER>_<FIELD>`` followed by
``_MASK`` (one bit that software tells hardware), ``_PUT(value)`` (several such bits) and ``_GET(word)`` (bits that
hardware tells software).
"""

from collections.abc import Iterator, Sequence

from traindeploy.platform.address_map import REGIONS
from traindeploy.platform.chip import NUM_CORES
from traindeploy.platform.layout import STACK_BYTES
from traindeploy.platform.registers import Register, RegisterMap
from traindeploy.platform.signals import EVENTS, EXIT_KIND, EXITS

HEADER = "// SPDX-License-Identifier: Apache-2.0"


def platform_header(origin: str) -> str:
    """Address map, event lines and end codes."""
    lines = [_define("TD_NUM_CORES", f"{NUM_CORES}u"), _define("TD_STACK_BYTES", f"{STACK_BYTES}u", "a core's")]
    for region in REGIONS:
        lines.append(_define(f"TD_{region.name}_BASE", f"{region.base:#x}u", region.meaning))
        lines.append(_define(f"TD_{region.name}_SIZE", f"{region.size:#x}u"))
    lines += [_define(f"TD_EVENT_{s.name}_MASK", f"{1 << s.value:#x}u", s.meaning) for s in EVENTS]
    lines.append(_define("TD_EXIT_KIND", f"{EXIT_KIND:#x}u", "the part of a code that says which"))
    lines += [_define(f"TD_EXIT_{s.name}", f"{s.value:#x}u", s.meaning) for s in EXITS]
    return _header("TD_PLATFORM_H", origin, lines)


def register_header(registers: RegisterMap, origin: str) -> str:
    """The header of a register map."""
    prefix = f"TD_{registers.block.upper()}"
    lines = [_define(f"{prefix}_{r.name}_OFFSET", f"{r.offset:#x}u") for r in registers.registers]
    for array, first in registers.arrays():
        lines.append(_define(f"{prefix}_{array}_COUNT", f"{first.count}u"))
        lines.append(_define(f"{prefix}_{array}_STRIDE", f"{first.stride:#x}u"))
    for name, field in registers.encodings().items():
        lines += [_define(f"TD_{name}_{c.name}".upper(), f"{c.value}u", c.meaning) for c in field.choices]
    for register in registers.registers:
        if not register.is_word:
            lines += _fields(prefix, register)
    return _header(f"{prefix}_REGS_H", origin, lines)


def _fields(prefix: str, register: Register) -> Iterator[str]:
    for field in register.fields:
        label = f"{prefix}_{register.name}_{field.name}".upper()
        written = "w" in field.access and "r" in field.hardware
        if written and field.width == 1:
            yield _define(f"{label}_MASK", f"{field.mask:#x}u")
        elif written:
            yield _define(f"{label}_PUT(value)", f"((uint32_t)(value) << {field.lsb})")
        if "r" in field.access and "w" in field.hardware:
            yield _define(f"{label}_GET(word)", f"((word) >> {field.lsb} & {(1 << field.width) - 1:#x}u)")


def _define(name: str, value: str, meaning: str = "") -> str:
    return f"#define {name} {value}" + (f" // {meaning}" if meaning else "")


def _header(guard: str, origin: str, lines: Sequence[str]) -> str:
    return "\n".join([HEADER, f"// {origin}", f"#ifndef {guard}", f"#define {guard}", *lines, "#endif", ""])
