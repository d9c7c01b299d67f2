# SPDX-License-Identifier: Apache-2.0
"""Updates that do not read what the options say are noticed, in any step; those that do hold."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.app.checks.conftest import compiled_run, failed
from traindeploy.app.checks import Compiled, numbers, updates
from traindeploy.app.options import Options
from traindeploy.ir import Graph
from traindeploy.training.rates import Updates

LP = Options(model="cct_tiny", strategy="lp")
BATCHES = Options(model="cct_tiny", strategy="lp", steps=4, batch=2, optimizer="momentum", momentum=0.8, decay=0.01)
LIMITS: list[dict[str, Any]] = [{"clip_value": 0.01}, {"clip_norm": 0.5}]
PLANNED = [
    LP,
    BATCHES,
    Options(model="cct_tiny", strategy="lora1", steps=2, batch=2),  # the gradient of pool.scores.bias is rounding
    Options(model="cct_tiny", strategy="lp", steps=6, schedule="cosine", warmup=2, final_lr=0.001),
    Options(model="cct_tiny", strategy="lp", steps=8, schedule="step", optimizer="nesterov"),
    Options(model="cct_tiny", strategy="ft1", clip_norm=0.5),
    Options(model="cct_tiny", strategy="lp", steps=2, batch=2, clip_value=0.01),
    Options(model="cct_tiny", strategy="lp", steps=3, optimizer="adam", decay=0.1),
    Options(model="cct_tiny", strategy="lp", steps=3, optimizer="adamw", decay=0.1, warmup=2),
]
RATED = [one for one in PLANNED if one.schedule != "constant" or one.warmup or one.optimizer == "adam"]


@pytest.mark.parametrize("options", PLANNED, ids=lambda one: one.run_name)
def test_what_is_planned_holds(options: Options) -> None:
    compiled = compiled_run(options)
    assert failed([*updates.check(compiled), *numbers.check(compiled)]) == []


def attribute(name: str, factor: float) -> Callable[[Graph], None]:
    """Changes an attribute of the first operator of a graph that has it."""

    def damage(graph: Graph) -> None:
        next(node for node in graph.nodes if name in node.attrs and node.phase == "update").attrs[name] *= factor

    return damage


@pytest.mark.parametrize(("options", "name"), [(LP, "lr"), (BATCHES, "momentum"), (BATCHES, "decay")])
def test_another_number_that_is_compiled_in_is_noticed(options: Options, name: str) -> None:
    assert failed(updates.check(compiled_run(options, attribute(name, 1.001), runs=False))) == [updates.RATE]


def test_another_share_of_a_batch_is_noticed() -> None:
    assert failed(updates.check(compiled_run(BATCHES, attribute("share", 1.001), runs=False))) == [updates.BATCH]


def test_a_gradient_that_is_not_summed_is_noticed() -> None:
    def damage(graph: Graph) -> None:
        node = next(node for node in graph.nodes if node.op == "Momentum")
        node.inputs[1] = next(each.inputs[1] for each in graph.nodes if each.outputs[0] == node.inputs[1])

    assert failed(updates.check(compiled_run(BATCHES, damage, runs=False))) == [updates.BATCH]


@pytest.mark.parametrize("field", ["rate", "gate"])
@pytest.mark.parametrize("step", [1, 4])
def test_another_number_in_any_step_is_noticed(monkeypatch: pytest.MonkeyPatch, field: str, step: int) -> None:
    right = Updates.numbers

    def wrong(self: Updates, now: int) -> Mapping[str, np.ndarray]:
        found = dict(right(self, now))
        if now == step:
            found[field] = np.float32(1) - found[field]
        return found

    monkeypatch.setattr(Updates, "numbers", wrong)
    assert failed(updates.check(compiled_run(BATCHES, runs=False))) == [updates.RATE]


@pytest.mark.parametrize(
    "options",
    [one for one in PLANNED if one.schedule != "constant" or one.warmup or one.steps == 3],
    ids=lambda one: one.run_name,
)
def test_a_rate_without_its_schedule_is_noticed(monkeypatch: pytest.MonkeyPatch, options: Options) -> None:
    monkeypatch.setattr(Updates, "rate", lambda self, update: self.learning_rate * 0.999)
    assert failed(updates.check(compiled_run(options, runs=False))) == [updates.RATE]


def test_an_optimizer_that_forgets_decay_is_noticed() -> None:
    plain = compiled_run(LP, runs=False)
    asked = Options(model="cct_tiny", strategy="lp", decay=0.1)
    other = Compiled(asked, plain.imported, plain.graph, plain.samples, plain.steps)
    assert failed(updates.check(other)) == [updates.RATE]


@pytest.mark.parametrize("options", [Options(model="cct_tiny", strategy="ft1", **limit) for limit in LIMITS])
def test_gradients_that_are_not_clipped_as_asked_are_noticed(options: Options) -> None:
    """Not at all, to another number, or with one gradient left out of the norm."""
    plain = compiled_run(replace(options, clip_value=0.0, clip_norm=0.0), runs=False)
    asked = Compiled(options, plain.imported, plain.graph, plain.samples, plain.steps)
    assert failed(updates.check(asked)) == [updates.CLIPPED]
    name = "high" if options.clip_value else "alpha"
    assert failed(updates.check(compiled_run(options, attribute(name, 1.001), runs=False))) == [updates.CLIPPED]

    def forget(graph: Graph) -> None:
        sums = [node for node in graph.nodes if node.phase == "update" and node.op in ("Gemm", "Clip")]
        node = sums[1]
        if node.op == "Clip":
            node.attrs["low"] = 0.0
        else:
            node.inputs[0] = node.inputs[1] = sums[0].inputs[1]

    assert failed(updates.check(compiled_run(options, forget, runs=False))) == [updates.CLIPPED]


def test_clipping_that_was_not_asked_for_is_noticed() -> None:
    clipped = compiled_run(replace(LP, clip_value=1.0), runs=False)
    asked = Compiled(LP, clipped.imported, clipped.graph, clipped.samples, clipped.steps)
    assert failed(updates.check(asked)) == [updates.CLIPPED]
