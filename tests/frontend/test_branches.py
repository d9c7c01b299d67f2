# SPDX-License-Identifier: Apache-2.0
"""``If`` with a condition that constants and static shapes decide is the branch that it takes; others are refused."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.frontend.onnx_cases import Case, assert_as_onnxruntime, parsed, refusal
from traindeploy.frontend import graph_of

CONDITIONS = {
    "weight, true": ("", "c=true", "Relu"),
    "weight, false": ("", "c=false", "Tanh"),
    "negated": ("c = Not(t)", "t=true", "Tanh"),
    "shape": ("s = Shape(x); g = Gather(s, one); c = Equal(g, four)", "one=1 four=4", "Relu"),
    "shape of what is computed": ("r = Neg(x); s = Shape(r); g = Gather(s, one); c = Equal(g, one)", "one=1", "Tanh"),
    "size": ("n = Size(x); c = Equal(n, four)", "four=4", "Relu"),
    "batch without a number": ("s = Shape(x); g = Gather(s, z); c = Equal(g, one)", "z=0 one=1", "Relu"),
    "scalar of one element": ("c = Identity(t)", "t=true", "Relu"),
}


def with_if(before: str, weights: str, x: tuple[int | str, ...] = (1, 4), after: str = "") -> onnx.ModelProto:
    """y = relu(x) + relu(-x), or relu(x) + tanh(2 x), by ``c``; both branches use the same names."""
    branches = {}
    for name, nodes in (("then", "a = Neg(x); o = Relu(a)"), ("else", "a = Mul(x, two); o = Tanh(a)")):
        outputs = [helper.make_tensor_value_info("o", TensorProto.FLOAT, None)]
        inner = [numpy_helper.from_array(np.array(2, np.float32), "two")]
        branches[f"{name}_branch"] = helper.make_graph(parsed(nodes), name, [], outputs, inner)
    proto = Case(x, f"{before}; q = Relu(x)".strip("; "), weights, opset=17).proto(probe=False)
    flow = helper.make_node("If", ["c"], ["b"], "flow", **branches)
    last = helper.make_node("Add", ["b", "q"], ["y"], "sum")
    proto.graph.node.extend([flow, last])
    return proto


@pytest.mark.parametrize("case", CONDITIONS.values(), ids=CONDITIONS)
def test_the_branch_that_is_always_taken_takes_the_nodes_place(
    case: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, weights, op = case
    x: tuple[int | str, ...] = ("N", 4) if "z=0" in weights else (1, 4)
    proto = with_if(before, weights, x)
    nodes = [node.op for node in graph_of(proto, "f").nodes]
    assert nodes.count(op) == (2 if op == "Relu" else 1)
    assert ("Tanh" in nodes) == (op == "Tanh")
    given = Case(x, "")
    monkeypatch.setattr(Case, "proto", lambda self: proto)
    assert_as_onnxruntime(given)


def test_an_if_within_an_if_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    proto = with_if("", "c=true d=false")
    outer = with_if("", "c=true d=false").graph.node[1]
    inner = proto.graph.node[1]
    inner.input[0] = "d"
    for attribute in outer.attribute:
        if attribute.name == "then_branch":
            del attribute.g.node[:]
            attribute.g.node.append(inner)
            attribute.g.node[0].output[0] = "o"
    del proto.graph.node[1]
    proto.graph.node.insert(1, outer)
    monkeypatch.setattr(Case, "proto", lambda self: proto)
    assert_as_onnxruntime(Case([1, 4], ""))
    assert "Tanh" in [node.op for node in graph_of(proto, "f").nodes]


@pytest.mark.parametrize(
    ("before", "weights"),
    [
        ("m = ReduceMax<keepdims=0>(x); c = Greater(m, z)", "z=0.0"),
        ("s = Shape(r); r = NonZero(x); c = Equal(s, s)", ""),
    ],
)
def test_a_condition_that_the_input_decides_is_control_flow(before: str, weights: str) -> None:
    assert "a model with control flow: If (node 'flow')" in refusal(with_if(before, weights))
