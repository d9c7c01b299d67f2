# SPDX-License-Identifier: Apache-2.0
"""Where L2 is too small for new values beside the old ones, updates write over what they read; nothing else changes."""

import functools
from dataclasses import replace

import pytest

from golden.training import execute_steps
from tests.codegen.running import mismatches
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen.check import check_program
from traindeploy.errors import UserError
from traindeploy.frontend.data import load_samples
from traindeploy.ir import Graph
from traindeploy.ir.program import Program
from traindeploy.ops import replacements
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build
from traindeploy.schedule.place import ARENAS

STEPS = 2


def built(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Program:
    """As if nothing had fitted with buffers of their own."""
    fit = build._fit
    monkeypatch.setattr(build, "_fit", functools.partial(refusing, fit))
    return build.build_program(graph, CONFIGS["compact"], "redmule", steps=STEPS)


def refusing(fit, *arguments, in_place=False):
    if not in_place:
        raise UserError("as if L2 were too small")
    return fit(*arguments, in_place=True)


def in_l2(program: Program) -> set[str]:
    return {buffer.name for buffer in program.buffers if buffer.level == "L2"}


@pytest.mark.parametrize("strategy", ["lp", "ft2", "lora2", "full"])
def test_a_program_that_writes_over_weights_is_right_in_every_order(
    monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    graph = build_training_graph("cct_tiny", strategy, lora_b="random")
    program = built(graph, monkeypatch)
    check_program(program)
    samples = load_samples("", graph, STEPS, 0)
    values = execute_steps(graph, samples)
    for order in ("early", "late"):
        wrong, compared = mismatches(program, values, samples, order)
        assert wrong == []
        assert compared == STEPS * sum(len(node.outputs) for node in graph.nodes)


def test_an_update_has_no_buffer_but_its_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = build_training_graph("cct_tiny", "ft2")
    apart = build.build_program(graph, CONFIGS["compact"], "redmule", steps=STEPS)
    together = built(graph, monkeypatch)
    updated = replacements(graph)
    assert set(updated) <= in_l2(apart)
    assert not set(updated) & in_l2(together)
    backs = {h.l2.buffer.name for slot in together.slots for h in slot.hyper if h.label.startswith("write back")}
    assert backs == set(updated.values())


def test_every_parameter_of_cct2_fits_only_so() -> None:
    graph = build_training_graph("cct2", "full")
    program = build.build_program(graph, CONFIGS["paper"], "redmule")
    assert not in_l2(program) & set(replacements(graph))
    assert program.peak_bytes["L2"] <= 1_703_936
    check_program(program)


def test_what_fits_neither_way_is_told() -> None:
    graph = build_training_graph("cct2", "lp")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ARENAS, "L2", replace(ARENAS["L2"], size=200_000))
        with pytest.raises(UserError, match=r"L2: \d+ bytes are needed at operator \d+, 200000 are available"):
            build.build_program(graph, CONFIGS["paper"], "redmule")
