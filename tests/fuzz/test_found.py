# SPDX-License-Identifier: Apache-2.0
"""What the fuzz has found, each in its smallest form."""

import math
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tests.frontend.onnx_models import assert_same, forward, model, reference, save
from tests.ir.test_views import graph_with
from traindeploy.codegen.check import check_program
from traindeploy.frontend import load_model
from traindeploy.ir import Tensor, View
from traindeploy.ir.layout import find_groups, find_uses
from traindeploy.ir.storage_order import storage_order
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program
from traindeploy.schedule.gemm import tile_gemm
from traindeploy.schedule.task import Tiling

ROOT2, ONE, HALF = np.float32(math.sqrt(2)), np.float32(1), np.float32(0.5)


def gelu(x: str, y: str) -> list[onnx.NodeProto]:
    """x times half of 1 + erf(x / sqrt(2))."""
    return [
        helper.make_node("Div", [x, "root2"], [f"{y}.a"]),
        helper.make_node("Erf", [f"{y}.a"], [f"{y}.b"]),
        helper.make_node("Add", [f"{y}.b", "one"], [f"{y}.c"]),
        helper.make_node("Mul", [f"{y}.c", "half"], [f"{y}.d"]),
        helper.make_node("Mul", [x, f"{y}.d"], [y]),
    ]


def check(proto: onnx.ModelProto, folder: Path) -> None:
    shape = [d.dim_value for d in proto.graph.input[0].type.tensor_type.shape.dim]
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    assert_same(forward(load_model(save(proto, folder)), x), reference(proto, "x", x))


def test_gelu_of_gelu_is_recognised(tmp_path: Path) -> None:
    """The result of the first is the argument of the second's erf."""
    weights = {"root2": ROOT2, "one": ONE, "half": HALF}
    check(model([*gelu("x", "z"), *gelu("z", "y")], weights, [1, 6]), tmp_path)


def test_a_weight_that_nothing_needs_may_stand_among_the_inputs(tmp_path: Path) -> None:
    nodes = [helper.make_node("Relu", ["x"], ["y"]), helper.make_node("Add", ["x", "idle"], ["dead"])]
    proto = model(nodes, {"idle": np.ones(6, np.float32)}, [1, 6])
    proto.graph.input.append(helper.make_tensor_value_info("idle", TensorProto.FLOAT, [6]))
    check(proto, tmp_path)


@pytest.mark.parametrize("axis", [1, -1])
def test_a_layer_norm_behind_a_reshape_by_a_folded_target_is_recognised(tmp_path: Path, axis: int) -> None:
    """ONNX does not tell the rank behind such a Reshape, and axis 1 is the last one only if it is 2."""
    nodes = [
        helper.make_node("Identity", ["target"], ["copied"]),
        helper.make_node("Reshape", ["x", "copied"], ["rows"]),
        helper.make_node("ReduceMean", ["rows"], ["mean"], axes=[axis]),
        helper.make_node("Sub", ["rows", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "centred"], ["square"]),
        helper.make_node("ReduceMean", ["square"], ["variance"], axes=[axis]),
        helper.make_node("Add", ["variance", "epsilon"], ["shifted"]),
        helper.make_node("Sqrt", ["shifted"], ["deviation"]),
        helper.make_node("Div", ["centred", "deviation"], ["normed"]),
        helper.make_node("Mul", ["normed", "gamma"], ["scaled"]),
        helper.make_node("Add", ["scaled", "beta"], ["y"]),
    ]
    row = np.linspace(0.5, 1.5, 3, dtype=np.float32)
    weights = {"target": np.array([2, 3]), "epsilon": np.float32(1e-3), "gamma": row, "beta": -row}
    check(model(nodes, weights, [1, 6], opset=13), tmp_path)


def test_the_last_choice_of_an_order_lets_products_write_rows() -> None:
    """Transposing one product can make it cheaper to store another one with its rows scattered, after the pass that
    would transpose it: no engine can write that, and the gradient was wrong (tied queries and keys).
    """
    graph, emit, x = graph_with((4, 6))
    z = emit.gemm("z", x, emit.parameter("w", np.ones((6, 5))))
    graph.outputs = [emit.one("Relu", "relu", [emit.transpose(z)], (5, 4))]
    group, uses = find_groups(graph)["z"], find_uses(graph)
    assert storage_order(graph, {"z": group}, group, uses) == "z.T"
    assert storage_order(graph, {"z": group}, group, uses, final=True) == "z"


def test_the_tiler_refuses_a_product_with_scattered_rows() -> None:
    graph, emit, x = graph_with((4, 6))
    z = emit.gemm("z", x, emit.parameter("w", np.ones((6, 5))))
    graph.tensors["stored"] = Tensor("stored", (5, 4))
    graph.tensors[z].view = View("stored", (1, 4))
    with pytest.raises(RuntimeError, match="the rows of its result 'z' do not lie densely"):
        tile_gemm(Tiling(graph, CONFIGS["compact"], "cores", 100_000), graph.nodes[0])


def test_the_gradient_of_a_long_vectors_weight_has_a_tile() -> None:
    """A panel of the vector would have prescribed 4096 rows of the gradient, more than L1 holds."""
    graph, emit, x = graph_with((9450, 1))
    graph.outputs = [emit.gemm("z", x, emit.parameter("w", np.ones((1, 3))))]
    check_program(build_program(graph, CONFIGS["compact"], "redmule"))
