# SPDX-License-Identifier: Apache-2.0
"""The bench end to end, on a stand-in SoC that writes what a script says."""

from pathlib import Path

import numpy as np
import pytest

from tb.run import simulate
from tests.tb.standin import platform
from tests.tb.standin.platform import DATA, EOC, ERROR, FAULT, MAILBOX, SLEEP, WAIT
from traindeploy.platform import CONFIGS
from traindeploy.platform.signals import EXIT_HYPERBUS, EXIT_REDMULE, EXIT_TRAP, STEP_BEGINS
from traindeploy.records import serial
from traindeploy.records.bench import BenchRecord, CoreCounters, RedmuleCounters, TransferCounters
from traindeploy.records.progress import Event
from traindeploy.records.verdict import Verdict

A = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
B = np.arange(5, dtype=np.int32)
TENSORS = {"a/loss": A, "b": B}
GOOD = [
    (MAILBOX, STEP_BEGINS),
    *platform.store(DATA, A),
    (MAILBOX, 0),
    (WAIT, 100),
    *platform.store(DATA + A.nbytes, B),
    (MAILBOX, 1),
]


@pytest.fixture(scope="module")
def simulator():
    return platform.build()


def run(tmp_path: Path, script, simulator, *, tensors=TENSORS, steps=1, max_cycles=10_000, max_seconds=60.0, **options):
    run_dir = platform.make_run(tmp_path / "run", tensors, script, steps)
    limits = {"max_cycles": max_cycles, "max_seconds": max_seconds}
    return simulate(run_dir, CONFIGS["compact"], build=simulator, **limits, **options)


def test_right_tensors_pass_and_every_one_is_counted(tmp_path, simulator):
    result = run(tmp_path, [*GOOD, (EOC, 0)], simulator)
    assert result.failure == ""
    assert result.passed
    assert (result.tensors_compared, result.elements_compared) == (2, 17)
    assert result.losses == (-1.0,)
    first, second = result.operators
    assert second.start == first.end
    assert second.cycles >= 100
    assert result.cycles > second.end


def test_one_ulp_is_caught_and_named_with_both_values(tmp_path, simulator):
    wrong = A.copy()
    wrong[1, 2] = np.nextafter(wrong[1, 2], np.float32(2))
    result = run(tmp_path, [*GOOD, (EOC, 0)], simulator, tensors={"a/loss": wrong, "b": B})
    assert not result.passed
    (mismatch,) = result.mismatches
    assert (mismatch.tensor, mismatch.index, mismatch.ulp, mismatch.wrong) == ("a/loss", (1, 2), 1, 1)
    assert mismatch.actual_hex == f"0x{A[1, 2].view(np.uint32):08x}"
    assert mismatch.expected_hex == f"0x{wrong[1, 2].view(np.uint32):08x}"
    assert "a/loss" in result.failure


def test_an_operator_that_never_reports_is_missed(tmp_path, simulator):
    result = run(tmp_path, [*GOOD[:-1], (EOC, 0)], simulator)
    assert "op_b" in result.failure
    assert "never reported" in result.failure


def test_every_step_is_compared(tmp_path, simulator):
    script = [*GOOD, (MAILBOX, STEP_BEGINS | 1), (MAILBOX, 0), (MAILBOX, 1), (EOC, 0)]
    result = run(tmp_path, script, simulator, steps=2)
    assert result.failure == ""
    assert result.tensors_compared == 4


def test_a_step_too_few_is_missed(tmp_path, simulator):
    result = run(tmp_path, [*GOOD, (EOC, 0)], simulator, steps=2)
    assert "1 of 2 steps" in result.failure


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (EXIT_TRAP | 3 << 8 | 2, "core 3 trapped: illegal instruction"),
        (EXIT_REDMULE | 5, "RedMule refused a job: TRIGGER without an open job"),
        (EXIT_HYPERBUS, "HyperBus met a bus error"),
        (7, "code 0x7"),
    ],
)
def test_a_fault_code_is_named(tmp_path, simulator, code, text):
    result = run(tmp_path, [(EOC, code)], simulator)
    assert text in result.failure
    assert result.eoc_value == code


def test_a_bus_fault_fails_a_run_that_passes_otherwise(tmp_path, simulator):
    result = run(tmp_path, [(FAULT,), *GOOD, (EOC, 0)], simulator)
    assert result.failure == (
        "core 3 accessed 0x12345678, which was answered with an error at script_body+0x0 (0x1c000000)"
    )


def test_cycles_are_compared_with_those_that_the_hardware_counts(tmp_path, simulator):
    found = run(tmp_path, [*GOOD, (EOC, 0)], simulator)
    assert found.clock_skew == found.cycles > 0  # the stand-in's counters stand still


def test_the_performance_counters_are_read_at_the_end(tmp_path, simulator):
    counters = run(tmp_path, [*GOOD, (EOC, 0)], simulator).counters
    # The stand-in's counter number i is 100 + i.
    assert counters.cores[1] == CoreCounters(*range(106, 112))
    assert counters.redmule == RedmuleCounters(busy=148, stalled=149, tcdm_conflict=150)
    assert counters.dma == TransferCounters(bytes=151, busy=152)
    assert counters.hyperbus == TransferCounters(bytes=153, busy=154)


def test_a_hung_firmware_is_stopped_with_the_cores_functions(tmp_path, simulator):
    result = run(tmp_path, [(MAILBOX, STEP_BEGINS), (WAIT, 10_000_000), (EOC, 0)], simulator)
    assert "watchdog: no end of computation within 10000 cycles" in result.failure
    assert "core 7: running at script_body+0x18" in result.detail
    assert "RedMule idle" in result.detail


def test_a_deadlock_is_noticed_before_the_limit(tmp_path, simulator):
    result = run(tmp_path, [(MAILBOX, STEP_BEGINS), (SLEEP,)], simulator, max_cycles=10_000_000)
    assert "deadlock" in result.failure
    assert "core 0: asleep" in result.detail


def test_an_assertion_in_the_design_fails_the_run(tmp_path, simulator):
    result = run(tmp_path, [*GOOD, (ERROR,), (EOC, 0)], simulator)
    assert not result.passed
    assert "the script asked for an error" in result.failure


def test_progress_is_reported_in_order(tmp_path, simulator):
    events: list[Event] = []
    run(tmp_path, [*GOOD, (EOC, 0)], simulator, progress=events.append)
    kinds = [event.event for event in events if event.event != "tick"]
    assert kinds == ["step", "operator", "operator", "end"]


def test_a_waveform_holds_the_window_of_a_run_that_is_checked_to_its_end(tmp_path):
    sizes = []
    for window in ((200, 400), (200, 4000)):
        result = run(tmp_path, [*GOOD, (WAIT, 5000), (EOC, 0)], platform.build(waves=True), waves=window)
        assert result.passed
        assert result.cycles > 5000
        sizes.append((tmp_path / "run" / "dump.fst").stat().st_size)
    assert 500 < sizes[0] < sizes[1] / 2


def test_two_runs_leave_the_same_record_but_for_times(tmp_path, simulator):
    first, second = (run(tmp_path / name, [*GOOD, (EOC, 0)], simulator) for name in ("a", "b"))
    assert first != second
    assert serial.text(first, stable=True) == serial.text(second, stable=True)
    assert serial.read(BenchRecord, tmp_path / "a" / "run" / "bench.json") == first


def test_a_failed_check_and_a_run_without_verdict_are_told_apart(tmp_path, simulator):
    assert run(tmp_path, [(EOC, 7)], simulator).verdict is Verdict.FAILED
    (tmp_path / "run" / "l3.npz").write_bytes(b"no image")
    broken = simulate(tmp_path / "run", CONFIGS["compact"], build=simulator, max_cycles=1_000, max_seconds=60.0)
    assert broken.verdict is Verdict.ERROR
