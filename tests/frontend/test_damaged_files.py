# SPDX-License-Identifier: Apache-2.0
"""A damaged, nonsensical or greedy model is imported or refused in a sentence; no other exception leaves us."""

import random
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.frontend.onnx_cases import Case, refusal
from traindeploy.errors import UserError
from traindeploy.frontend import graph_of, load_model, lowering
from traindeploy.platform import L3

SOUND = (
    Case([1, 6], "a = Gemm(x, w, b); r = Relu(a); y = MatMul(r, v)", "w[6,4] b[4] v[4,3]"),
    Case(
        ["N", 2, 4, 4],
        "c = Conv<pads=[1,1,1,1]>(x, k, b); p = MaxPool<kernel_shape=[2,2]>(c); y = Flatten(p)",
        "k[3,2,3,3] b[3]",
    ),
    Case(
        [1, 3, 4],
        "n = LayerNormalization<axis=-1>(x, g, b); s = Softmax<axis=1>(n); t = Transpose<perm=[0,2,1]>(s); "
        "y = Reshape(t, q)",
        "g[4] b[4] q=[1,-1]",
    ),
    Case(
        [1, 3, 4],
        "m = ReduceMean(x, i); d = Sub(x, m); p = Pow(d, two); v = ReduceMean(p, i); e = Add(v, eps); r = Sqrt(e); "
        "n = Div(d, r); s = Mul(n, g); y = Add(s, b)",
        "i=[-1] two=2.0 eps=0.001 g[4] b[4]",
        18,
    ),
    Case(
        [1, 8],
        "u = Div(x, s); e = Erf(u); o = Constant<value_float=1.0>(); a = Add(e, o); h = Mul(x, half); y = Mul(h, a)",
        "s=1.41421356 half=0.5",
    ),
)
OPERATORS = (
    *("Add", "Sub", "Mul", "Div", "Pow", "Gemm", "MatMul", "Reshape", "Transpose", "Softmax", "Flatten", "Identity"),
    *("Dropout", "Cast", "Squeeze", "Unsqueeze", "Conv", "MaxPool", "LayerNormalization", "Gelu", "Shape", "If"),
)
VALUES = (1, -1, 99, 2.5, [1, 0], [0], "x")


def damage(model: onnx.ModelProto, rng: random.Random) -> None:
    """One change to a node, a weight or an end of ``model``."""
    graph = model.graph
    node, weight = rng.choice(graph.node), rng.choice(graph.initializer)
    names = [*(t for n in graph.node for t in (*n.input, *n.output)), "", "nowhere"]
    image = graph.input[0].type.tensor_type
    index = rng.randrange(max(1, len(node.input)))

    def attribute() -> None:
        name = rng.choice(("axis", "axes", "perm", "alpha", "transB", "to", "pads", "strides", "keepdims", "group"))
        kept = [a for a in node.attribute if a.name != name]
        del node.attribute[:]
        node.attribute.extend([*kept, helper.make_attribute(name, rng.choice(VALUES))])

    changes = (
        lambda: node.input.__setitem__(index, rng.choice(names)) if node.input else None,
        lambda: node.output.__setitem__(0, rng.choice(names)),
        lambda: node.input.append(rng.choice(names)),
        lambda: node.input.pop() if node.input else None,
        lambda: setattr(node, "op_type", rng.choice(OPERATORS)),
        lambda: setattr(node, "domain", rng.choice(("com.microsoft", "ai.onnx", "else.where"))),
        lambda: weight.dims.__setitem__(0, rng.choice((0, 1, 7, -1, 2**40))) if weight.dims else None,
        lambda: setattr(weight, "data_type", rng.choice((0, 2, 3, 7, 9, 10, 11, 99))),
        lambda: graph.initializer.remove(weight),
        lambda: setattr(model.opset_import[0], "version", rng.randrange(32)),
        lambda: setattr(image, "elem_type", rng.choice((0, 2, 7, 10, 11, 99))),
        lambda: setattr(rng.choice(image.shape.dim), "dim_value", rng.choice((0, 1, 2, -1, 2**40))),
        lambda: setattr(graph.output[0], "name", rng.choice(names)),
        attribute,
    )
    rng.choice(changes)()


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_model_is_imported_or_refused(seed):
    rng = random.Random(seed)
    refused = 0
    for _ in range(50):
        model = rng.choice(SOUND).proto(probe=False)
        for _ in range(rng.randrange(1, 3)):
            damage(model, rng)
        try:
            graph_of(model, "m")
        except UserError:
            refused += 1
    assert refused > 20


@pytest.mark.parametrize("seed", range(10))
def test_a_file_with_damaged_bytes_is_imported_or_refused(tmp_path, seed):
    rng = random.Random(seed)
    path, said = tmp_path / "damaged.onnx", []
    for _ in range(30):
        data = bytearray(rng.choice(SOUND).proto(probe=False).SerializeToString())
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data)
        try:
            load_model(str(path))
        except UserError as error:
            said.append(str(error))
    assert all(text.startswith(f"{path}: ") for text in said)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (Case([1, 2**40], "y = Relu(x)"), "input 'x' of shape [1, 1099511627776] has 4398046511104 bytes, L3 has"),
        (Case([1, 100000], "y = Add(x, c)", "c[100000,1]"), "result 'y' of shape [100000, 100000]"),
        (Case([1, 4], "c = ConstantOfShape(s); y = Add(x, c)", "s=[1099511627776,4]"), "(ConstantOfShape): cannot be"),
        (Case([1, 4], "c = Expand(b, s); y = Add(x, c)", "b[1,4] s=[1099511627776,4]"), "'n_c' (Expand): cannot be"),
        (Case([1, 4], "c = Tile(b, s); y = Add(x, c)", "b[1,4] s=[1099511627776,4]"), "'n_c' (Tile): cannot be"),
    ],
)  # fmt: skip
def test_a_model_that_asks_for_terabytes_is_refused(case, words):
    assert words in refusal(case.proto(probe=False))


def test_a_weight_that_is_larger_than_l3_is_named(monkeypatch):
    monkeypatch.setattr(lowering, "L3", replace(L3, size=40))
    assert "weight 'w' of shape [4, 3] has 48 bytes, L3 has 40" in refusal(
        Case([1, 4], "y = MatMul(x, w)", "w[4,3]").proto(probe=False)
    )


def test_a_weight_of_another_size_than_it_says_is_named():
    proto = Case([1, 4], "y = MatMul(x, w)", "w[4,3]").proto(probe=False)
    proto.graph.initializer[0].dims[0] = 5
    assert "(tensor name: w) raw_data size (48 bytes) is too small" in refusal(proto)


def test_a_chain_of_thousands_of_nodes_is_no_trouble():
    count = 3000
    chain = [f"t{i + 1} = {('Identity(', 'Mul(c, ')[i % 2]}t{i})" for i in range(count)]
    nodes = [
        "w2 = Transpose(w)",
        "t0 = MatMul(x, w2)",
        *chain,
        f"e = Erf(t{count})",
        "d = Sin(e)",
        f"y = Add(t{count}, w3)",
    ]
    proto = Case([1, 4], "; ".join([*nodes, "w3 = Reshape(w, s)"]), "c=1.0 w[1,4] s=[1]").proto(probe=False)
    assert "cannot reshape" in refusal(proto) or len(refusal(proto)) < 1000


def test_squares_of_squares_are_not_multiplied_out():
    squares = "; ".join(f"t{i + 1} = Mul(t{i}, t{i})" for i in range(60))
    nodes = f"t0 = Relu(x); {squares}; u = Mul(x, c); e = Erf(u); y = Mul(e, t60)"
    assert "unsupported operator Erf" in refusal(Case([1, 4], nodes, "c=0.70710678").proto(probe=False))


def test_a_weight_that_is_an_input_too_and_not_needed_is_no_second_input():
    proto = Case([1, 4], "d = Add(x, c); y = Relu(x)", "c[4]").proto(probe=False)
    proto.graph.input.append(helper.make_tensor_value_info("c", TensorProto.FLOAT, [4]))
    assert [n.op for n in graph_of(proto, "m").nodes] == ["Relu"]


def test_a_weight_that_is_given_twice_is_refused():
    proto = Case([1, 4], "y = Add(x, c)", "c[4]").proto(probe=False)
    proto.graph.initializer.append(numpy_helper.from_array(np.zeros(4, np.float32), "c"))
    assert "c initializer name is not unique" in refusal(proto)


def test_a_dead_node_may_read_what_is_nowhere():
    proto = Case([1, 4], "y = Relu(x); d = Add(y, nowhere)").proto(probe=False)
    assert [n.op for n in graph_of(proto, "m").nodes] == ["Relu"]


def test_a_name_that_is_no_text_is_refused():
    proto = Case([1, 4], "y = Relu(x)").proto(probe=False)
    proto.graph.node[0].name = "abcdef"
    data = proto.SerializeToString().replace(b"abcdef", b"ab\xff\xfe\x80f")
    damaged = onnx.ModelProto()
    damaged.ParseFromString(data)
    assert "is not UTF-8" in refusal(damaged)


def test_doubles_as_weights_are_named():
    proto = Case([1, 4], "y = MatMul(x, w)").proto(probe=False)
    proto.graph.initializer.append(numpy_helper.from_array(np.ones((4, 3)), "w"))
    assert "B has inconsistent type tensor(double)" in refusal(proto)
