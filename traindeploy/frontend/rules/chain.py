# SPDX-License-Identifier: Apache-2.0
"""Several of our operators for one node: what stands for it, element by element, and how parts of a value are seen."""

import math
from dataclasses import dataclass

import numpy as np

from traindeploy.frontend.lowering import Lowering, Value, compact
from traindeploy.frontend.source import OnnxNode
from traindeploy.ir.emit import Shape

IMAGE_ORDER = (0, 2, 3, 1)  # the ONNX dimensions of an image as it is stored


class Chain:
    """Emits operators of single elements of the node's input number ``operand``: an image stays NHWC."""

    def __init__(self, low: Lowering, node: OnnxNode, operand: int = 0) -> None:
        self.low, self.node = low, node
        self.value = low.value(node.inputs[operand])
        self.x = self.value.tensor if self.value.nhwc else low.dense(self.value)
        self.dims = low.emit.shape(self.x)

    def op(self, op: str, part: str, *inputs: str, **attrs: float) -> str:
        """``op`` of ``inputs``, which have the node's shape."""
        return self.low.emit.one(op, f"{self.node.name}.{part}", list(inputs), self.dims, **attrs)

    def scale(self, part: str, x: str, factor: float) -> str:
        """``x`` times a number, rounded to float32."""
        alpha = float(np.float32(factor))
        return x if alpha == 1 else self.op("Scale", part, x, alpha=alpha)

    def shift(self, part: str, x: str, number: float) -> str:
        """``x`` plus a number, rounded to float32."""
        flat = (math.prod(self.dims[:-1]), self.dims[-1])
        row = self.low.emit.filled(f"{self.node.name}.{part}.row", self.dims[-1:], float(np.float32(number)))
        emit = self.low.emit
        moved = emit.one("AddRow", f"{self.node.name}.{part}", [emit.reshape(x, flat), row], flat)
        return emit.reshape(moved, self.dims)

    def end(self, x: str) -> None:
        """``x`` is the node's result."""
        self.low.values[self.node.outputs[0]] = Value(x, self.value.shape, self.value.nhwc)


@dataclass(frozen=True)
class Along:
    """A value seen as ``tensor`` [O,A,I], A being one of its ONNX dimensions."""

    low: Lowering
    value: Value
    axis: int
    tensor: str

    def back(self, tensor: str, count: int) -> Value:
        """The value that ``tensor`` [O,count,I] is."""
        shape = (*self.value.shape[: self.axis], count, *self.value.shape[self.axis + 1 :])
        stored = tuple(shape[i] for i in IMAGE_ORDER) if self.value.nhwc else compact(shape)
        return Value(self.low.emit.reshape(tensor, stored), shape, self.value.nhwc)


def along(low: Lowering, value: Value, axis: int) -> Along:
    """``value`` as three dimensions, the middle one being its dimension ``axis``; no element moves."""
    order = IMAGE_ORDER if value.nhwc else tuple(range(len(value.shape)))
    dims = tuple(value.shape[i] for i in order)
    place = order.index(axis)
    wanted = (math.prod(dims[:place]), dims[place], math.prod(dims[place + 1 :]))
    tensor = low.emit.reshape(value.tensor, wanted) if value.nhwc else low.dense(value, wanted)
    return Along(low, value, axis, tensor)


def constant_number(low: Lowering, node: OnnxNode, name: str) -> float:
    """The only element of constant ``name``. UserError if it is none."""
    data = low.constant(name)
    if data is None or data.size != 1:
        raise low.fail(node, f"'{name}': expected a constant of one number")
    low.numbers_of.add(name)
    return float(data.reshape(-1)[0])


def ordered(low: Lowering, value: Value, axes: tuple[int, ...], shape: Shape | None = None) -> str:
    """The tensor of ``value`` with its ONNX dimensions in the order ``axes``, reshaped to ``shape``."""
    order = IMAGE_ORDER if value.nhwc else tuple(range(len(value.shape)))
    dims = tuple(value.shape[i] for i in order)
    tensor = value.tensor if value.nhwc else low.dense(value, dims)
    moved = low.emit.transpose(tensor, tuple(order.index(i) for i in axes)) if axes else tensor
    return moved if shape is None else low.emit.reshape(moved, shape)
