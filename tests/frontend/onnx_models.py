# SPDX-License-Identifier: Apache-2.0
"""Small ONNX models for the tests, evaluated by our float64 models and by ONNX's reference implementation."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from golden.executor import execute
from traindeploy.frontend import load_model
from traindeploy.frontend.views import fold_views
from traindeploy.ir import Graph


def model(nodes, weights: dict[str, np.ndarray], shape, output="y", opset=20, extra_domains=()) -> onnx.ModelProto:
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


def compare(proto: onnx.ModelProto, folder: Path, seed: int = 0) -> Graph:
    """Import ``proto``, and require that it computes what ONNX's reference implementation does; returns the graph."""
    dims = proto.graph.input[0].type.tensor_type.shape.dim
    x = np.random.default_rng(seed).standard_normal([d.dim_value for d in dims]).astype(np.float32)
    expected = ReferenceEvaluator(proto).run(None, {"x": x})[0]
    graph = load_model(save(proto, folder))
    graph.check()
    actual = forward(graph, x)
    assert actual.size == expected.size
    # The reference computes in float32: a few roundings of some hundred terms.
    np.testing.assert_allclose(actual.ravel(), expected.ravel(), rtol=2e-5, atol=2e-6)
    return graph


def normal(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)
