# SPDX-License-Identifier: Apache-2.0
"""A weight that the file uses twice stays one while it is trained, or is refused."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from golden.executor import execute
from tests.frontend.onnx_cases import Case
from traindeploy.app.pipeline import build_training_graph
from traindeploy.errors import UserError
from traindeploy.ir import Graph

TIED = {
    "under one name": ("a = MatMul(x, w); r = Relu(a); y = MatMul(r, w)", "w[6,6]"),
    "under two names": ("v = Identity(w); a = MatMul(x, v); r = Relu(a); u = Identity(v); y = Gemm(r, u)", "w[6,6]"),
    "transposed": ("t = Transpose(w); a = MatMul(x, t); r = Relu(a); y = MatMul(r, w)", "w[6,6]"),
    "transposed by Gemm": ("a = MatMul(x, w); r = Relu(a); y = Gemm<transB=1>(r, w)", "w[6,6]"),
    "transposed twice": (
        "t = Transpose(w); s = Transpose(t); a = MatMul(x, t); r = Relu(a); b = MatMul(r, s); y = Gemm<transB=1>(b, t)",
        "w[6,6]",
    ),
    "transposed under another name": (
        "v = Identity(w); t = Transpose(v); a = MatMul(x, w); r = Relu(a); y = MatMul(r, t)",
        "w[6,6]",
    ),
    "reshaped": ("v = Reshape(w, s); a = MatMul(x, w); r = Relu(a); y = MatMul(r, v)", "w[6,4] s=[4,6]"),
}
PARTED = {
    "scaled": ("v = Mul(w, c); a = MatMul(x, v); r = Relu(a); y = MatMul(r, w)", "w[6,6] c=2.0"),
    "as a bias and a factor": ("m = Mul(x, b); r = Relu(m); y = Gemm(r, w, b)", "w[6,6] b[6]"),
    "as a bias and a number": ("m = Mul(x, b); r = Relu(m); y = Gemm(r, w, b)", "w[6,1] b[1]"),
    "as a bias and subtracted": ("m = Sub(x, b); r = Relu(m); y = Gemm(r, w, b)", "w[6,6] b[6]"),
}


def step(nodes: str, weights: str, folder: Path) -> Graph:
    path = folder / "tied.onnx"
    onnx.save(Case([1, 6], nodes, weights).proto(probe=False), path)
    return build_training_graph(str(path), "lp")


@pytest.mark.parametrize("case", TIED)
def test_the_gradient_of_a_tied_weight_counts_every_use(case, tmp_path):
    graph = step(*TIED[case], tmp_path)
    (name,) = [n for n, t in graph.tensors.items() if t.trainable]
    weight = graph.tensors[name].data.astype(np.float64)
    x = np.random.default_rng(3).standard_normal((1, 6)).astype(np.float32)
    feeds = {"x": x, "label": np.array([2], np.int32)}
    gradient = execute(graph, feeds, "math")[f"{name}.grad"]
    direction = np.random.default_rng(4).standard_normal(weight.shape)
    small = 1e-6
    losses = [execute(graph, {**feeds, name: weight + s * direction}, "math")["loss"] for s in (small, -small)]
    numerical = ((losses[0] - losses[1]) / (2 * small)).item()
    assert numerical == pytest.approx(np.vdot(gradient, direction), rel=1e-6)


@pytest.mark.parametrize("name", PARTED)
def test_a_weight_that_training_would_part_is_refused(name, tmp_path):
    with pytest.raises(UserError, match=r"weight '\w' is used in two ways.*would part them"):
        step(*PARTED[name], tmp_path)
