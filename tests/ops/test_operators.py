# SPDX-License-Identifier: Apache-2.0
"""Every operator of the catalogue: definition, machine model, bound, kernel on the host, gradient, attributes.

Kernels on the RTL: test_kernels_on_rtl.py; tiles: test_programs.py; what the bounds notice: test_wrong_models.py.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from golden import machine, math
from golden.executor import execute
from golden.model import Arrays
from tests.firmware.values import mismatch
from tests.ops import SPECS, TABLES
from tests.ops.errors import error_over_bound
from tests.ops.graphs import label_of, loss_network, network, with_gradients
from tests.ops.spec import CLASSES, Spec, in_torch, size_class
from traindeploy.codegen.host_kernels import HostKernels
from traindeploy.ops import OPERATORS, Gradient
from traindeploy.training.rules import RULES
from traindeploy.verify.call import node_of
from traindeploy.verify.stimuli import STIMULI
from traindeploy.verify.stimulus import Case, calls_of, directed, float32, inputs_of
from traindeploy.verify.values import Draw

EXACT = 1e-13  # relative to the largest element: float64 with a few hundred operations
MODELLED = sorted(op for op, spec in SPECS.items() if "models" not in spec.absent)
SCALES = (1.0, 1e-3, 1e3)
SEEDS = range(8)


def each_case(*, kernel: bool = False) -> list[Any]:
    """A parameter for every operator in every case of its table."""
    return [
        pytest.param(op, case, id=f"{op}-{case.name}")
        for op in MODELLED
        for case in directed(op, STIMULI[op])
        if kernel or not case.kernel_only
    ]


def run_math(op: str, inputs: Arrays, case: Case) -> Arrays:
    return math.OPS[op](node_of(op, inputs, case.attrs), inputs, case.attrs)


@pytest.mark.parametrize(("op", "case"), each_case())
def test_math_model_is_torchs(op: str, case: Case) -> None:
    inputs = inputs_of(op, STIMULI[op], case, Draw(1))
    theirs = list(in_torch(SPECS[op], inputs, case.attrs))
    for ours, expected in zip(run_math(op, inputs, case), theirs, strict=True):
        assert ours.shape == expected.shape
        assert np.abs(ours - expected).max() <= EXACT * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize("op", MODELLED)
def test_machine_model_lies_within_the_bound_and_in_each_size_class_not_far_below_it(op: str) -> None:
    """A bound that no error comes near would not notice a wrong model: not of long sums either, where errors cancel."""
    spec = SPECS[op]
    largest: dict[str, np.ndarray] = {}
    for index, case in enumerate(c for c in directed(op, STIMULI[op]) if not c.kernel_only):
        size = size_class(op, spec, case)
        for scale in SCALES:
            for seed in SEEDS:
                inputs = float32(inputs_of(op, STIMULI[op], case, Draw(index, seed, scale=scale)))
                found = error_over_bound(op, inputs, case.attrs)
                assert found.max() <= 1.0, f"{case.name}, scale {scale}, seed {seed}: {found}"
                largest[size] = np.maximum(largest.get(size, 0.0), found)
    for size, found in largest.items():
        if isinstance(spec.share, str):
            assert not found.any(), spec.share
        else:
            share = spec.share[size] if isinstance(spec.share, Mapping) else spec.share
            assert (found >= share).all(), f"largest error over bound of each output, {size} sums: {found}"


def test_layer_norms_bound_holds_where_the_error_of_the_mean_outweighs_epsilon() -> None:
    """A row of one number: its variance is 0, and what the rounded mean leaves of it is far above epsilon."""
    inputs = [np.full((1, 28), 30, np.float32), np.ones(28, np.float32), np.zeros(28, np.float32)]
    found = error_over_bound("LayerNorm", inputs, {"epsilon": float(np.float32(1e-12))})
    assert 0.5 < found[2] <= 1.0


def test_gelus_bound_holds_for_subnormal_numbers() -> None:
    inputs = [np.arange(1, 4500, 7, dtype=np.uint32).view(np.float32)]
    assert 0.3 < error_over_bound("Gelu", inputs, {})[0] <= 1.0


@pytest.mark.parametrize("values", ["normal", "special"])
@pytest.mark.parametrize(("op", "case"), each_case(kernel=True))
def test_kernel_on_the_host_is_the_machine_model_bit_for_bit(
    kernels: HostKernels, op: str, case: Case, values: str
) -> None:
    for scale in SCALES if values == "normal" else (1.0,):
        inputs = float32(inputs_of(op, STIMULI[op], case, Draw(2, scale=scale, values=values)))
        for call in calls_of(op, STIMULI[op], case, inputs):
            if not call.redmule:
                kernels(call.kernel, call.arguments)
                for name, expected in call.outputs.items():
                    actual = call.arguments[name]
                    assert isinstance(actual, np.ndarray)
                    assert mismatch(actual.reshape(expected.shape), expected) == "", f"{call.name}: {name}"


ELEMENTWISE = sorted(op for op in MODELLED if OPERATORS[op].pattern == "elementwise")


def in_place(op: str) -> list[tuple[str, str]]:
    """(operand, result) of which the result is as large, so that it may take the operand's place."""
    operator = OPERATORS[op]
    return [(x.field, y.field) for x in operator.inputs for y in operator.outputs if x.form == y.form]


@pytest.mark.parametrize(("op", "source", "result"), [(op, *fields) for op in ELEMENTWISE for fields in in_place(op)])
def test_elementwise_kernel_works_in_place_of_any_operand_and_writes_nothing_beyond_its_end(
    kernels: HostKernels, op: str, source: str, result: str
) -> None:
    for case in directed(op, STIMULI[op]):
        inputs = float32(inputs_of(op, STIMULI[op], case, Draw(3)))
        (call,) = calls_of(op, STIMULI[op], case, inputs)
        memory = np.append(np.asarray(call.arguments[source]), np.full(8, 7, np.float32))
        kernels(call.kernel, {**call.arguments, source: memory, result: memory})
        for name, expected in call.outputs.items():
            actual = memory[:-8] if name == result else np.asarray(call.arguments[name])
            assert mismatch(actual.reshape(expected.shape), expected) == "", f"{case}: {name}"
        assert (memory[-8:] == 7).all()


def gradient_cases() -> list[Any]:
    return [
        pytest.param(op, case, id=f"{op}-{case.name}")
        for op in sorted(SPECS)
        if not isinstance(OPERATORS[op].gradient, str)
        for case in SPECS[op].gradient_cases
    ]


@pytest.mark.parametrize(("op", "case"), gradient_cases())
def test_gradient_rule_matches_finite_differences(op: str, case: Case) -> None:
    """The central difference truncates 1e-10 times a third derivative, and rounds 1e-11 times the loss."""
    graph = loss_network(op, case) if OPERATORS[op].family == "loss" else network(op, SPECS[op], case)
    assert any(n.op == op for n in graph.nodes)
    gradients = with_gradients(graph)
    feeds: dict[str, np.ndarray] = {"label": label_of(graph)}
    for parameter, name in gradients.items():
        data = np.asarray(graph.tensors[parameter].data, np.float64)
        gradient = execute(graph, feeds, "math")[name]
        assert gradient.shape == data.shape
        direction = Draw(8).normal(*data.shape)
        above, below = (
            execute(graph, feeds | {parameter: data + step * direction}, "math")["loss"][0] for step in (1e-5, -1e-5)
        )
        expected = (above - below) / 2e-5
        assert abs((gradient * direction).sum() - expected) <= 1e-7 * max(1.0, abs(expected)), parameter


def missing(op: str, spec: Spec) -> list[str]:
    """What an operator has no test of, though neither catalogue nor table says why."""
    operator, found = OPERATORS[op], []
    if "models" not in spec.absent:
        found += [
            f"{name} model" for name, models in (("math", math.OPS), ("machine", machine.OPS)) if op not in models
        ]
        found += [] if op in math.BOUNDS else ["bound"]
        found += [] if directed(op, STIMULI[op]) else ["cases"]
    if "kernel" not in spec.absent and STIMULI[op].call is None and operator.kernel is None:
        found.append("kernel, or calls of those it is made of")
    if not isinstance(operator.gradient, str) and op not in RULES:
        found.append("gradient rule")
    for attribute in operator.attributes:
        values = {case.attrs.get(attribute.name) for case in STIMULI[op].cases}
        found += [f"two values of {attribute.name}"] if len(values - {None}) < 2 else []
    if spec.terms is not None:
        sizes = {size_class(op, spec, case) for case in directed(op, STIMULI[op])}
        found += [f"a case with a sum of {CLASSES[size]} terms or more" for size in CLASSES if size not in sizes]
    return found


@pytest.mark.parametrize("op", sorted(OPERATORS))
def test_every_operator_has_all_that_is_tested_or_says_why_not(op: str) -> None:
    family = OPERATORS[op].family
    assert op in TABLES.get(family, {}), f"tests/ops/{family}.py has no row for {op}"
    assert missing(op, SPECS[op]) == []


def test_the_tables_and_models_have_no_other_operators() -> None:
    for found in (SPECS, math.OPS, machine.OPS, RULES):
        assert set(found) <= set(OPERATORS)
    gradients = {op.gradient.op for op in OPERATORS.values() if isinstance(op.gradient, Gradient)}
    assert gradients <= set(OPERATORS)
    for family, table in TABLES.items():
        assert {OPERATORS[op].family for op in table} == {family}
