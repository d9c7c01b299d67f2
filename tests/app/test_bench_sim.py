# SPDX-License-Identifier: Apache-2.0
"""What `make bench-sim` makes of its measurements: medians, ratios to the bare cores, and whether targets are met."""

from pathlib import Path

import pytest
from rich.console import Console

from tb.bench_sim import bare
from traindeploy.app import bench_sim
from traindeploy.platform.signals import OPERATOR_BEGINS
from traindeploy.records import serial
from traindeploy.records.bench import BenchRecord, OperatorResult, Profile
from traindeploy.records.speed import SpeedResult
from traindeploy.records.verdict import Verdict


def step(_run_dir: Path, _build: object, check: bool) -> BenchRecord:
    """1,000,000 cycles in 4 s, or in 5 s with comparisons; RedMule's operator takes 1,000 cycles in 2 ms."""
    product = OperatorResult(
        index=7, name="fc", kind="Gemm", engine="redmule", phase="forward", step=0, start=100, cycles=1000, flop=0,
        tensors=1, elements=1, max_ulp=0,
    )  # fmt: skip
    seconds = 5.0 if check else 4.0
    marks = ((OPERATOR_BEGINS | 7, 100, 0.5), (7, 1100, 0.502))
    profile = Profile(python_seconds=seconds / 10, callbacks=3, cpu_seconds=seconds, marks=marks)
    return BenchRecord(verdict=Verdict.PASSED, cycles=1_000_000, operators=(product,), profile=profile)


def made(monkeypatch, tmp_path, alone: bare.BareRun) -> SpeedResult:
    monkeypatch.setattr(bench_sim, "BUILD", tmp_path)
    monkeypatch.setattr(bench_sim, "prepare", lambda *_: None)
    monkeypatch.setattr(bench_sim, "build_platform", lambda *_, **__: object())
    monkeypatch.setattr(bench_sim, "step", step)
    monkeypatch.setattr(bare, "build", lambda *_: tmp_path)
    monkeypatch.setattr(bare, "run", lambda *_: alone)
    return bench_sim.measure(Console(quiet=True), 3, "cct2", ("host",))


@pytest.fixture
def result(monkeypatch, tmp_path) -> SpeedResult:
    return made(monkeypatch, tmp_path, bare.BareRun(cycles=500_000, seconds=1.0, operations=2_000_000))


def test_rates_stand_beside_the_bare_cores(result):
    rates = {(rate.part, rate.arithmetic): (rate.khz, rate.ratio, len(rate.all_khz)) for rate in result.rates}
    assert rates == {
        ("a", "rtl"): (500.0, 1.0, 3),
        ("b", "host"): (500.0, 1.0, 3),
        ("c", "host"): (250.0, 0.5, 3),
        ("d", "host"): (200.0, 0.4, 3),
    }
    assert (result.phase, result.phase_cycles, result.cycles) == ("fc", 1000, 1_000_000)
    assert result.bare_multiply_adds == 0.5
    assert result.figures["kHz d host"] == 200.0


def test_rates_have_one_digit_and_ratios_three(monkeypatch, tmp_path):
    measured = made(monkeypatch, tmp_path, bare.BareRun(cycles=300_000, seconds=7.0, operations=2_000_000))
    rates = {rate.part: (rate.khz, rate.ratio) for rate in measured.rates}
    assert rates == {"a": (42.9, 1.0), "b": (500.0, 11.667), "c": (250.0, 5.833), "d": (200.0, 4.667)}
    assert measured.bare_multiply_adds == 0.833


def test_a_missed_target_is_the_verdict(result):
    (cost,) = result.costs
    assert (cost.by_difference, cost.in_python, cost.python_share) == (0.25, 0.025, 0.1)
    assert result.verdict is Verdict.FAILED
    assert result.failure == "(d) by host is 0.40 of (a), target 0.5; checking by host costs 25.0%, target 3%"


def test_the_table_and_the_file_say_the_same(result, tmp_path, capsys):
    bench_sim.show(Console(width=120), result)
    shown = capsys.readouterr().out
    for text in (
        "lora1 step of cct2 (1,000,000 cycles), unchecked",
        "200.0",
        "0.40",
        "missed",
        "25.0%",
        "built: ",
        "; load of the machine",
    ):
        assert text in shown
    serial.write(result, tmp_path / "bench-sim.json")
    assert serial.read(SpeedResult, tmp_path / "bench-sim.json") == result
