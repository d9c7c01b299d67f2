# SPDX-License-Identifier: Apache-2.0
"""Simulators that are built differently give the same run, cycle for cycle and bit for bit."""

from dataclasses import replace

import pytest

from tb.build.simulator import Build, build_platform
from tests.codegen.faults import without_dma_wait
from tests.system.running import on_rtl, write_run
from traindeploy.app.pipeline import build_training_graph
from traindeploy.frontend.data import load_samples
from traindeploy.platform import CONFIGS, HardwareConfig
from traindeploy.records import serial
from traindeploy.schedule import build_program
from traindeploy.training.strategies import STRATEGIES


def run(folder, config: HardwareConfig, build: Build, strategy: str = "lora1", plusargs=(), engine="redmule"):
    """The bench's record of a step of cct_tiny; it must pass."""
    graph = build_training_graph("cct_tiny", strategy, lora_b="random")
    samples = load_samples("", graph, 1, 2)
    run_dir = write_run(folder, build_program(graph, config, engine), samples, graph)
    result = on_rtl(run_dir, config, build=build, plusargs=plusargs)
    assert result.failure == ""
    assert result.max_ulp == 0
    assert "%Error" not in (run_dir / "sim.log").read_text()
    return result


def step(*args, **options) -> str:
    """What such a step gives, without the times it took."""
    return serial.text(run(*args, **options), stable=True)


def standard(name: str) -> Build:
    return build_platform(CONFIGS[name], optimize="-O1")


@pytest.mark.parametrize("name", list(CONFIGS))
def test_the_hosts_arithmetic_gives_the_same_cycles_and_memories(tmp_path, name):
    config = CONFIGS[name]
    expected = step(tmp_path / "rtl", config, standard(name))
    build = build_platform(config, arithmetic="host", optimize="-O1")
    assert step(tmp_path / "host", config, build) == expected


@pytest.mark.parametrize("name", list(CONFIGS))
def test_random_unknowns_and_initial_values_do_not_show_and_no_assertion_fires(tmp_path, name):
    config = CONFIGS[name]
    expected = step(tmp_path / "plain", config, standard(name))
    build = build_platform(config, randomized=True, optimize="-O1")
    for seed in (1, 2):
        plusargs = ["+verilator+rand+reset+2", f"+verilator+seed+{seed}"]
        assert step(tmp_path / f"seed{seed}", config, build, plusargs=plusargs) == expected


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_assertion_fires_in_any_strategy(tmp_path, strategy):
    build = build_platform(CONFIGS["compact"], randomized=True, optimize="-O1")
    step(tmp_path, CONFIGS["compact"], build, strategy, ["+verilator+rand+reset+2", "+verilator+seed+7"])


@pytest.mark.parametrize("strategy", ["lora1", "ft2"])
def test_engines_that_begin_late_change_cycles_and_nothing_else(tmp_path, strategy):
    """DMA, HyperBus and RedMule with random delays of up to thousands of cycles: every tensor stays right."""
    config = CONFIGS["compact"]
    build = build_platform(config, delays=True, optimize="-O1")
    cycles = set()
    for seed in (1, 2, 3):
        plusargs = [f"+verilator+seed+{seed}"]
        cycles.add(run(tmp_path / f"seed{seed}", config, build, strategy, plusargs).cycles)
    assert len(cycles) == 3


def test_a_missing_wait_shows_when_engines_begin_late(tmp_path):
    """One that does not show otherwise: the store is complete long before its tensor is said to be."""
    config, graph = CONFIGS["compact"], build_training_graph("cct_tiny", "lp")
    samples = load_samples("", graph, 1, 3)
    program = without_dma_wait(build_program(graph, config, "redmule"), "store blocks.0.attn.softmax")
    on_time = write_run(tmp_path / "on_time", program, samples, graph)
    assert on_rtl(on_time, config, build=standard("compact")).passed
    build = build_platform(config, delays=True, optimize="-O1")
    wrong = 0
    for seed in (1, 2, 3):
        run_dir = write_run(tmp_path / f"seed{seed}", program, samples, graph)
        wrong += not on_rtl(run_dir, config, build=build, plusargs=[f"+verilator+seed+{seed}"]).passed
    assert wrong


def test_a_step_is_right_with_an_fpu_for_each_core(tmp_path):
    """NumFpus = 8: nobody waits for a neighbour, and the tensors are the same."""
    shared = CONFIGS["compact"]
    config = replace(shared, name="compact-fpus8", num_fpus=8)
    build = build_platform(config, randomized=True, optimize="-O1")
    alone = run(tmp_path / "eight", config, build, engine="cores")
    assert sum(core.fpu_contention for core in alone.counters.cores) == 0
    four = run(tmp_path / "four", shared, standard("compact"), engine="cores")
    assert sum(core.fpu_contention for core in four.counters.cores) > 0
    assert alone.cycles < four.cycles
