# SPDX-License-Identifier: Apache-2.0
"""The cluster's blocks together: small programs on the whole platform that check themselves."""

from dataclasses import astuple
from pathlib import Path

import pytest

from tb.env.common import figures
from tests.rtl.cluster_program import run


@pytest.mark.parametrize("name", ["barriers", "faults", "counters", "variables"])
def test_program_finds_nothing_wrong(name: str, tmp_path: Path) -> None:
    result, words = run(name, tmp_path)
    assert result.eoc_value == 0, f"{name}.c line {result.eoc_value}: {result.failure}"
    if name == "barriers":
        (latency,), (sixteen,) = ([w & 0xFFFF for w in words if w >> 24 == kind] for kind in (0x50, 0x51))
        measured = {
            "Eight cores, last arrival to all awake (timer read before and behind)": f"{latency} cycles",
            "Eight cores, sixteen barriers back to back": f"{sixteen / 16:.1f} cycles each",
        }
        assert latency <= 12
        figures.check_table("barriers on the cores", measured)


def test_bench_and_firmware_read_the_same_counters(tmp_path: Path) -> None:
    result, words = run("engine_counters", tmp_path)
    assert result.eoc_value == 0, f"engine_counters.c line {result.eoc_value}: {result.failure}"
    counters = result.counters
    read = [word & 0x0FFF_FFFF for word in words if word >> 28 == 6]
    assert read == [*astuple(counters.redmule), *astuple(counters.dma), *astuple(counters.hyperbus)]
    assert all(core.active > 0 and core.asleep > 0 for core in counters.cores)
    # From reset to the end each core's clock is on or off.
    totals = {core.active + core.asleep for core in counters.cores}
    assert len(totals) == 1
    assert totals.pop() >= result.cycles


def test_variable_latency_of_the_hyperram_changes_cycles_and_nothing_else(tmp_path: Path) -> None:
    """The firmware sets the device's register; the same jobs, the same bytes in all of L3, fewer cycles."""
    cycles, sums, memory = [], [], []
    for variable in (False, True):
        folder = tmp_path / f"variable_{variable}"
        folder.mkdir()
        result, words = run("variable_latency", folder, defines=["VARIABLE"] if variable else [], max_cycles=2_000_000)
        assert result.eoc_value == 0, f"variable_latency.c line {result.eoc_value}: {result.failure}"
        (took,), (total,) = ([w & 0x0FFF_FFFF for w in words if w >> 28 == kind] for kind in (6, 7))
        cycles.append(took)
        sums.append(total)
        memory.append(result.memory["L3"])
    assert sums[0] == sums[1]
    assert memory[0] == memory[1]
    assert cycles[1] < cycles[0]
