# SPDX-License-Identifier: Apache-2.0
"""Models of another kind than ours are called what they are in the first words."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.frontend.onnx_cases import Case, parsed, refusal
from traindeploy.frontend import graph_of

KINDS = {
    "random weights": (Case([1, 4], "w = RandomNormal<shape=[4, 3]>(); y = MatMul(x, w)"), "a model with random"),
    "random noise": (Case([1, 4], "n = RandomUniformLike(x); y = Add(x, n)"), "a model with random generators"),
    "bernoulli": (Case([1, 4], "n = Bernoulli(x); y = Mul(x, n)"), "a model with random generators: Bernoulli"),
    "qdq": (
        Case([1, 4], "q = QuantizeLinear(x, s); d = DequantizeLinear(q, s); y = Relu(d)", "s=0.5"),
        "a network quantised with QuantizeLinear and DequantizeLinear (QDQ)",
    ),
    "integer network": (
        Case([1, 4], "q, s, z = DynamicQuantizeLinear(x); m = MatMulInteger(q, w); y = Cast<to=1>(m)", "w[4,4]"),
        "an integer network: DynamicQuantizeLinear, MatMulInteger (nodes 'n_q', 'n_m')",
    ),
    "recurrent": (
        Case([3, 1, 4], "h, y, c = LSTM<hidden_size=2>(x, w, r)", "w[1,8,4] r[1,8,2]"),
        "a recurrent network: LSTM (node 'n_h'); use a convolution of one dimension, or attention",
    ),
    "sequences": (
        Case([1, 4], "s = SequenceConstruct(x, x); y = ConcatFromSequence<axis=1>(s)"),
        "a model with sequences or optionals",
    ),
    "trees": (Case([1, 4], "y = ai.onnx.ml.Normalizer(x)"), "a model of classical machine learning (ai.onnx.ml)"),
    "gradient": (
        Case([1, 4], "z = Relu(x); y = ai.onnx.preview.training.Gradient(x)"),
        "a training graph: Gradient (node 'n_y')",
    ),
    "loss": (Case([1, 4], "y = SoftmaxCrossEntropyLoss(x, l)", "l=[1]"), "a training graph: SoftmaxCrossEntropyLoss"),
    "old opset": (Case([1, 4], "y = Relu(x)", opset=6), "uses opset 6; supported are 7 to 28"),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_model_of_another_kind_is_called_what_it_is(name):
    case, wanted = KINDS[name]
    assert refusal(case.proto(probe=False)).startswith(f"file.onnx: {wanted}")


@pytest.mark.parametrize(
    ("element", "words"),
    [
        (TensorProto.FLOAT16, "a float16 model"),
        (TensorProto.BFLOAT16, "a bfloat16 model"),
        (TensorProto.DOUBLE, "a float64 model"),
        (TensorProto.INT64, "a model of integers (token ids?)"),
        (TensorProto.UINT8, "a model of integers (token ids?)"),
        (TensorProto.STRING, "a model of strings"),
        (TensorProto.BOOL, "a model of truth values"),
    ],
)
@pytest.mark.parametrize("end", ["input", "output"])
def test_other_element_types_are_called_what_they_are(element, words, end):
    proto = Case([1, 4], "y = Identity(x)").proto(probe=False)
    getattr(proto.graph, end)[0].type.tensor_type.elem_type = element
    assert refusal(proto).startswith(f"file.onnx: {words}: {end} '")


def test_more_inputs_and_outputs_are_counted():
    proto = Case([1, 4], "y = Relu(x); z = Neg(x)").proto(probe=False)
    proto.graph.output.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 4]))
    assert refusal(proto).startswith("file.onnx: a model with 1 input ('x') and 2 outputs ('y', 'z'): ")


def test_sparse_weights_are_called_so():
    proto = Case([1, 4], "y = MatMul(x, w)").proto(probe=False)
    values = numpy_helper.from_array(np.ones(1, np.float32), "w")
    indices = numpy_helper.from_array(np.array([3]), "w_i")
    proto.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [4, 4]))
    assert refusal(proto).startswith("file.onnx: a model with sparse weights ('w')")


def test_training_info_is_a_training_graph():
    proto = Case([1, 4], "y = Relu(x)").proto(probe=False)
    proto.training_info.add()
    assert refusal(proto).startswith("file.onnx: a training graph (it carries training_info)")


def test_control_flow_is_called_so():
    """``test_branches.py`` has If."""
    inner = helper.make_graph(parsed("o = Relu(x)"), "body", [], [helper.make_tensor_value_info("o", 1, [1, 4])])
    proto = Case([1, 4], "y = Relu(x)", "c=true n=[3]").proto(probe=False)
    proto.graph.node[0].CopyFrom(helper.make_node("Loop", ["n", "c", "x"], ["y"], "flow", body=inner))
    assert refusal(proto).startswith("file.onnx: a model with control flow: Loop (node 'flow')")


def test_functions_of_the_models_own_are_replaced_by_their_bodies():
    proto = Case([1, 4], "y = own.Twice(x)").proto(probe=False)
    body = parsed("t = Add(v, v); w = Relu(t)")
    proto.functions.append(helper.make_function("own", "Twice", ["v"], ["w"], body, [helper.make_opsetid("", 20)]))
    assert [n.op for n in graph_of(proto, "f").nodes] == ["Add", "Relu"]


def test_the_model_that_is_given_stays_as_it_is():
    proto = Case(["N", 4], "y = Relu(x); d = Neg(x)", "c[3]").proto(probe=False)
    before = proto.SerializeToString()
    graph_of(proto, "f")
    assert proto.SerializeToString() == before
