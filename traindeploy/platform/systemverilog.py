# SPDX-License-Identifier: Apache-2.0
"""The platform in SystemVerilog: ``td_platform_pkg``, and ``td_<block>_reg_pkg`` of each register map.

A register map gives offsets, reset values that are not 0, enumerations, and of every register with fields the struct
``<block>_<register>_t`` (its fields, without the gaps) with ``unpack_<block>_<register>`` from a word and
``pack_<block>_<register>`` to one.
"""

from collections.abc import Iterator

from traindeploy.platform.address_map import L3, REGIONS
from traindeploy.platform.chip import DMA_QUEUE, HYPERBUS_QUEUE, NUM_CORES
from traindeploy.platform.registers import Field, Register, RegisterMap
from traindeploy.platform.signals import EVENTS, FAULT_SOURCES

HEADER = "// SPDX-License-Identifier: Apache-2.0"

IN_REGION = """\
  // Whether addr lies in a region of the address map: a power of two in size, a multiple of it in base.
  function automatic logic td_in_region(logic [31:0] addr, logic [31:0] base, int unsigned size);
    return (addr & ~(32'(size) - 32'd1)) == base;
  endfunction"""


def platform_package(origin: str) -> str:
    """Address map, event lines and fault sources."""
    lines = [HEADER, f"// {origin}", "package td_platform_pkg;"]
    numbers = {"NUM_CORES": NUM_CORES, "DMA_QUEUE": DMA_QUEUE, "HYPERBUS_QUEUE": HYPERBUS_QUEUE}
    lines += [f"  localparam int unsigned TD_{name} = {value};" for name, value in numbers.items()]
    for region in REGIONS:
        lines.append(f"  localparam logic [31:0] TD_{region.name}_BASE = {_word(region.base)};  // {region.meaning}")
        lines.append(f"  localparam int unsigned TD_{region.name}_SIZE = {region.size};")
    lines.append(f"  localparam int unsigned TD_{L3.name}_SIZE = {L3.size};  // {L3.meaning}, not on the bus")
    for title, kind, signals in (
        ("Event lines", "EVENT", EVENTS),
        ("Fault sources; a core's number for an access of its own", "FAULT_SOURCE", FAULT_SOURCES),
    ):
        lines.append(f"\n  // {title}.")
        lines += [f"  localparam int unsigned TD_{kind}_{s.name} = {s.value};  // {s.meaning}" for s in signals]
    return "\n".join([*lines, "", IN_REGION, "endpackage : td_platform_pkg", ""])


def register_package(registers: RegisterMap, origin: str) -> str:
    """The package of a register map."""
    name, prefix = f"td_{registers.block}_reg_pkg", f"TD_{registers.block.upper()}"
    lines = [HEADER, f"// {origin}", f"package {name};"]
    for register in registers.registers:
        lines.append(f"  localparam logic [11:0] {prefix}_{register.name}_OFFSET = 12'h{register.offset:x};")
        if register.reset:
            lines.append(f"  localparam logic [31:0] {prefix}_{register.name}_RESET = {_word(register.reset)};")
    for array, first in registers.arrays():
        lines.append(f"  localparam int unsigned {prefix}_{array}_COUNT = {first.count};")
        lines.append(f"  localparam int unsigned {prefix}_{array}_STRIDE = {first.stride};")
    for field in registers.encodings().values():
        lines += ["", *_enumeration(field)]
    for register in registers.registers:
        if not register.is_word:
            lines += ["", *_structure(f"{registers.block}_{register.name.lower()}", register)]
    return "\n".join([*lines, f"endpackage : {name}", ""])


def _enumeration(field: Field) -> Iterator[str]:
    yield f"  typedef enum {_type(field.width)} {{"
    for i, choice in enumerate(field.choices):
        comma = "," if i < len(field.choices) - 1 else ""
        name = "".join(part.capitalize() for part in f"{field.encoding}_{choice.name}".split("_"))
        meaning = f"  // {choice.meaning}" if choice.meaning else ""
        yield f"    {name} = {field.width}'d{choice.value}{comma}{meaning}"
    yield f"  }} {field.encoding}_e;"


def _structure(label: str, register: Register) -> Iterator[str]:
    fields = sorted(register.fields, key=lambda field: -field.lsb)
    yield "  typedef struct packed {"
    yield from (f"    {_type(field.width)} {field.name};" for field in fields)
    yield f"  }} {label}_t;"
    yield f"  function automatic {label}_t unpack_{label}(logic [31:0] word);"
    members = ", ".join(f"{field.name}: word[{_bits(field)}]" for field in fields)
    yield f"    return '{{{members}}};"
    yield "  endfunction"
    yield f"  function automatic logic [31:0] pack_{label}({label}_t fields);"
    parts, above = [], 32
    for field in fields:
        parts += [*_gap(above - field.lsb - field.width), f"fields.{field.name}"]
        above = field.lsb
    yield f"    return {{{', '.join(parts + _gap(above))}}};"
    yield "  endfunction"


def _gap(width: int) -> list[str]:
    return [f"{width}'d0"] if width else []


def _bits(field: Field) -> str:
    return f"{field.lsb + field.width - 1}:{field.lsb}" if field.width > 1 else f"{field.lsb}"


def _type(width: int) -> str:
    return f"logic [{width - 1}:0]" if width > 1 else "logic"


def _word(value: int) -> str:
    return f"32'h{value >> 16:04x}_{value & 0xFFFF:04x}"
