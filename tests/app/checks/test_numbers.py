# SPDX-License-Identifier: Apache-2.0
"""NaN is never PASSED, an update that float32 rounds away is named, and so is what is zero."""

from dataclasses import replace

import numpy as np
import pytest

from golden.directional import gradients
from tests.app.checks.conftest import compiled_run, failed
from traindeploy.app.checks import Compiled, check_compiled
from traindeploy.app.options import Options
from traindeploy.ir import Graph
from traindeploy.records.self_check import SelfCheck


def named(checks: tuple[SelfCheck, ...], name: str) -> SelfCheck:
    return next(check for check in checks if check.name == name)


def test_a_right_run_holds(tiny: Compiled) -> None:
    assert failed(check_compiled(tiny)) == []


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("tensor", ["loss", "blocks.1.mlp.fc1.lora_A.weight.grad", "classifier.weight.new"])
def test_a_single_element_that_is_not_finite_is_noticed_in_any_step(tiny: Compiled, tensor: str, value: float) -> None:
    last = {name: array.copy() for name, array in tiny.steps[1].items()}
    last[tensor].reshape(-1)[-1] = value
    checks = check_compiled(replace(tiny, steps=[tiny.steps[0], last]))
    found = named(checks, "tensors with NaN or infinity")
    assert not found.passed
    assert f"{tensor!r} of " in found.text
    assert "step 1" in found.text


def test_weights_that_are_no_numbers_give_no_passed() -> None:
    def damage(graph: Graph) -> None:
        tensor = graph.tensors["classifier.weight"]
        assert tensor.data is not None
        tensor.data = np.where(tensor.data == tensor.data.max(), np.float32(np.nan), tensor.data)

    checks = check_compiled(compiled_run(Options(model="cct_tiny", strategy="lp"), damage))
    assert "'classifier.weight' as given" in named(checks, "tensors with NaN or infinity").text
    assert {"first loss against onnxruntime", "tensors with NaN or infinity"} <= set(failed(checks))


def test_a_learning_rate_that_vanishes_in_float32_is_noticed() -> None:
    checks = check_compiled(compiled_run(Options(model="cct_tiny", strategy="ft1", learning_rate=1e-12)))
    assert failed(checks) == ["trained parameters that stay", "updates that vanish"]
    assert "'classifier.weight' in step 0" in named(checks, "updates that vanish").text


def test_a_gradient_that_is_zero_but_for_rounding_may_vanish() -> None:
    # A softmax does not see what is added to all of its inputs: the gradient of pool.scores.bias is zero.
    run = compiled_run(Options(model="cct_tiny", strategy="ft1"))
    values = {name: array.copy() for name, array in run.steps[0].items()}
    values[gradients(run.graph)["pool.scores.bias"]][:] = np.float32(3e-10)
    values["pool.scores.bias.new"][:] = values["pool.scores.bias"]
    assert named(check_compiled(replace(run, steps=[values])), "updates that vanish").passed


def test_an_update_of_the_smallest_size_that_float32_keeps_holds() -> None:
    assert failed(check_compiled(compiled_run(Options(model="cct_tiny", strategy="lp", learning_rate=1e-5)))) == []


def test_a_gradient_that_is_zero_throughout_is_named_and_fails_nothing(tiny: Compiled) -> None:
    first = {name: array.copy() for name, array in tiny.steps[0].items()}
    name = gradients(tiny.graph)["classifier.bias"]
    first[name][:] = 0
    found = named(check_compiled(replace(tiny, steps=[first, tiny.steps[1]])), "gradients that are zero throughout")
    assert found.passed
    assert (found.figure, f"{name!r} in step 0" in found.text) == (1, True)


def test_gradients_that_are_zero_as_b_starts_at_zero_are_explained() -> None:
    run = compiled_run(Options(model="cct_tiny", strategy="lora1"))
    found = named(check_compiled(run), "gradients that are zero throughout")
    assert found.passed
    assert found.text.endswith("; LoRA's B starts at zero: LORA_B=random or STEPS=2 shows them")


def test_a_run_that_changes_no_parameter_is_not_called_right() -> None:
    run = compiled_run(Options(model="cct_tiny", strategy="lp", steps=2))
    still = [{name: array.copy() for name, array in step.items()} for step in run.steps]
    for values in still:
        for parameter, gradient in gradients(run.graph).items():
            values[gradient][:] = 0
            values[f"{parameter}.new"] = values[parameter].copy()
    assert "trained parameters that stay" in failed(check_compiled(replace(run, steps=still)))
    still[1]["classifier.bias.new"][0] += 1
    found = named(check_compiled(replace(run, steps=still)), "trained parameters that stay")
    assert (found.passed, found.figure, found.limit) == (True, 1, 1)
