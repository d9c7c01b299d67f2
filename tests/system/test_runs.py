# SPDX-License-Identifier: Apache-2.0
"""Whole runs on the RTL: they can be repeated to the byte, and a hung one is stopped with a diagnosis."""

import re
from pathlib import Path

import pytest

from tests.plan.records import Facts
from tests.system.running import on_rtl, walking, write_run
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen import firmware
from traindeploy.frontend.data import load_samples
from traindeploy.platform import CONFIGS
from traindeploy.records import serial
from traindeploy.records.bench import BenchRecord
from traindeploy.records.program import ProgramDescription
from traindeploy.records.schedule import ScheduleDescription
from traindeploy.records.timeline import Timeline
from traindeploy.report.figures.cycles import critical, exclusive
from traindeploy.report.figures.measured import measure
from traindeploy.schedule import build_program
from traindeploy.training.strategies import STRATEGIES

CONFIG = CONFIGS["compact"]


def make(run_dir):
    graph = build_training_graph("cct_tiny", "lora1", lora_b="random")
    samples = load_samples("", graph, 2, 1)
    return write_run(run_dir, build_program(graph, CONFIG, "redmule", steps=2), samples, graph)


def test_two_runs_are_identical_in_firmware_cycles_and_tensors(tmp_path):
    first, second = make(tmp_path / "first"), make(tmp_path / "second")
    for name in ("firmware.elf", "network.c", "program.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    results = [on_rtl(run_dir) for run_dir in (first, second)]
    assert [result.failure for result in results] == ["", ""]  # so the tensors of both are those of the golden model
    assert serial.text(results[0], stable=True) == serial.text(results[1], stable=True)
    assert (first / "timeline.json").read_bytes() == (second / "timeline.json").read_bytes()
    check_timeline(first, results[0])


def check_timeline(run_dir: Path, result: BenchRecord) -> None:
    """All that the schedule has was seen, as long as the chip's own counters say, and every cycle belongs to one."""
    schedule = serial.read(ScheduleDescription, run_dir / "schedule.json")
    timeline = serial.read(Timeline, run_dir / "timeline.json")
    assert len(timeline.barriers) == 2 * len(schedule.slots) + 2
    assert len(timeline.dma) == 2 * sum(len(slot.dma) for slot in schedule.slots)
    assert len(timeline.hyperbus) == 2 * sum(len(slot.hyper) for slot in schedule.slots)
    assert len(timeline.redmule) == 2 * sum(len(slot.jobs) for slot in schedule.slots)
    measured, counters = measure(schedule, timeline, result.cycles, steps=2), result.counters
    assert counters is not None
    busy = {lane: sum(item.cycles for item in items) for lane, items in measured.items.items()}
    assert (busy["redmule"], busy["dma"], busy["hyperbus"]) == (
        counters.redmule.busy, counters.dma.busy, counters.hyperbus.busy,
    )  # fmt: skip
    assert sum(item.bytes for item in measured.items["dma"]) == counters.dma.bytes
    assert sum(item.bytes for item in measured.items["hyperbus"]) == counters.hyperbus.bytes
    for segments in (exclusive(measured), critical(measured)):
        assert [a.end for a in segments[:-1]] == [b.begin for b in segments[1:]]
        assert (segments[0].begin, segments[-1].end) == (0, result.cycles)


def test_a_step_as_data_is_bit_identical_and_takes_little_longer(tmp_path):
    graph = build_training_graph("cct_tiny", "lora1", lora_b="random")
    samples = load_samples("", graph, 2, 1)
    program = build_program(graph, CONFIG, "redmule", steps=2)
    results = {}
    for form in ("code", "data"):
        run_dir = write_run(tmp_path / form, program, samples, graph, form=form)
        results[form] = on_rtl(run_dir)
        check_timeline(run_dir, results[form])
        assert serial.read(ProgramDescription, run_dir / "program.json").form == form
    assert [result.failure for result in results.values()] == ["", ""]
    assert results["data"].cycles < results["code"].cycles + 2 * walking(program)


def test_a_hung_firmware_is_stopped_and_says_where_the_cores_are(tmp_path):
    run_dir = make(tmp_path)
    source = run_dir / "network.c"
    text = source.read_text()
    begin = "void td_main(uint32_t core)\n{"
    assert begin in text
    hang = 'static __attribute__((noinline)) void hang(void) { for (;;) __asm__ volatile("nop"); }\n'
    source.write_text(text.replace(begin, f"{hang}{begin}\n    if (core == 3) hang();"))
    firmware.build([source], run_dir / "firmware.elf")
    result = on_rtl(run_dir, max_cycles=50_000)
    assert "watchdog: no end of computation within 50000 cycles" in result.failure
    assert re.search(r"core 3: running at hang\+0x[0-9a-f]+ at network\.c:\d+ ", result.detail)
    assert "core 0: asleep at td_" in result.detail
    assert "RedMule idle, DMA" in result.detail


@pytest.mark.parametrize("engine", ["redmule", "cores"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_of_cct_tiny_is_bit_identical_on_both_engines(tmp_path, facts: Facts, strategy, engine):
    graph = build_training_graph("cct_tiny", strategy, lora_b="random")
    samples = load_samples("", graph, 1, 3)
    facts.outcome = result = on_rtl(write_run(tmp_path, build_program(graph, CONFIG, engine), samples, graph))
    assert result.failure == ""
    assert result.max_ulp == 0
    assert result.tensors_compared == sum(len(node.outputs) for node in graph.nodes)
