# SPDX-License-Identifier: Apache-2.0
"""A run's result: what the bench found, under what was asked; nothing that was left uncompared passes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from traindeploy.app.options import Options
from traindeploy.app.result import run_result
from traindeploy.records import serial
from traindeploy.records.bench import BenchRecord, Mismatch, OperatorResult
from traindeploy.records.program import OperatorDescription, Placement, ProgramDescription
from traindeploy.records.provenance import Provenance
from traindeploy.records.run import RunConfiguration, RunResult
from traindeploy.records.self_check import SelfCheck, at_most, counted_twice
from traindeploy.records.verdict import Verdict

OPTIONS = Options(model="cct_tiny", strategy="lp", seed=3, steps=2, waves="1")
OUTPUT = Placement(tensor="y", level="L2", address=0x1C06_0000, shape=(2, 3))
PROGRAM = ProgramDescription(
    operators=(
        OperatorDescription(
            index=0, name="fc", kind="Gemm", engine="redmule", phase="forward", flop=96, outputs=(OUTPUT,)
        ),
    ),
    steps=2,
    flop=96,
    l3_bytes=50,
    peak_bytes={"L1": 10, "L2": 20, "L3": 30},
    trainable_parameters=8,
)
BENCH = BenchRecord(
    verdict=Verdict.PASSED,
    cycles=1000,
    max_ulp=0,
    tensors_compared=2,
    elements_compared=12,
    losses=(2.5, 2.25),
    sim_seconds=1.5,
    operators=tuple(
        OperatorResult(
            index=0, name="fc", kind="Gemm", engine="redmule", phase="forward", step=step, start=100 + 500 * step,
            cycles=48, flop=96, tensors=1, elements=6, max_ulp=0,
        )
        for step in range(2)
    ),
)  # fmt: skip


HOLDS = at_most("logits", "model", 1e-7, 1e-4, "", "largest difference")
WRONG = counted_twice("peak of L1", "figures", 10, 12, "B", "by the allocator, and where the highest buffer ends")


def result(
    folder: Path, bench: BenchRecord = BENCH, seconds: float = 3.0, checks: Sequence[SelfCheck] = (HOLDS,)
) -> RunResult:
    (folder / "network.c").write_text("int x;")
    (folder / "sim.log").write_text(f"took {seconds} s")
    origin = Provenance(commit="", dirty=False, python="3", date=f"after {seconds}", machine="here")
    return run_result(
        OPTIONS,
        PROGRAM,
        bench,
        checks,
        in_graph=2,
        run_dir=folder,
        final=folder / "final",
        seconds=seconds,
        provenance=origin,
    )


def test_figures_are_those_of_all_steps_and_the_result_says_how_to_repeat_it(tmp_path):
    found = result(tmp_path)
    assert found.passed
    assert (found.flop, found.l3_bytes, found.loss) == (192, 100, 2.25)
    assert found.operators == BENCH.operators
    assert found.command == "make sim MODEL=cct_tiny STRATEGY=lp STEPS=2 SEED=3 WAVES=1"
    assert found.reproduce == ""
    assert [str(file.path) for file in (*found.artefacts, *found.logs)] == ["network.c", "sim.log"]


def test_the_configuration_comes_back_typed(tmp_path):
    found = result(tmp_path)
    assert found.options == RunConfiguration(model="cct_tiny", strategy="lp", seed=3, steps=2)
    serial.write(found, tmp_path / "result.json")
    assert serial.read(RunResult, tmp_path / "result.json") == found


def test_scripts_find_verdict_and_losses_at_the_top(tmp_path):
    document = json.loads(serial.text(result(tmp_path)))
    assert document["passed"] is True
    assert document["losses"] == [2.5, 2.25]
    assert (document["model"], document["flop_per_cycle"]) == ("cct_tiny", 0.192)


def test_a_self_check_that_fails_turns_passed_into_failed_and_says_both_figures(tmp_path):
    found = result(tmp_path, checks=(HOLDS, WRONG, WRONG))
    assert not found.passed
    line = "self-check, peak of L1: 10 B, expected equal to 12 B: by the allocator, and where the highest buffer ends"
    assert (found.failure, found.detail) == (line, line)
    assert found.self_checks == (HOLDS, WRONG, WRONG)


def test_a_failure_of_the_bench_comes_before_those_of_self_checks(tmp_path):
    found = result(tmp_path, replace(BENCH, verdict=Verdict.ERROR, failure="it hung", detail="here"), checks=(WRONG,))
    assert (found.verdict, found.failure) == (Verdict.ERROR, "it hung")
    assert found.detail.startswith("here\nself-check, peak of L1")


def test_a_figure_that_is_no_number_does_not_pass():
    assert not at_most("loss", "numbers", float("nan"), 1.0, "", "").passed
    assert not counted_twice("loss", "numbers", float("nan"), float("nan"), "", "").passed


def test_a_failure_tells_how_to_see_it_in_a_waveform(tmp_path):
    mismatch = Mismatch(
        tensor="y", operator="fc", kind="Gemm", engine="redmule", step=0, index=(0, 1), actual_hex="0x1",
        expected_hex="0x2", ulp=1, max_ulp=1, wrong=1, size=6, level="L2", address=OUTPUT.address, cycle=30_000,
    )  # fmt: skip
    wrong = replace(BENCH, verdict=Verdict.FAILED, failure="1 tensors differ", detail="more", mismatches=(mismatch,))
    found = result(tmp_path, wrong)
    assert found.reproduce.endswith("WAVES=10000:30100")
    assert found.failure_text == "1 tensors differ\nmore"


def test_the_same_run_gives_the_same_result_but_for_times_and_places(tmp_path):
    first = result(tmp_path)
    second = result(tmp_path, replace(BENCH, sim_seconds=9.0), seconds=11.0)
    assert first != second
    assert serial.text(first, stable=True) == serial.text(second, stable=True)


@pytest.mark.parametrize("field", ["seconds", "sim_seconds", "logs", "waves"])
def test_what_differs_each_time_is_not_in_the_stable_form(tmp_path, field):
    assert field in serial.plain(result(tmp_path))
    assert field not in serial.plain(result(tmp_path), stable=True)
