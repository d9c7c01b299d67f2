# SPDX-License-Identifier: Apache-2.0
"""traindeploy explain: all about an operator, found by several names; unknown ones get the nearest."""

from dataclasses import replace

import pytest

from tests.report.network_run import full_run
from traindeploy.errors import UserError
from traindeploy.records.run import RunResult
from traindeploy.report import explain


def test_everything_about_an_operator_is_said(passed: RunResult) -> None:
    run = full_run(passed)
    text = explain.text(explain.parts(explain.find(run, "fc.1"), run))
    for part in (
        "Gemm, forward, on RedMule; operator 1 of the run", "comes from 'fc.node1' of cct_tiny",
        "computed by RedMule in firmware/kernels/activation.c", "attributes: axis = fc",
        "reads fc.x [2, 4] float32, activation, a view of fc", "writes fc.y1 [2, 4] float32 to L2 at 0x1c000040",
        "after fc.0 (Add, cores)", "for fc.2 (Relu, cores)",
        "its 1 tiles: 500 cycles by the model, 520 measured (+4.0 %)",
        "exclusive: 900 (87.38 % of the run): RedMule 520, DMA 90, HyperBus 290", "Tiles, slots 2 to 3",
        "moved for it: 1 KiB by DMA, 1 KiB by HyperBus", "8 elements of 1 tensors against the machine model: 0 ULP",
        "fc.y1: largest error over its bound 0.25",
    ):  # fmt: skip
        assert part in text, text


@pytest.mark.parametrize("name", ["fc.1", "fc.y1", "fc.node1", "FC.1"])
def test_an_operator_is_found_by_its_name_its_output_and_its_node(passed: RunResult, name: str) -> None:
    assert explain.find(full_run(passed), name).name == "fc.1"


def test_an_unknown_name_gets_the_nearest(passed: RunResult) -> None:
    with pytest.raises(UserError, match=r"no operator is called fc.9: nearest are fc\.\d"):
        explain.find(full_run(passed), "fc.9")
    with pytest.raises(UserError, match=r"no operator is called zzzz: the first are fc.0, fc.1, fc.2"):
        explain.find(full_run(passed), "zzzz")


def test_a_node_of_several_operators_asks_which(passed: RunResult) -> None:
    run = full_run(passed)
    assert run.program is not None
    shared = tuple(replace(op, origin="block") for op in run.program.operators)
    with pytest.raises(UserError, match=r"block: 3 operators come from it: fc.0, fc.1, fc.2: say which"):
        explain.find(replace(run, program=replace(run.program, operators=shared)), "block")


def test_a_run_without_measurement_tells_what_it_has(passed: RunResult) -> None:
    run = replace(full_run(passed), timeline=None, schedule=None)
    text = explain.text(explain.parts(explain.find(run, "fc.1"), run))
    assert "from cycle 480 to 1,000: 520" in text
    assert "measured" not in text


def test_long_tables_are_cut_and_say_so(passed: RunResult) -> None:
    run = full_run(passed)
    assert run.schedule is not None
    slot = replace(run.schedule.slots[2], calls=run.schedule.slots[2].calls * 40)
    many = replace(run, schedule=replace(run.schedule, slots=(*run.schedule.slots[:2], slot, run.schedule.slots[3])))
    view = explain.find(many, "fc.2")
    assert "and 16 more: --all shows them" in explain.text(explain.parts(view, many))
    assert "more: --all" not in explain.text(explain.parts(view, many, everything=True))
