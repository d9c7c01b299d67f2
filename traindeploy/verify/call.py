# SPDX-License-Identifier: Apache-2.0
"""One call of a kernel: its arguments, what it must leave, and how that follows from an operator's definition."""

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from golden import machine
from golden.model import Arrays, Attributes
from traindeploy.codegen.host_kernels import argument_types
from traindeploy.ir import Node
from traindeploy.ops import OPERATORS

GUARD = np.float32(7)  # what a destination holds before


def whole(results: Arrays) -> Arrays:
    """All of an operator's outputs, as they are."""
    return results


def as_it_is(result: np.ndarray) -> np.ndarray:
    """A kernel's output that holds nothing else."""
    return result


@dataclass(frozen=True)
class Definition:
    """Where the outputs of a call stand in those of an operator.

    ``select`` takes the operator's results (or bounds) and gives those of the call's outputs in order; ``strip`` leaves
    out of what the kernel wrote what is no result (gaps).
    """

    op: str
    inputs: Arrays
    attrs: Attributes
    select: Callable[[Arrays], Arrays] = whole
    strip: Callable[[np.ndarray], np.ndarray] = as_it_is


@dataclass
class Call:
    """One kernel call; ``outputs``: argument name -> expected values; ``redmule``: the engine runs a td_gemm.

    Arguments that are the same array share their memory.
    """

    name: str
    kernel: str
    arguments: dict[str, Any]
    outputs: dict[str, np.ndarray]
    redmule: bool = False
    definition: Definition | None = None
    addresses: dict[str, int] = field(default_factory=dict)

    @property
    def buffers(self) -> dict[str, np.ndarray]:
        """The arguments that lie in memory."""
        return {name: value for name, value in self.arguments.items() if isinstance(value, np.ndarray)}


def argument_words(call: Call, addresses: Mapping[str, int]) -> np.ndarray:
    """The argument struct as uint32 words; ``addresses`` of the buffers. An absent operand is the address 0."""
    words = []
    for name, kind in argument_types(call.kernel).items():
        value = call.arguments[name]
        if isinstance(value, np.ndarray):
            words.append(addresses[name])
        elif kind is ctypes.c_float:
            words.append(int(np.float32(value).view(np.uint32)))
        else:
            words.append(int(value))
    return np.array(words, np.uint32)


def node_of(op: str, inputs: Arrays, attrs: Attributes) -> Node:
    """A node of a graph that is not there: golden models take one."""
    return Node(op, op, [f"i{k}" for k in range(len(inputs))], ["o"], dict(attrs))


def run_machine(op: str, inputs: Arrays, attrs: Attributes) -> Arrays:
    """The machine model's outputs."""
    return machine.OPS[op](node_of(op, inputs, attrs), inputs, attrs)


def destination(expected: np.ndarray) -> np.ndarray:
    """Memory for ``expected`` that holds something else."""
    return np.full_like(expected, GUARD)


def ported(op: str, name: str, inputs: Arrays, attrs: Attributes, in_place: str = "") -> Call:
    """The call of an operator whose kernel's arguments are its ports, sizes and number attributes.

    ``in_place`` names the input whose memory the first output takes.
    """
    operator = OPERATORS[op]
    if operator.kernel is None:
        raise ValueError(f"{op} has no kernel of its own")
    expected = run_machine(op, inputs, attrs)
    arguments: dict[str, Any] = dict(zip((p.field for p in operator.inputs), inputs, strict=True))
    outputs = dict(zip((p.field for p in operator.outputs), expected, strict=True))
    arguments |= {field: destination(value) for field, value in outputs.items()}
    if in_place:
        arguments[in_place] = arguments[operator.outputs[0].field] = arguments[in_place].copy()
    shape = next(arguments[p.field].shape for p in operator.inputs if p.form in ("elements", "matrix", "whole"))
    sizes = {"n": int(np.prod(shape)), "rows": int(np.prod(shape[:-1])), "cols": shape[-1]}
    arguments |= {size: sizes[size] for size in operator.kernel.sizes}
    numbers = operator.numbers(attrs)
    return Call(name, operator.kernel.name, arguments | numbers, outputs, definition=Definition(op, inputs, attrs))
