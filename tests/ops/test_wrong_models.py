# SPDX-License-Identifier: Apache-2.0
"""Wrong models exceed the bounds: what the bounds are for."""

from collections.abc import Callable

import numpy as np
import pytest

from golden import machine
from golden.model import Arrays, Attributes
from tests.ops import SPECS
from tests.ops.errors import error_over_bound
from tests.ops.spec import CLASSES, size_class
from traindeploy.ir import Node
from traindeploy.verify.stimuli import STIMULI
from traindeploy.verify.stimulus import Case, directed, float32, inputs_of
from traindeploy.verify.values import Draw

ROUNDING = sorted(op for op, spec in SPECS.items() if not isinstance(spec.share, str))


def typical(op: str) -> tuple[Arrays, Case]:
    """Inputs of the operator's last case in its largest size class."""
    cases = [c for c in directed(op, STIMULI[op]) if not c.kernel_only]
    classes = [size_class(op, SPECS[op], c) for c in cases]
    largest = max(classes, key=list(CLASSES).index)
    case = [c for c, size in zip(cases, classes, strict=True) if size == largest][-1]
    return float32(inputs_of(op, STIMULI[op], case, Draw(0))), case


@pytest.mark.parametrize("op", ROUNDING)
def test_an_error_of_one_part_in_ten_thousand_exceeds_the_bound(op: str) -> None:
    inputs, case = typical(op)

    def wrong(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
        return [o * np.float32(1.0001) for o in machine.OPS[op](node, inputs, attrs)]

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


def without(array: np.ndarray, axis: int, index: int) -> np.ndarray:
    return np.delete(array, index, axis)


def rounded_to(array: np.ndarray, bits: int) -> np.ndarray:
    """With a mantissa of so many bits: 7 bfloat16, 10 TensorFloat-32, 13 nobody's."""
    unit = np.uint32(1 << 23 - bits)
    raw = np.ascontiguousarray(array).view(np.uint32)
    return np.asarray((raw + unit // 2 & ~(unit - np.uint32(1))).view(np.float32))


def gemm(inputs: Arrays) -> Arrays:
    return machine.OPS["Gemm"](Node("g", "Gemm", [], []), inputs, {})


WRONG_PRODUCTS: dict[str, Callable[[Arrays], Arrays]] = {
    "first product missing": lambda i: gemm([without(i[0], 1, 0), without(i[1], 0, 0), i[2]]),
    "middle product missing": lambda i: gemm([without(i[0], 1, 31), without(i[1], 0, 31), i[2]]),
    "last product missing": lambda i: gemm([i[0][:, :-1], i[1][:-1], i[2]]),
    "two products exchanged": lambda i: gemm([i[0], np.roll(i[1], 1, 0), i[2]]),
    "Y missing": lambda i: gemm([i[0], i[1], np.zeros_like(i[2])]),
    "bfloat16": lambda i: gemm([rounded_to(i[0], 7), rounded_to(i[1], 7), i[2]]),
    "TensorFloat-32": lambda i: gemm([rounded_to(i[0], 10), rounded_to(i[1], 10), i[2]]),
    "thirteen bits of W": lambda i: gemm([i[0], rounded_to(i[1], 13), i[2]]),
    "float16 sums": lambda i: [z.astype(np.float16).astype(np.float32) for z in gemm(i)],
    "last column of the row before": lambda i: [np.concatenate([z[:, :-1], z[:, -2:-1]], 1) for z in gemm(i)],
}


@pytest.mark.parametrize("length", [64, 65, 300, 1152])
@pytest.mark.parametrize("fault", WRONG_PRODUCTS)
def test_wrong_products_of_long_sums_exceed_the_bound(fault: str, length: int) -> None:
    draw = Draw(length)
    inputs = float32([draw.normal(7, length), draw.normal(length, 9), draw.normal(9)])
    wrong = WRONG_PRODUCTS[fault]
    assert error_over_bound("Gemm", inputs, {})[0] <= 1.0
    assert error_over_bound("Gemm", inputs, {}, lambda node, given, attrs: wrong(given))[0] > 1.0


@pytest.mark.parametrize("channels", [8, 64, 128])
def test_convolutions_that_miss_a_product_or_a_channel_exceed_the_bound(channels: int) -> None:
    draw = Draw(channels)
    inputs = float32([draw.normal(1, 6, 6, channels), draw.normal(3, 3, channels, 4)])
    attrs = {"strides": (1, 1), "pads": (1, 1, 1, 1)}
    for place in ((0, 0, 0), (1, 2, channels // 2), (2, 2, channels - 1)):
        changed = inputs[1].copy()
        changed[place] = 0

        def wrong(node: Node, given: Arrays, attrs: Attributes, changed: np.ndarray = changed) -> Arrays:
            return machine.OPS["Conv"](node, [given[0], changed], attrs)

        assert error_over_bound("Conv", inputs, attrs, wrong)[0] > 1.0


@pytest.mark.parametrize("columns", [64, 300, 1000])
@pytest.mark.parametrize("op", ["LayerNorm", "LayerNormGrad", "Softmax", "SoftmaxGrad", "ReduceSum"])
def test_row_operators_that_miss_a_term_of_a_long_sum_exceed_the_bound(op: str, columns: int) -> None:
    """As a model that repeats the last term but one in place of the last; what comes out there is not compared."""
    shape = (columns, 5) if op == "ReduceSum" else (5, columns)
    attrs = {"epsilon": float(np.float32(1e-5))} if op == "LayerNorm" else {}
    inputs = float32(inputs_of(op, STIMULI[op], Case(shape, attrs), Draw(columns)))
    axis = 0 if op == "ReduceSum" else -1

    def wrong(node: Node, given: Arrays, attrs: Attributes) -> Arrays:
        short = [g if op != "ReduceSum" and g.ndim == 1 and len(g) == 5 else _repeated(g, axis) for g in given]
        found = machine.OPS[op](node, short, attrs)
        right = machine.OPS[op](node, given, attrs)
        return [_last_of(f, r) if op != "ReduceSum" and f.ndim == 2 else f for f, r in zip(found, right, strict=True)]

    assert error_over_bound(op, inputs, attrs, wrong).max() > 1.0


def _repeated(array: np.ndarray, axis: int) -> np.ndarray:
    changed = np.moveaxis(array.copy(), axis, 0)
    changed[-1] = changed[-2]
    return np.ascontiguousarray(np.moveaxis(changed, 0, axis))


def _last_of(wrong: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.concatenate([wrong[:, :-1], right[:, -1:]], axis=1)


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
