# SPDX-License-Identifier: Apache-2.0
"""Small ONNX models for the tests, evaluated by our float64 models and by ONNX's reference implementation."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

from golden.executor import execute
from traindeploy.frontend import load_model
from traindeploy.ir import Graph
from traindeploy.ir.views import fold_views


def model(nodes, weights: Mapping[str, Any], shape, output="y", opset=20, extra_domains=()) -> onnx.ModelProto:
    """A model with the float input ``x`` of ``shape`` (entries may be names: dynamic) and one output."""
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(w), n) for n, w in weights.items()],
    )
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in extra_domains)]
    proto = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    inferred = onnx.shape_inference.infer_shapes(proto).graph.output[0].type.tensor_type
    dims = [d.dim_value or None for d in inferred.shape.dim] if inferred.HasField("shape") else shape
    graph.output[0].CopyFrom(helper.make_tensor_value_info(output, TensorProto.FLOAT, dims))
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def save(proto: onnx.ModelProto, folder: Path) -> str:
    path = folder / "model.onnx"
    onnx.save(proto, path)
    return str(path)


def forward(graph: Graph, x: np.ndarray) -> np.ndarray:
    """The float64 output of a forward graph whose layout nodes are still there, for an ONNX-ordered input."""
    fold_views(graph)
    graph.check()
    name = graph.inputs[0]
    shape = graph.tensors[name].shape
    stored = x.transpose(0, 2, 3, 1) if x.ndim == 4 else x.reshape(shape)
    return execute(graph, {name: stored}, "math")[graph.outputs[0]]


class Gelu(OpRun):
    """In double; ONNX's own reference expands Gelu with a square root of two that is rounded to float32."""

    def _run(self, x, approximate=None):
        assert approximate in (None, "none")
        return (x * (1 + _erf(x * math.sqrt(0.5))) / 2,)


class Erf(OpRun):
    """In double; ONNX's own reference rounds to float32."""

    def _run(self, x):
        return (_erf(x),)


_erf = np.vectorize(math.erf, otypes=[np.float64])
# What exporters round to float32, and what it stands for.
MEANT = {float(np.float32(value)): value for value in (math.sqrt(2), math.sqrt(0.5))}


def in_double(proto: onnx.ModelProto) -> onnx.ModelProto:
    """``proto`` in doubles, of the same values but for GELU's scalars of ``MEANT``: the reference computes in them."""
    double = onnx.ModelProto()
    double.CopyFrom(proto)
    graph = double.graph
    in_erf = _operands_of_erf(graph)
    named = [(tensor.name, tensor) for tensor in graph.initializer]
    named += [(n.output[0], a.t) for n in graph.node for a in n.attribute if a.type == onnx.AttributeProto.TENSOR]
    for name, tensor in named:
        if tensor.data_type == TensorProto.FLOAT:
            value = numpy_helper.to_array(tensor).astype(np.float64)
            if value.size == 1 and name in in_erf:
                value[...] = MEANT.get(value.item(), value.item())
            tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
    for value in [*graph.input, *graph.output, *graph.value_info]:
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = TensorProto.DOUBLE
    for n in graph.node:
        for a in n.attribute:
            if n.op_type == "Cast" and a.name == "to" and a.i == TensorProto.FLOAT:
                a.i = TensorProto.DOUBLE
    return double


def _operands_of_erf(graph: onnx.GraphProto) -> set[str]:
    """What the quotients and products read that Erf reads, behind nodes that change nothing."""
    makers = {output: n for n in graph.node for output in n.output}

    def origin(name: str) -> str:
        while name in makers and makers[name].op_type in ("Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze"):
            name = makers[name].input[0]
        return name

    inner = [makers.get(origin(n.input[0])) for n in graph.node if n.op_type == "Erf"]
    return {origin(operand) for n in inner if n is not None for operand in n.input}


def reference(proto: onnx.ModelProto, name: str, x: np.ndarray) -> np.ndarray:
    """The float64 output that ONNX's reference implementation computes from input ``x`` called ``name``."""
    evaluator = ReferenceEvaluator(in_double(proto), new_ops=[Gelu, Erf])
    (y,) = list(evaluator.run(None, {name: x.astype(np.float64)}))
    assert isinstance(y, np.ndarray)
    assert y.dtype == np.float64
    return y


def assert_same(actual: np.ndarray, expected: np.ndarray) -> None:
    """Equal but for the roundings of two float64 programs: a thousandth of what one float32 rounding would change."""
    assert actual.dtype == expected.dtype == np.float64
    assert actual.size == expected.size
    tolerance = 2.0**-24 / 1000
    scale = np.abs(expected).max()
    np.testing.assert_allclose(actual.ravel(), expected.ravel(), rtol=tolerance, atol=tolerance * scale)


def compare(proto: onnx.ModelProto, folder: Path, seed: int = 0) -> Graph:
    """Import ``proto``, and require that it computes what ONNX's reference implementation does; returns the graph."""
    dims = proto.graph.input[0].type.tensor_type.shape.dim
    x = np.random.default_rng(seed).standard_normal([d.dim_value for d in dims]).astype(np.float32)
    graph = load_model(save(proto, folder))
    graph.check()
    assert_same(forward(graph, x), reference(proto, "x", x))
    return graph


def normal(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)
