# SPDX-License-Identifier: Apache-2.0
"""The state of one lowering, ONNX -> our operators: what the rules in ``frontend.rules`` read and emit.

A value of the ONNX graph is an IR tensor plus the logical ONNX shape: reshapes cost nothing here, transpositions
become ``Transpose`` nodes that ``ir.views`` folds. An NCHW image is held as its NHWC tensor and only permuted
back for an operator that is not an image operator.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from traindeploy.errors import UserError
from traindeploy.frontend.onnx_import import ModelSource, OnnxNode
from traindeploy.ir import Graph
from traindeploy.ir.emit import Emitter, Shape
from traindeploy.ops import Operator


@dataclass(frozen=True)
class Value:
    """``shape`` is the ONNX shape; ``tensor`` holds the elements in its row-major order, or NHWC if ``nhwc``."""

    tensor: str
    shape: Shape
    nhwc: bool = False


class Lowering:
    """The source, the graph that is built, and the value of each ONNX tensor."""

    def __init__(self, source: ModelSource, name: str) -> None:
        self.source = source
        self.graph = Graph(name)
        self.emit = Emitter(self.graph)
        self.values: dict[str, Value] = {}
        self.absorbed: set[str] = set()  # names of nodes that an earlier one took over (bias Adds)

    def fail(self, node: OnnxNode, message: str) -> UserError:
        return UserError(f"{self.source.file}: node '{node.name}' ({node.op}): {message}")

    def constant(self, name: str) -> np.ndarray | None:
        return self.source.constants.get(name)

    def value(self, name: str) -> Value:
        """The value of ``name``; a constant becomes a parameter of the graph, leading dimensions of 1 dropped."""
        if name not in self.values:
            data = self.source.constants[name]
            if data.dtype != np.float32:
                raise UserError(
                    f"{self.source.file}: weight '{name}' is {data.dtype}; only float32 models are supported"
                )
            self.values[name] = Value(self.emit.parameter(name, data.reshape(compact(data.shape))), data.shape)
        return self.values[name]

    def plain(self, name: str, shape: Shape | None = None) -> str:
        """The tensor of ``name`` in ONNX's element order, reshaped to ``shape`` (default: its own, compacted)."""
        value = self.value(name)
        tensor = self.emit.transpose(value.tensor, (0, 3, 1, 2)) if value.nhwc else value.tensor
        return self.emit.reshape(tensor, compact(value.shape) if shape is None else shape)

    def image(self, name: str, node: OnnxNode) -> str:
        """The NHWC tensor [1,H,W,C] of ``name``."""
        value = self.value(name)
        if len(value.shape) != 4 or value.shape[0] != 1:
            raise self.fail(node, f"expected one image [1,C,H,W], found {list(value.shape)}")
        if value.nhwc:
            return value.tensor
        return self.emit.transpose(self.emit.reshape(value.tensor, value.shape), (0, 2, 3, 1))

    def numbers(self, node: OnnxNode, operator: Operator) -> dict[str, float]:
        """``operator``'s number attributes from the node's, or their defaults, rounded to float32.

        Rounded here, once: every part computes with the same number. UserError if one is missing or not supported.
        """
        found = {}
        for attribute in operator.attributes:
            value = node.attrs.get(attribute.name, attribute.default)
            if value is None:
                raise self.fail(node, f"attribute {attribute.name} is missing")
            try:
                found[attribute.name] = attribute.rounded(value)
            except ValueError as error:
                raise self.fail(node, f"{attribute.name} = {value}: {error}") from None
        return found

    def unary(self, node: OnnxNode, op: str, attrs: Mapping[str, float] | None = None, operand: int = 0) -> None:
        """Emit ``op`` of the node's input number ``operand``, element by element: an image stays NHWC."""
        value = self.value(node.inputs[operand])
        tensor = value.tensor if value.nhwc else self.plain(node.inputs[operand])
        self.define(node, op, [tensor], self.emit.shape(tensor), value.shape, value.nhwc, **(attrs or {}))

    def define(
        self,
        node: OnnxNode,
        op: str,
        inputs: list[str],
        tensor_shape: Shape,
        shape: Shape,
        nhwc: bool = False,
        **attrs: object,
    ) -> None:
        """Emit ``op`` under the ONNX node's name and let its output be the value of the node's first output."""
        output = self.emit.op(op, node.name, inputs, [tensor_shape], attrs, [node.outputs[0]])[0]
        self.values[node.outputs[0]] = Value(output, shape, nhwc)


Rule = Callable[[Lowering, OnnxNode], None]


def compact(shape: Shape) -> Shape:
    """``shape`` without leading ones, of rank 2 at least unless it is a vector or a scalar ([1] then)."""
    shape = tuple(int(s) for s in shape) or (1,)
    while len(shape) > 2 and shape[0] == 1:
        shape = shape[1:]
    return shape
