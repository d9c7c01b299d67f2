# SPDX-License-Identifier: Apache-2.0
"""ONNX models of a few lines of text, for tests with many of them."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.frontend.onnx_models import forward, normal
from traindeploy.errors import UserError
from traindeploy.frontend import graph_of

ROUNDINGS = 64  # of float32, on the way to one result in onnxruntime

SHAPE_PROBE = """s_ = Shape(y); r_ = Shape(s_); p_ = Slice(primes_, zero_, r_); f_ = Cast<to=1>(s_);
                 q_ = Mul(f_, p_); k_ = ReduceSum<keepdims=0>(q_); out_ = Mul(y, k_)"""
PROBE_WEIGHTS = {"primes_": np.array([0.2, 0.3, 0.5, 0.7, 1.1, 1.3], np.float32), "zero_": np.array([0])}


@dataclass(frozen=True)
class Case:
    """``x`` is the input's shape. ``nodes``, with semicolons in between, end in the output ``y``.

    Weights are a list of words: ``c[3,1]`` is a random float constant of that shape, ``c=2.0`` a scalar, ``c=[2]`` an
    int64 tensor, ``c=true`` a truth value.
    """

    x: Sequence[int | str | None]
    nodes: str
    weights: str = ""
    opset: int = 20

    def proto(self, probe: bool = True, seed: int = 1) -> onnx.ModelProto:
        """``probe``: multiply the output by a number that its shape decides, so that comparing values compares it."""
        nodes = parsed(self.nodes)
        weights = dict(_weight(word, seed) for word in self.weights.split())
        if probe and self.opset >= 10:
            nodes += parsed(SHAPE_PROBE)
            weights |= PROBE_WEIGHTS
        graph = helper.make_graph(
            nodes,
            "case",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.x)],
            [helper.make_tensor_value_info("out_" if "primes_" in weights else "y", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(value, name) for name, value in weights.items()],
        )
        domains = {n.domain for n in nodes} - {""}
        opsets = [helper.make_opsetid("", self.opset), *(helper.make_opsetid(d, 1) for d in domains)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def parsed(text: str) -> list[onnx.NodeProto]:
    """Nodes, named after their first outputs."""
    nodes = [onnx.parser.parse_node(line.strip()) for line in text.split(";")]
    for node in nodes:
        node.name = node.name or f"n_{node.output[0]}"
    return nodes


def _weight(word: str, seed: int) -> tuple[str, np.ndarray]:
    match = re.fullmatch(r"(\w+)(?:=(.*)|(\[[\d,]*\]))", word)
    assert match, word
    name, value, shape = match.groups()
    if shape:
        return name, normal(*json.loads(shape), seed=seed)
    number = json.loads(value)
    kinds = {bool: np.bool_, list: np.int64, float: np.float32, int: np.int64}
    return name, np.array(number, kinds[type(number)])


def assert_as_onnxruntime(case: Case) -> None:
    """The imported graph gives what onnxruntime gives for the same model, in value and in shape."""
    proto = case.proto()
    shape = [d if isinstance(d, int) and d > 0 else 1 for d in case.x]
    x = np.random.default_rng(len(case.nodes)).standard_normal(shape).astype(np.float32)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"x": x})
    actual = forward(graph_of(proto, "case"), x)
    assert actual.size == expected.size
    bound = ROUNDINGS * 2.0**-24 * np.abs(expected).max()
    np.testing.assert_allclose(actual.ravel(), expected.ravel(), rtol=0, atol=bound)


def refusal(proto: onnx.ModelProto) -> str:
    with pytest.raises(UserError) as caught:
        graph_of(proto, "file.onnx")
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith("file.onnx: ")
    return text
