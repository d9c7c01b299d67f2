# SPDX-License-Identifier: Apache-2.0
"""Operators of the catalogue are known as nodes of ONNX, which compute what their definitions say."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from golden import math
from tests.export.running import evaluate
from tests.ops.test_operators import each_case
from traindeploy.export import IR_VERSION
from traindeploy.export.builder import OPSET, Builder
from traindeploy.export.forms import FORMS, Call
from traindeploy.ops import OPERATORS
from traindeploy.verify.call import node_of
from traindeploy.verify.stimuli import STIMULI
from traindeploy.verify.stimulus import Case, inputs_of
from traindeploy.verify.values import Draw

EXACT = 1e-12  # relative to the largest element: float64 with a few hundred operations, in another order


def test_forms_are_those_of_operators_that_there_are() -> None:
    assert set(FORMS) <= set(OPERATORS)


def ends(names: list[str], arrays: list[np.ndarray]) -> list[onnx.ValueInfoProto]:
    """Declarations of inputs or outputs."""
    kinds = [helper.np_dtype_to_tensor_dtype(array.dtype) for array in arrays]
    return [
        helper.make_tensor_value_info(name, kind, array.shape)
        for name, kind, array in zip(names, kinds, arrays, strict=True)
    ]


@pytest.mark.parametrize(("op", "case"), [case for case in each_case() if case.values[0] in FORMS])
def test_a_form_computes_the_definition(op: str, case: Case) -> None:
    inputs = inputs_of(op, STIMULI[op], case, Draw(3))
    expected = math.OPS[op](node_of(op, inputs, case.attrs), inputs, case.attrs)
    builder = Builder(np.float64)
    builder.stem = "n"
    names = [f"input{i}" for i in range(len(inputs))]
    call = Call(names, [np.shape(i) for i in inputs], [e.shape for e in expected], case.attrs)
    outputs = FORMS[op](builder, call)
    wide = [np.asarray(i, np.float64) if np.asarray(i).dtype.kind == "f" else np.asarray(i) for i in inputs]
    constants = list(builder.constants.values())
    graph = helper.make_graph(builder.nodes, "form", ends(names, wide), ends(outputs, expected), constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    found = evaluate(model, dict(zip(names, wide, strict=True)))
    assert TensorProto.DOUBLE in {output.type.tensor_type.elem_type for output in model.graph.output}
    for name, wanted in zip(outputs, expected, strict=True):
        assert found[name].shape == wanted.shape
        assert np.abs(found[name] - wanted).max() <= EXACT * max(1.0, np.abs(wanted).max())
