# SPDX-License-Identifier: Apache-2.0
"""Shapes beyond the built-in models: odd sizes, transposed and head views, strides and padding, all bit-exact."""

import numpy as np
import pytest

from golden.training import execute_steps as expected
from tests.codegen.running import mismatches
from traindeploy.codegen.check import check_program
from traindeploy.ir import Graph, Node, Tensor, View
from traindeploy.platform import CONFIGS, TCDM
from traindeploy.records.program import Engine
from traindeploy.schedule import build_program
from traindeploy.schedule.tiling import tile_graph

SIZES = (1, 3, 10, 33, 64, 100, 128, 200)


def assert_exact(graph: Graph, engine: Engine, config: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    feeds = {
        name: rng.standard_normal(t.shape).astype(np.float32) for name, t in graph.tensors.items() if t.kind == "input"
    }
    program = build_program(graph, CONFIGS[config], engine)
    check_program(program)
    for order in ("early", "late"):
        wrong, compared = mismatches(program, expected(graph, [feeds]), [feeds], order)
        assert wrong == []
        assert compared == len(program.operators)


def gemm_chain(rng: np.random.Generator) -> Graph:
    """z = relu(x w + b), dw = x^T z, dx = z w^T: what a linear layer does forward and backward."""
    m, n, k = (int(rng.choice(SIZES)) for _ in range(3))
    g = Graph(f"gemm {m} {n} {k}")
    g.add(Tensor("x", (m, n), kind="input"))
    g.add(Tensor("w", (n, k), kind="parameter", data=rng.standard_normal((n, k)).astype(np.float32)))
    g.add(Tensor("b", (k,), kind="parameter", data=rng.standard_normal(k).astype(np.float32)))
    g.add(Tensor("xT", (n, m), view=View("x", (1, n))))
    g.add(Tensor("wT", (k, n), view=View("w", (1, k))))
    for name, shape in (("h", (m, k)), ("z", (m, k)), ("dw", (n, k)), ("dx", (m, n)), ("sum", (m, k)), ("db", (k,))):
        g.add(Tensor(name, shape))
    g.nodes = [
        Node("forward", "Gemm", ["x", "w", "b"], ["h"]),
        Node("relu", "Relu", ["h"], ["z"]),
        Node("dw", "Gemm", ["xT", "z"], ["dw"]),
        Node("dx", "Gemm", ["z", "wT"], ["dx"]),
        Node("again", "Gemm", ["dx", "w", "z"], ["sum"]),
        Node("db", "ReduceSum", ["sum"], ["db"]),
    ]
    return g


@pytest.mark.parametrize("seed", range(24))
def test_a_linear_layer_of_any_size_is_exact(seed: int) -> None:
    graph = gemm_chain(np.random.default_rng(seed))
    assert_exact(graph, ("redmule", "cores")[seed % 3 == 0], ("paper", "compact")[seed % 2], seed)


@pytest.mark.parametrize(("heads", "tokens", "width"), [(2, 64, 64), (3, 50, 20), (4, 17, 8), (2, 100, 48)])
def test_attention_on_head_views_is_exact(heads: int, tokens: int, width: int) -> None:
    dim = heads * width
    g = Graph("attention")
    for name in ("q", "k", "v"):
        g.add(Tensor(name, (tokens, dim), kind="input"))
    head = (heads, tokens, width)
    g.add(Tensor("q.h", head, view=View("q", (width, dim, 1))))
    g.add(Tensor("k.t", (heads, width, tokens), view=View("k", (width, 1, dim))))
    g.add(Tensor("v.h", head, view=View("v", (width, dim, 1))))
    for name in ("scores", "probs"):
        g.add(Tensor(name, (heads, tokens, tokens)))
    g.add(Tensor("context", (tokens, dim)))
    g.add(Tensor("context.h", head, view=View("context", (width, dim, 1))))
    g.add(Tensor("probs.t", (heads, tokens, tokens), view=View("probs", (tokens * tokens, 1, tokens))))
    g.add(Tensor("dv", (tokens, dim)))
    g.add(Tensor("dv.h", head, view=View("dv", (width, dim, 1))))
    g.add(Tensor("out", (tokens, dim)))
    g.nodes = [
        Node("scores", "Gemm", ["q.h", "k.t"], ["scores"]),
        Node("softmax", "Softmax", ["scores"], ["probs"]),
        Node("context", "Gemm", ["probs", "v.h"], ["context.h"]),
        Node("dv", "Gemm", ["probs.t", "context.h"], ["dv.h"]),
        Node("add", "Add", ["dv", "context"], ["out"]),
    ]
    assert_exact(g, "redmule", "paper", 1)
    assert_exact(g, "cores", "paper", 2)


@pytest.mark.parametrize(
    ("size", "channels", "features", "kernel", "stride", "pad"),
    [(9, 5, 7, 3, 1, 1), (20, 3, 33, 5, 2, 2), (16, 64, 128, 3, 1, 1), (12, 100, 40, 3, 2, 0), (7, 2, 3, 1, 1, 0)],
)
def test_convolution_and_pooling_are_exact(
    size: int, channels: int, features: int, kernel: int, stride: int, pad: int
) -> None:
    rng = np.random.default_rng(size)
    out = (size + 2 * pad - kernel) // stride + 1
    pooled = (out + 2 - 3) // 2 + 1
    g = Graph("conv")
    g.add(Tensor("x", (1, size, size, channels), kind="input"))
    shape = (kernel, kernel, channels, features)
    g.add(Tensor("w", shape, kind="parameter", data=rng.standard_normal(shape).astype(np.float32)))
    for name, extent in (("z", out), ("r", out), ("p", pooled)):
        g.add(Tensor(name, (1, extent, extent, features)))
    g.nodes = [
        Node("conv", "Conv", ["x", "w"], ["z"], {"strides": (stride, stride), "pads": (pad, pad, pad, pad)}),
        Node("relu", "Relu", ["z"], ["r"]),
        Node("pool", "MaxPool", ["r"], ["p"], {"kernel": (3, 3), "strides": (2, 2), "pads": (1, 1, 1, 1)}),
    ]
    assert_exact(g, "redmule", "paper", 1)
    assert_exact(g, "cores", "compact", 2)


@pytest.mark.parametrize(("size", "channels", "stride"), [(5, 6, 1), (22, 48, 1), (23, 47, 2), (23, 31, 4)])
def test_a_depthwise_convolution_and_its_gradients_are_exact_in_tiles(size: int, channels: int, stride: int) -> None:
    """The larger ones are cut: rows of windows, rows of dX, partial sums of dW."""
    rng = np.random.default_rng(size)
    pads, kernel = (1, 2, 0, 1), (3, 4)
    rows, cols = (size + 1 - 3) // stride + 1, (size + 3 - 4) // stride + 1
    g = Graph("depthwise")
    g.add(Tensor("x", (1, size, size, channels), kind="input"))
    g.add(
        Tensor("w", (*kernel, channels), kind="parameter", data=rng.standard_normal((*kernel, channels)).astype("f4"))
    )
    g.add(Tensor("z", (1, rows, cols, channels)))
    g.add(Tensor("dx", (1, size, size, channels)))
    g.add(Tensor("dw", (*kernel, channels)))
    attrs = {"strides": (stride, stride), "pads": pads}
    g.nodes = [
        Node("conv", "DepthwiseConv", ["x", "w"], ["z"], dict(attrs)),
        Node("dx", "DepthwiseInputGrad", ["z", "w"], ["dx"], {**attrs, "size": (size, size)}),
        Node("dw", "DepthwiseWeightGrad", ["x", "z"], ["dw"], {**attrs, "kernel": kernel}),
    ]
    assert_exact(g, "redmule", "paper", 1)
    tasks, _ = tile_graph(g, CONFIGS["paper"], "redmule", TCDM.size)
    assert len(tasks) == 3 if size == 5 else len(tasks) > 5


@pytest.mark.parametrize(("rows", "cols"), [(64, 128), (65, 100), (300, 30), (7, 4000), (129, 192)])
def test_normalisation_of_any_row_length_is_exact(rows: int, cols: int) -> None:
    rng = np.random.default_rng(rows)
    g = Graph("norm")
    g.add(Tensor("x", (rows, cols), kind="input"))
    for name in ("gamma", "beta"):
        g.add(Tensor(name, (cols,), kind="parameter", data=rng.standard_normal(cols).astype(np.float32)))
    for name, shape in (
        ("y", (rows, cols)),
        ("mean", (rows,)),
        ("rstd", (rows,)),
        ("dx", (rows, cols)),
        ("t", (cols, rows)),
    ):
        g.add(Tensor(name, shape))
    g.nodes = [
        Node("norm", "LayerNorm", ["x", "gamma", "beta"], ["y", "mean", "rstd"], {"epsilon": 1e-5}),
        Node("grad", "LayerNormGrad", ["y", "x", "gamma", "mean", "rstd"], ["dx"]),
        Node("transpose", "Transpose", ["dx"], ["t"], {"perm": [1, 0]}),
    ]
    values = expected(g, [feeds := {"x": rng.standard_normal((rows, cols)).astype(np.float32)}])
    program = build_program(g, CONFIGS["paper"], "redmule")
    check_program(program)
    assert mismatches(program, values, [feeds], "late") == ([], 5)
