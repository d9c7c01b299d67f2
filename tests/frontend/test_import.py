# SPDX-License-Identifier: Apache-2.0
"""Imported models compute what ONNX's reference implementation computes, in our operators."""

from collections import Counter

import numpy as np
import pytest
from onnx import helper

from tests.frontend.onnx_models import assert_same, compare, forward, model, normal, reference, save
from traindeploy.errors import UserError
from traindeploy.frontend import BUILT_IN, load_model
from traindeploy.frontend.cct import build_cct

node = helper.make_node
INT = np.int64


def test_weights_of_a_built_in_model_keep_the_size_of_what_they_multiply():
    """The standard deviation is 1 / sqrt(n) of n summands, so that no layer starts saturated."""
    graph = load_model("cct2", seed=1)
    weights = {name: t.data for name, t in graph.tensors.items() if t.data is not None and t.data.size >= 4096}
    matrices = {name: data for name, data in weights.items() if data.ndim == 2 and "blocks." in name}
    assert len(matrices) == 12
    for name, data in matrices.items():
        assert data.std() * np.sqrt(data.shape[0]) == pytest.approx(1, abs=0.05), name


def ops(graph) -> Counter:
    return Counter(n.op for n in graph.nodes)


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_built_in_models_compute_what_their_onnx_says(name):
    proto = build_cct(BUILT_IN[name], seed=5)
    shape = [d.dim_value for d in proto.graph.input[0].type.tensor_type.shape.dim]
    x = np.random.default_rng(0).random(shape, dtype=np.float32)
    assert_same(forward(load_model(name, seed=5), x), reference(proto, "image", x))


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    first, again, other = (load_model("cct_tiny", seed) for seed in (1, 1, 2))
    for name, tensor in first.tensors.items():
        if tensor.data is not None:
            assert tensor.data.tobytes() == again.tensors[name].data.tobytes()
    weight = first.tensors["classifier.weight"].data
    assert weight.tobytes() != other.tensors["classifier.weight"].data.tobytes()


def test_bias_add_behind_a_matmul_becomes_y(tmp_path):
    nodes = [node("MatMul", ["x", "w"], ["z"], "mm"), node("Add", ["b", "z"], ["y"], "bias")]
    graph = compare(model(nodes, {"w": normal(6, 5), "b": normal(5)}, [1, 3, 6]), tmp_path)
    assert ops(graph) == {"Gemm": 1}
    assert graph.nodes[0].inputs == ["x", "w", "b"]
    assert graph.nodes[0].origin == "mm, bias"


def test_matmul_that_others_read_keeps_its_own_result(tmp_path):
    nodes = [
        node("MatMul", ["x", "w"], ["z"], "mm"),
        node("Add", ["z", "b"], ["u"], "bias"),
        node("Mul", ["z", "u"], ["y"], "mul"),
    ]
    graph = compare(model(nodes, {"w": normal(6, 5), "b": normal(5)}, [1, 3, 6]), tmp_path)
    assert ops(graph) == {"Gemm": 1, "AddRow": 1, "Mul": 1}


@pytest.mark.parametrize("trans_a", [0, 1])
@pytest.mark.parametrize("trans_b", [0, 1])
def test_gemm_transpositions_become_views(tmp_path, trans_a, trans_b):
    weight = normal(5, 6) if trans_b else normal(6, 5)
    nodes = [
        node("Flatten", ["x"], ["flat"], "flat", axis=2 if trans_a else 1),
        node("Gemm", ["flat", "w", "b"], ["y"], "gemm", transA=trans_a, transB=trans_b),
    ]
    graph = compare(model(nodes, {"w": weight, "b": normal(5)}, [1, 6, 1] if trans_a else [1, 6]), tmp_path)
    assert ops(graph) == {"Gemm": 1}


@pytest.mark.parametrize("power", ["Pow", "Mul"])
@pytest.mark.parametrize("opset", [12, 18])
def test_decomposed_layernorm_is_recognised(tmp_path, power, opset):
    square = node("Pow", ["d", "two"], ["s"], "p") if power == "Pow" else node("Mul", ["d", "d"], ["s"], "p")

    def mean(source, target):
        if opset < 18:
            return node("ReduceMean", [source], [target], target, axes=[-1])
        return node("ReduceMean", [source, "axes"], [target], target)

    nodes = [
        mean("x", "m"),
        node("Sub", ["x", "m"], ["d"], "sub"),
        square,
        mean("s", "v"),
        node("Add", ["v", "eps"], ["ve"], "add"),
        node("Sqrt", ["ve"], ["r"], "sqrt"),
        node("Div", ["d", "r"], ["h"], "div"),
        node("Mul", ["h", "g"], ["hg"], "scale"),
        node("Add", ["hg", "b"], ["y"], "shift"),
    ]
    weights = {"two": np.float32(2), "eps": np.float32(1e-5), "g": normal(8), "b": normal(8, seed=2)}
    weights |= {"axes": np.array([-1], INT)} if opset >= 18 else {}
    graph = compare(model(nodes, weights, [1, 4, 8], opset=opset), tmp_path)
    assert ops(graph) == {"LayerNorm": 1}
    assert graph.nodes[0].attrs["epsilon"] == float(np.float32(1e-5))


GELU_TAILS = {
    "x(1+erf) half": [node("Mul", ["x", "e1"], ["p"], "p"), node("Mul", ["p", "half"], ["y"], "q")],
    "half x first": [node("Mul", ["x", "half"], ["p"], "p"), node("Mul", ["p", "e1"], ["y"], "q")],
    "half (1+erf) x": [node("Mul", ["half", "e1"], ["p"], "p"), node("Mul", ["x", "p"], ["y"], "q")],
}


@pytest.mark.parametrize("tail", GELU_TAILS)
@pytest.mark.parametrize("scaling", ["Div", "Mul"])
def test_decomposed_gelu_is_recognised(tmp_path, tail, scaling):
    factor = np.float32(2**0.5 if scaling == "Div" else 0.5**0.5)
    nodes = [
        node(scaling, ["x", "c"], ["u"], "u"),
        node("Erf", ["u"], ["e"], "e"),
        node("Add", ["e", "one"], ["e1"], "e1"),
        *GELU_TAILS[tail],
    ]
    graph = compare(model(nodes, {"c": factor, "one": np.float32(1), "half": np.float32(0.5)}, [1, 4, 8]), tmp_path)
    assert ops(graph) == {"Gelu": 1}


@pytest.mark.parametrize(("scaling", "c"), [("Mul", 0.7), ("Div", 1.5)])
def test_what_only_looks_like_gelu_is_refused(tmp_path, scaling, c):
    nodes = [
        node(scaling, ["x", "c"], ["u"], "u"),
        node("Erf", ["u"], ["e"], "e"),
        node("Add", ["e", "one"], ["e1"], "e1"),
        *GELU_TAILS["half x first"],
    ]
    weights = {"c": np.float32(c), "one": np.float32(1), "half": np.float32(0.5)}
    with pytest.raises(UserError, match="unsupported operator Erf"):
        compare(model(nodes, weights, [1, 4, 8]), tmp_path)


def test_images_are_nhwc_and_flattening_restores_the_channel_order(tmp_path):
    nodes = [
        node("Conv", ["x", "k", "kb"], ["c"], "conv", pads=[1, 0, 1, 0], strides=[2, 1], kernel_shape=[3, 2]),
        node("Relu", ["c"], ["r"], "relu"),
        node("MaxPool", ["r"], ["p"], "pool", kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER"),
        node("Flatten", ["p"], ["f"], "flat"),
        node("Gemm", ["f", "w"], ["y"], "fc"),
    ]
    weights = {"k": normal(4, 3, 3, 2), "kb": normal(4), "w": normal(4 * 2 * 3, 5)}
    graph = compare(model(nodes, weights, [1, 3, 7, 7]), tmp_path)
    assert graph.tensors["x"].shape == (1, 7, 7, 3)
    assert graph.tensors["k"].shape == (3, 2, 3, 4)
    assert ops(graph) == {"Conv": 1, "AddRow": 1, "Relu": 1, "MaxPool": 1, "Transpose": 1, "Gemm": 1}


def test_shape_arithmetic_is_folded(tmp_path):
    nodes = [
        node("Shape", ["x"], ["s"], "shape"),
        node("Gather", ["s", "zero"], ["n"], "gather"),
        node("Unsqueeze", ["n", "axis"], ["n1"], "unsqueeze"),
        node("Concat", ["n1", "rest"], ["target"], "concat", axis=0),
        node("Identity", ["x"], ["id"], "id"),
        node("Reshape", ["id", "target"], ["r"], "reshape"),
        node("MatMul", ["r", "w"], ["y"], "mm"),
    ]
    weights = {"zero": np.array(0, INT), "axis": np.array([0], INT), "rest": np.array([-1, 6], INT), "w": normal(6, 2)}
    graph = compare(model(nodes, weights, [1, 24]), tmp_path)
    assert ops(graph) == {"Gemm": 1}


@pytest.mark.parametrize("op", ["Mul", "Div"])
def test_scalar_factors_become_scale(tmp_path, op):
    graph = compare(model([node(op, ["x", "c"], ["y"], "n")], {"c": np.array([[8.0]], np.float32)}, [1, 5]), tmp_path)
    assert graph.nodes[0].op == "Scale"
    assert graph.nodes[0].attrs == {"alpha": 8.0 if op == "Mul" else 0.125}


@pytest.mark.parametrize("domain", ["", "com.microsoft"])
def test_gelu_of_either_domain(tmp_path, domain):
    proto = model(
        [node("Gelu", ["x"], ["y"], "g", domain=domain)], {}, [1, 9], extra_domains=[domain] if domain else []
    )
    graph = load_model(save(proto, tmp_path))
    assert [n.op for n in graph.nodes] == ["Gelu"]


def test_repeated_and_missing_node_names_are_made_unique(tmp_path):
    nodes = [node("Relu", ["x"], ["a"], "n"), node("Relu", ["a"], ["b"], "n"), node("Relu", ["b"], ["c"], "n")]
    nodes += [node("Relu", ["c"], ["d"]), node("Relu", ["d"], ["y"])]
    graph = compare(model(nodes, {}, [1, 4]), tmp_path)
    assert len({n.name for n in graph.nodes}) == 5


def test_a_weight_used_twice_is_one_parameter(tmp_path):
    nodes = [node("MatMul", ["x", "w"], ["a"], "first"), node("MatMul", ["a", "w"], ["y"], "second")]
    graph = compare(model(nodes, {"w": normal(4, 4)}, [1, 4]), tmp_path)
    assert [n for n, t in graph.tensors.items() if t.kind == "parameter"] == ["w"]


@pytest.mark.parametrize("opset", [12, 13])
@pytest.mark.parametrize("axis", [1, 2, -1])
def test_softmax_over_any_axis_as_its_opset_means_it(tmp_path, opset, axis):
    nodes = [node("Softmax", ["x"], ["s"], "s", axis=axis), node("Relu", ["s"], ["y"], "r")]  # a last one is taken off
    proto = model(nodes, {}, [1, 3, 4], opset=opset)
    graph = load_model(save(proto, tmp_path))
    x = normal(1, 3, 4)
    flat = x.reshape(1, 12) if opset < 13 and axis == 1 else x
    e = np.exp(flat.astype(np.float64) - flat.max())
    expected = e / e.sum(axis=-1 if flat is not x else axis, keepdims=True)
    assert_same(forward(graph, x), expected)


def test_layernorm_over_several_axes(tmp_path):
    proto = model(
        [node("LayerNormalization", ["x", "g", "b"], ["y"], "ln", axis=1)],
        {"g": normal(3, 4), "b": normal(3, 4, seed=2)},
        [1, 3, 4],
    )
    compare(proto, tmp_path)


@pytest.mark.parametrize("epsilon", [1e-5, 1e-3, 1e-12, None])
def test_epsilon_of_a_layernorm_is_the_files_or_onnxs_default(tmp_path, epsilon):
    attrs = {} if epsilon is None else {"epsilon": epsilon}
    weights = {"g": normal(6), "b": normal(6, seed=2), "small": np.float32(1e-3)}
    nodes = [node("Mul", ["x", "small"], ["s"], "s"), node("LayerNormalization", ["s", "g", "b"], ["y"], "ln", **attrs)]
    graph = compare(model(nodes, weights, [1, 4, 6]), tmp_path)
    assert graph.nodes[-1].attrs["epsilon"] == float(np.float32(1e-5 if epsilon is None else epsilon))
