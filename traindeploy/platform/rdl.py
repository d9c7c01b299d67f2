# SPDX-License-Identifier: Apache-2.0
"""SystemRDL -> the registers of a block; arrays of registers or register files, one level deep, stay arrays."""

from collections.abc import Iterator
from pathlib import Path

from systemrdl.compiler import RDLCompiler
from systemrdl.messages import RDLCompileError
from systemrdl.node import AddressableNode, AddrmapNode, FieldNode, Node, RegNode

from traindeploy.errors import UserError
from traindeploy.platform.registers import Choice, Field, Register


def read(source: Path) -> Iterator[Register]:
    """The registers of the map in ``source``. UserError if it is not valid."""
    compiler = RDLCompiler()
    try:
        compiler.compile_file(str(source))
        block = compiler.elaborate().top
    except RDLCompileError as error:
        raise UserError(f"{source}: not valid SystemRDL ({error}); the compiler's messages are above") from error
    for node in block.descendants(unroll=False):
        if isinstance(node, RegNode):
            yield _register(node, block)


def _register(node: RegNode, block: AddrmapNode) -> Register:
    offset = 0
    array: AddressableNode | None = None
    above: Node | None = node
    while isinstance(above, AddressableNode) and not isinstance(above, AddrmapNode):
        offset += above.raw_address_offset
        if above.is_array:
            if array is not None:
                raise UserError(f"{node.get_path()}: an array within an array is not supported")
            array = above
        above = above.parent
    fields = tuple(_field(field) for field in node.fields())
    reset = sum(_reset(field) << field.lsb for field in node.fields())
    name = node.get_rel_path(block, hier_separator="_", array_suffix="", empty_array_suffix="").upper()
    if array is None:
        return Register(name, offset, reset, _text(node), fields)
    dimensions = array.array_dimensions
    if dimensions is None or len(dimensions) != 1 or array.array_stride is None:
        raise UserError(f"{node.get_path()}: an array of more than one dimension is not supported")
    label = array.get_rel_path(block, hier_separator="_", array_suffix="", empty_array_suffix="").upper()
    return Register(name, offset, reset, _text(node), fields, label, dimensions[0], array.array_stride)


def _reset(node: FieldNode) -> int:
    value = node.get_property("reset") or 0
    if not isinstance(value, int):
        raise UserError(f"{node.get_path()}: a reset value that is a signal is not supported")
    return value


def _field(node: FieldNode) -> Field:
    encoding = node.get_property("encode")
    choices = () if encoding is None else tuple(
        Choice(item.name, item.value, " ".join((item.rdl_desc or "").split())) for item in encoding
    )  # fmt: skip
    access, hardware = node.get_property("sw").name, node.get_property("hw").name
    label = "" if encoding is None else encoding.type_name
    return Field(node.inst_name, node.lsb, node.width, access, hardware, _text(node), label, choices)


def _text(node: RegNode | FieldNode) -> str:
    return " ".join((node.get_property("desc") or "").split())
