# SPDX-License-Identifier: Apache-2.0
"""Kernel calls of an operator with what they must leave, for the host and for the RTL alike."""

from typing import Any

import numpy as np

from golden import machine
from tests.firmware.rtl_program import Call
from tests.ops.spec import Arrays, Attrs, Spec
from traindeploy.ir import Node
from traindeploy.ops import OPERATORS

GUARD = np.float32(7)  # what a destination holds before


def run_machine(op: str, inputs: Arrays, attrs: Attrs) -> Arrays:
    """The machine model's outputs."""
    return machine.OPS[op](node_of(op, inputs, attrs), inputs, attrs)


def node_of(op: str, inputs: Arrays, attrs: Attrs) -> Node:
    return Node(op, op, [f"i{k}" for k in range(len(inputs))], ["o"], dict(attrs))


def calls_of(op: str, spec: Spec, name: str, inputs: Arrays, attrs: Attrs) -> list[Call]:
    """``inputs`` in float32. Default: the kernel's arguments are the operator's ports, sizes and number attributes."""
    return spec.calls(name, inputs, attrs) if spec.calls else [_ported(op, name, inputs, attrs)]


def destination(expected: np.ndarray) -> np.ndarray:
    """Memory for ``expected`` that holds something else."""
    return np.full_like(expected, GUARD)


def _ported(op: str, name: str, inputs: Arrays, attrs: Attrs) -> Call:
    operator = OPERATORS[op]
    assert operator.kernel is not None
    expected = run_machine(op, inputs, attrs)
    arguments: dict[str, Any] = dict(zip((p.field for p in operator.inputs), inputs, strict=True))
    outputs = dict(zip((p.field for p in operator.outputs), expected, strict=True))
    arguments |= {field: destination(value) for field, value in outputs.items()}
    shape = next(arguments[p.field].shape for p in operator.inputs if p.form in ("elements", "matrix", "whole"))
    sizes = {"n": int(np.prod(shape)), "rows": int(np.prod(shape[:-1])), "cols": shape[-1]}
    arguments |= {size: sizes[size] for size in operator.kernel.sizes}
    return Call(name, operator.kernel.name, arguments | operator.numbers(attrs), outputs)
