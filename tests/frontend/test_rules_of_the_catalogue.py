# SPDX-License-Identifier: Apache-2.0
"""Rules that follow from the catalogue: attributes by name, defaults, limits, and what is refused."""

from collections.abc import Mapping

import numpy as np
import pytest
from onnx import helper

from traindeploy.errors import UserError
from traindeploy.frontend.lower import apply
from traindeploy.frontend.lowering import Lowering, Value
from traindeploy.frontend.rules import RULES
from traindeploy.frontend.rules.catalogue import rule_of
from traindeploy.frontend.source import ModelSource, OnnxNode
from traindeploy.ir import Node, Tensor
from traindeploy.ops import OPERATORS, Attribute
from traindeploy.ops.declare import elementwise

LEAKY = elementwise(
    "Leaky",
    "activation",
    "td_leaky",
    "x:X",
    "out:Y",
    order="",
    comment="",
    cycles=1.0,
    attributes=(Attribute("alpha", default=0.01, low=0.0, high=1.0), Attribute("beta")),
    onnx="Leaky",
)


def lowered(attrs: Mapping[str, object], nhwc: bool = False) -> Node:
    """Our node for ``Leaky(x)``, x being [1,3,4,5]."""
    low = Lowering(ModelSource("m.onnx", [], {}, "x", (1, 3, 4, 5), "y", [helper.make_opsetid("", 20)]), "m")
    low.graph.add(Tensor("x", (1, 4, 5, 3) if nhwc else (3, 4, 5), kind="input"))
    low.values["x"] = Value("x", (1, 3, 4, 5), nhwc)
    apply(low, OnnxNode("n", "Leaky", "", ["x"], ["y"], dict(attrs)), rule_of(LEAKY))
    assert low.values["y"] == Value("y", (1, 3, 4, 5), nhwc)
    assert low.graph.tensors["y"].shape == low.graph.tensors["x"].shape
    return low.graph.nodes[0]


def test_attributes_pass_by_name_rounded_to_float32() -> None:
    node = lowered({"alpha": 0.3, "beta": -2.0})
    assert (node.op, node.name, node.inputs, node.outputs) == ("Leaky", "n", ["x"], ["y"])
    assert node.attrs == {"alpha": float(np.float32(0.3)), "beta": -2.0}


def test_a_missing_attribute_has_the_default_of_the_catalogue() -> None:
    assert lowered({"beta": 1.0}).attrs["alpha"] == float(np.float32(0.01))


def test_an_image_stays_as_it_is_stored() -> None:
    assert lowered({"beta": 1.0}, nhwc=True).inputs == ["x"]


@pytest.mark.parametrize(
    ("attrs", "message"),
    [
        ({}, "attribute beta is missing"),
        ({"beta": 1.0, "gamma": 3}, "attribute gamma is not supported"),
        ({"beta": 1.0, "alpha": 1.5}, "alpha = 1.5: expected a number from 0 to 1"),
        ({"beta": 1.0, "alpha": float("nan")}, "alpha = nan: expected a number from 0 to 1"),
    ],
)
def test_what_the_catalogue_does_not_allow_is_refused(attrs: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=rf"m\.onnx: node 'n' \(Leaky\): {message}"):
        lowered(attrs)


def test_every_onnx_operator_of_the_catalogue_has_its_rule() -> None:
    assert {op.onnx for op in OPERATORS.values()} - {""} <= set(RULES)
