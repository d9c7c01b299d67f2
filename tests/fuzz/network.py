# SPDX-License-Identifier: Apache-2.0
"""A random ONNX network under construction: nodes, constants in all the forms in which exporters write them, names."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Shape = tuple[int, ...]
OPSETS = (11, 13, 14, 15, 17, 18, 20, 21)
STRANGE = ("label", "loss", "file", "x.mean", 'a "b" \\ c', "new\nline", "[/bold]", "<i>", "*/", "x.T", "$(HOME)", "ä")
INPUT = "x"
OUTPUT = "y"


@dataclass(frozen=True)
class Value:
    """A float tensor that a node computes, and its ONNX shape."""

    name: str
    shape: Shape


@dataclass
class Network:
    """Everything random comes from ``random``; one seed, one network."""

    random: np.random.Generator
    opset: int
    tied: float = 0.05  # the probability that a weight is one that there is already
    large: bool = False  # then tensors take several tiles
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    values: list[Value] = field(default_factory=list)
    names: int = 0
    taken: set[str] = field(default_factory=set)

    def one_of(self, *choices: Any) -> Any:
        return choices[int(self.random.integers(len(choices)))]

    @property
    def most(self) -> int:
        """Elements of a value."""
        return 40_000 if self.large else 1500

    def size(self, below: int) -> int:
        """A dimension from 1 on."""
        return int(self.random.integers(1, below * (8 if self.large else 1)))

    def maybe(self, probability: float) -> bool:
        return bool(self.random.random() < probability)

    def name(self, word: str) -> str:
        """A name that no other tensor has, in one of the fashions of exporters, or strange."""
        self.names += 1
        number = str(self.names)
        usual = self.one_of(f"{word}_{number}", f"/net.{number}/{word}_output_0", number, f"onnx::{word}_{number}")
        strange = [name for name in STRANGE if name not in self.taken]
        name = str(self.one_of(*strange)) if strange and self.maybe(0.03) else str(usual)
        self.taken.add(name)
        return name

    def node(self, op: str, *inputs: str, output: str = "", **attrs: Any) -> str:
        """Append a node; its output is called ``output`` or anything. Nodes may have no names."""
        result = output or self.name(op)
        name = self.one_of("", f"node {len(self.nodes)} ({op})", result)
        self.nodes.append(helper.make_node(op, list(inputs), [result], name=name, **attrs))
        return result

    def append(self, op: str, inputs: list[str], outputs: list[str], **attrs: Any) -> None:
        """Append a node of several outputs."""
        self.nodes.append(helper.make_node(op, inputs, outputs, name=f"node {len(self.nodes)}", **attrs))

    def value(self, op: str, shape: Shape, *inputs: str, **attrs: Any) -> Value:
        return Value(self.node(op, *inputs, **attrs), shape)

    def constant(self, data: np.ndarray | np.floating, word: str = "weight") -> str:
        """``data`` as an initializer, as a Constant node, or computed from an initializer."""
        data = np.array(data, order="C")  # np.ascontiguousarray would make a vector of a scalar
        form = self.one_of("initializer", "initializer", "initializer", "node", "identity", "transposed", "reshaped")
        if form == "node":
            return self.node("Constant", value=numpy_helper.from_array(data))
        if form == "transposed" and data.ndim >= 2:
            perm = [int(p) for p in self.random.permutation(data.ndim)]
            stored = np.ascontiguousarray(data.transpose([perm.index(i) for i in range(data.ndim)]))
            return self.node("Transpose", self.initializer(stored, word), perm=perm)
        if form == "reshaped" and data.ndim >= 2:
            shape = self.initializer(np.array(data.shape, np.int64), "shape")
            return self.node("Reshape", self.initializer(data.reshape(-1), word), shape)
        stored_name = self.initializer(data, word)
        return self.node("Identity", stored_name) if form == "identity" else stored_name

    def initializer(self, data: np.ndarray, word: str) -> str:
        alike = [n for n, w in self.weights.items() if w.shape == data.shape and w.dtype == data.dtype == np.float32]
        if alike and data.ndim > 1 and self.maybe(self.tied):  # one weight in two places
            return str(self.one_of(*alike))
        name = self.name(word)
        self.weights[name] = data
        return name

    def ints(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64), "ints")

    def normal(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        return np.asarray(scale * self.random.standard_normal(shape)).astype(np.float32)

    def matrix(self, rows: int, columns: int) -> np.ndarray:
        """Weights that keep the variance of what they multiply."""
        return self.normal(rows, columns, scale=1 / math.sqrt(rows))

    def model(self, shape: Shape, classes: int) -> onnx.ModelProto:
        """The model with input ``x`` of ``shape`` and output ``y``: nodes in order, some of them read by nobody."""
        for _ in range(self.one_of(0, 0, 1, 2)):
            dead = self.one_of(*self.values) if self.values else Value(INPUT, shape)
            self.node(self.one_of("Relu", "Sin", "Shape", "Neg"), dead.name)
        initializers = [numpy_helper.from_array(data, name) for name, data in self.weights.items()]
        batch = "N" if self.maybe(0.1) else 1
        inputs = [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [batch, *shape[1:]])]
        if self.maybe(0.2):  # as files before IR version 4 have to
            inputs += [helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in initializers]
        outputs = [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, classes])]
        graph = helper.make_graph(self.nodes, "fuzz", inputs, outputs, initializers)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=7)


def shuffled(model: onnx.ModelProto, random: np.random.Generator) -> onnx.ModelProto:
    """The same model with its nodes in any order."""
    other = onnx.ModelProto()
    other.CopyFrom(model)
    nodes = [model.graph.node[int(i)] for i in random.permutation(len(model.graph.node))]
    del other.graph.node[:]
    other.graph.node.extend(nodes)
    return other
