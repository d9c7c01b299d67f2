# SPDX-License-Identifier: Apache-2.0
"""Weights that stay in L2 from step to step: fetched once, right in every step, written back where it was asked for."""

from dataclasses import replace

import pytest

from golden.training import execute_steps
from tests.codegen.read_back import Source
from tests.codegen.read_back_data import DataSource
from tests.codegen.running import mismatches
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen.check import IllegalProgramError, check_program
from traindeploy.codegen.network_c import emit_c
from traindeploy.frontend.data import load_samples
from traindeploy.ir.program import Hyper, Only, Program, Weights
from traindeploy.ops import replacements
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program
from traindeploy.schedule.place import ARENAS

STEPS = 3


def built(strategy: str, weights: Weights, **training) -> Program:
    graph = build_training_graph("cct_tiny", strategy, lora_b="random", **training)
    return build_program(graph, CONFIGS["paper"], "redmule", steps=STEPS, weights=weights)


def hypers(program: Program, only: str) -> list[Hyper]:
    return [hyper for slot in program.slots for hyper in slot.hyper if hyper.only == only]


def judged(program: Program) -> None:
    """Right in every step, with transfers as early and as late as may be."""
    samples = load_samples("", program.graph, STEPS, 0)
    values = execute_steps(program.graph, samples)
    for order in ("early", "late"):
        wrong, compared = mismatches(program, values, samples, order)
        assert wrong == []
        assert compared == STEPS * sum(len(node.outputs) for node in program.graph.nodes) + len(program.at_end)


@pytest.mark.parametrize("weights", ["l2", "l2-saved"])
@pytest.mark.parametrize("strategy", ["lora1", "full"])
def test_every_step_is_right(strategy: str, weights: Weights) -> None:
    program = built(strategy, weights)
    check_program(program)
    judged(program)


def test_a_further_step_fetches_its_sample_only() -> None:
    program = built("lora1", "l2")
    kinds = {program.graph.tensors[hyper.l2.buffer.name].kind for hyper in hypers(program, "")}
    assert kinds == {"input", "label"}
    assert {hyper.l2.buffer.name for hyper in hypers(program, "first")} >= set(replacements(program.graph).values())


def test_updates_are_written_back_once_or_in_each_step() -> None:
    wanted: tuple[tuple[Weights, Only], ...] = (("l2", "last"), ("l2-saved", ""))
    for weights, only in wanted:
        program = built("ft2", weights)
        backs = {hyper.l2.buffer.name for hyper in hypers(program, only) if hyper.to_l3}
        assert backs == set(replacements(program.graph).values())
    assert [output.level for output in built("ft2", "l2").at_end] == ["L3"] * len(backs)


def test_what_does_not_fit_is_fetched_in_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = built("ft2", "l2")
    monkeypatch.setitem(ARENAS, "L2", replace(ARENAS["L2"], size=whole.peak_bytes["L2"] - 20_000))
    program = built("ft2", "l2")
    check_program(program)
    assert whole.l3_bytes < program.l3_bytes < built("ft2", "l3").l3_bytes
    judged(program)


def test_moments_of_an_optimizer_stay_too() -> None:
    program = built("lp", "l2", optimizer="Adam", numbers={"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "decay": 0.0})
    check_program(program)
    assert len(hypers(program, "last")) == len(replacements(program.graph))


@pytest.mark.parametrize("weights", ["l2", "l2-saved"])
def test_both_forms_say_in_which_step(weights: Weights) -> None:
    program = built("lora1", weights)
    planned = [(h.l3, h.l2.address, h.length, h.to_l3, h.only) for slot in program.slots for h in slot.hyper]
    for source in (Source(emit_c(program)), DataSource.of(emit_c(program, "data"))):
        found = [(h.l3, h.l2.address, h.length, h.to_l3, h.only) for slot in source.slots() for h in slot.hyper]
        assert found == planned


def test_a_weight_that_is_read_behind_its_update_is_told() -> None:
    program = built("lp", "l2")
    copies = {hyper.l2.buffer.name for hyper in hypers(program, "last")}
    dmas, place, store = next(
        (slot.dma, place, dma)
        for slot in program.slots
        for place, dma in enumerate(slot.dma)
        if dma.destination.buffer.level == "L2" and dma.destination.buffer.name in copies
    )
    dmas.insert(place + 1, replace(store, source=store.destination, destination=store.source, label="load it again"))
    with pytest.raises(IllegalProgramError, match=r"load it again reads .* behind its update"):
        check_program(program)


def test_a_weight_that_does_not_stay_is_told() -> None:
    program = built("lp", "l2")
    fetched = next(
        h.l2.buffer for h in hypers(program, "first") if h.l2.buffer.name not in replacements(program.graph).values()
    )
    sample = next(h for slot in program.slots for h in slot.hyper if not h.only)
    fetched.address = sample.l2.address
    with pytest.raises(IllegalProgramError, match="not written there, or overwritten"):
        check_program(program)
