# SPDX-License-Identifier: Apache-2.0
"""Wrong models exceed the bounds: what the bounds are for."""

import numpy as np
import pytest

from golden import machine
from golden.model import Arrays, Attributes
from tests.ops import SPECS
from tests.ops.errors import error_over_bound
from tests.ops.spec import Case, Draw, cases_of, float32, inputs_of
from traindeploy.ir import Node

ROUNDING = sorted(op for op, spec in SPECS.items() if not isinstance(spec.share, str))


def typical(op: str) -> tuple[Arrays, Case]:
    """Inputs of the operator's last case."""
    case = [c for c in cases_of(op, SPECS[op]) if not c.kernel_only][-1]
    return float32(inputs_of(op, SPECS[op], case, Draw(0))), case


@pytest.mark.parametrize("op", ROUNDING)
def test_an_error_of_one_part_in_a_thousand_exceeds_the_bound(op: str) -> None:
    inputs, case = typical(op)

    def wrong(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
        return [o * np.float32(1.001) for o in machine.OPS[op](node, inputs, attrs)]

    assert error_over_bound(op, inputs, case.attrs, wrong).min() > 1.0


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("op", ROUNDING)
def test_a_single_element_that_is_not_finite_exceeds_the_bound(op: str, value: float) -> None:
    inputs, case = typical(op)

    def wrong(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
        outputs = [o.copy() for o in machine.OPS[op](node, inputs, attrs)]
        for output in outputs:
            output.reshape(-1)[-1] = value
        return outputs

    assert np.isinf(error_over_bound(op, inputs, case.attrs, wrong)).all()


def test_gemm_that_drops_its_last_product_exceeds_the_bound() -> None:
    draw = Draw(0)
    inputs = float32([draw.normal(7, 65), draw.normal(65, 9), draw.normal(9)])

    def short(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
        return machine.OPS["Gemm"](node, [inputs[0][:, :-1], inputs[1][:-1], inputs[2]], attrs)

    assert error_over_bound("Gemm", inputs, {}, short)[0] > 1.0


def test_layernorm_gradient_without_its_second_mean_exceeds_the_bound() -> None:
    inputs, case = typical("LayerNormGrad")

    def incomplete(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
        dy, _, scale, _, rstd = inputs
        g = dy * scale
        return [rstd[:, None] * (g - g.mean(1, keepdims=True))]

    assert error_over_bound("LayerNormGrad", inputs, case.attrs, incomplete)[0] > 1.0


@pytest.mark.parametrize("op", ["Gelu", "GeluGrad"])
def test_the_tanh_and_sigmoid_approximations_exceed_the_bound(op: str) -> None:
    """What the published kernels use in place of the exact form."""
    inputs, case = typical(op)

    def approximate(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
        x = inputs[-1].astype(np.float64)
        if op == "Gelu":
            return [0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))]
        s = 1 / (1 + np.exp(-1.702 * x))
        return [inputs[0] * (s + 1.702 * x * s * (1 - s))]

    assert error_over_bound(op, inputs, case.attrs, approximate)[0] > 1.0


def test_cross_entropy_stays_finite_for_an_impossible_label() -> None:
    """2000 is its loss exactly, in either model."""
    inputs = [np.array([[0.0, 2000.0]], np.float32), np.array([0], np.int32)]
    assert error_over_bound("SoftmaxCrossEntropy", inputs, {})[0] == 0.0
