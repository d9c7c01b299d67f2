# SPDX-License-Identifier: Apache-2.0
"""The state of one lowering, ONNX -> our operators: what the rules in ``frontend.rules`` read and emit.

A value of the ONNX graph is an IR tensor plus the logical ONNX shape: reshapes cost nothing here, transpositions
become ``Transpose`` nodes that ``ir.views`` folds. An NCHW image is held as its NHWC tensor and only permuted
back for an operator that is not an image operator.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from traindeploy.errors import UserError
from traindeploy.frontend.source import ModelSource, OnnxNode
from traindeploy.ir import Graph, Tensor
from traindeploy.ir.emit import Emitter, Shape, fresh
from traindeploy.ops import Operator
from traindeploy.platform import L3
from traindeploy.records.names import safe_name


@dataclass(frozen=True)
class Value:
    """``shape`` is the ONNX shape; ``tensor`` holds the elements in its row-major order, or NHWC if ``nhwc``."""

    tensor: str
    shape: Shape
    nhwc: bool = False


class UnsupportedError(UserError):
    """What a node asks for that we cannot do; ``lower`` lists all of them at once."""

    def __init__(self, file: str, node: OnnxNode, reason: str) -> None:
        super().__init__(f"{file}: node '{node.name}' ({node.op}): {reason}")
        self.reason = reason


class Lowering:
    """The source, the graph that is built, and the value of each ONNX tensor."""

    def __init__(self, source: ModelSource, name: str) -> None:
        self.source = source
        self.graph = Graph(name, reserved=source.names)
        self.emit = Emitter(self.graph)
        self.values: dict[str, Value] = {}
        self.absorbed: set[str] = set()  # names of nodes that an earlier one took over (bias Adds)
        self.stored: dict[tuple[str, str], str] = {}  # the tensor that holds a constant in a certain form
        self.numbers_of: set[str] = set()  # constants whose one element became a number of a node

    def fail(self, node: OnnxNode, message: str) -> UserError:
        return UnsupportedError(self.source.file, node, message)

    def constant(self, name: str) -> np.ndarray | None:
        return self.source.constants.get(name)

    def parameter(self, name: str, form: str, data: np.ndarray) -> str:
        """The tensor that holds constant ``name`` as ``data``, each element once: its own, in the ``form`` named.

        UserError unless it is float32, finite and not empty.
        """
        return self._store(name, form, data, "parameter")

    def expanded(self, name: str, form: str, data: np.ndarray) -> str:
        """The tensor that holds ``data``, computed from constant ``name`` (repeated, negated, inverted).

        It is a constant of its own: never trained, since the file's weight would be trained otherwise.
        UserError as ``parameter``.
        """
        return self._store(name, form, data, "constant")

    def _store(self, name: str, form: str, data: np.ndarray, kind: Literal["parameter", "constant"]) -> str:
        if (name, form) not in self.stored:
            self.check_size(f"weight '{name}'", data.shape)
            self.check_finite(name, self.source.constants.get(name, data))
            is_itself = kind == "parameter" and name not in self.graph.tensors
            own = name if is_itself else fresh(self.graph, f"{name}.{safe_name(form)}")
            dense = np.ascontiguousarray(data, dtype=np.float32)
            tensor = Tensor(own, dense.shape, kind=kind, data=dense)
            self.stored[name, form] = self.graph.add(tensor).name
        return self.stored[name, form]

    def check_finite(self, name: str, data: np.ndarray) -> None:
        """UserError naming ``data``, values of constant ``name``, unless it is float32, finite and not empty."""
        where = f"{self.source.file}: weight '{name}'"
        if data.dtype != np.float32:
            raise UserError(f"{where} is {data.dtype}; only float32 models are supported")
        if data.size == 0:
            raise UserError(f"{where} has the shape {list(data.shape)}: no element; export the model again")
        bad = np.argwhere(~np.isfinite(data))
        if len(bad):
            found = f"{data[tuple(bad[0])]} at {bad[0].tolist()}"
            raise UserError(
                f"{where}: {len(bad)} of its {data.size} elements not finite, the first {found}; "
                "give a model whose weights are finite"
            )

    def value(self, name: str) -> Value:
        """The value of ``name``; a constant becomes a parameter of the graph, leading dimensions of 1 dropped."""
        if name not in self.values:
            data = self.source.constants[name]
            tensor = self.parameter(name, "dense", data.reshape(compact(data.shape)))
            self.values[name] = Value(tensor, data.shape)
        return self.values[name]

    def shape(self, name: str) -> Shape:
        """The ONNX shape of ``name``, constant or not."""
        return self.values[name].shape if name in self.values else self.source.constants[name].shape

    def check_size(self, what: str, shape: Shape) -> None:
        """UserError if a tensor of this shape is larger than all of L3: before anything of its size is allocated."""
        size = 4 * math.prod(shape)
        if size > L3.size:
            raise UserError(f"{self.source.file}: {what} of shape {list(shape)} has {size} bytes, L3 has {L3.size}")

    def broadcast(self, node: OnnxNode, *shapes: Shape) -> Shape:
        """The shape of a result of operands of these ``shapes``. UserError if they do not fit, or it is too large."""
        try:
            shape = tuple(np.broadcast_shapes(*shapes))
        except ValueError:
            listed = " and ".join(str(list(s)) for s in shapes)
            raise self.fail(node, f"operands {listed} do not broadcast") from None
        self.check_size(f"result '{node.outputs[0]}'", shape)
        return shape

    def axis(self, node: OnnxNode, axis: int, rank: int) -> int:
        """``axis``, counted from the end if negative, as a number from 0. UserError if it is out of range."""
        if not -rank <= axis < rank:
            raise self.fail(node, f"axis {axis}: expected {-rank} to {rank - 1}, its input having {rank} dimensions")
        return axis % rank

    def plain(self, name: str, shape: Shape | None = None) -> str:
        """The tensor of ``name`` in ONNX's element order, reshaped to ``shape`` (default: its own, compacted)."""
        return self.dense(self.value(name), shape)

    def dense(self, value: Value, shape: Shape | None = None) -> str:
        """The tensor of ``value`` in ONNX's element order, reshaped to ``shape`` (default: its own, compacted)."""
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
