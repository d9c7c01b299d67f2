# SPDX-License-Identifier: Apache-2.0
"""Mistakes of a program: each ends the run or fails it, and is named with core, function, line and address."""

from pathlib import Path

import pytest

from tests.rtl.cluster_program import line_marked, run
from traindeploy.platform import L2, TCDM
from traindeploy.platform.address_map import CLUSTER_CONTROL

TCDM_END = TCDM.base + TCDM.size
L2_END = L2.base + L2.size
CONTROL = CLUSTER_CONTROL.base
ERROR = "which was answered with an error"
# Case -> what the failure says before the place.
AT_A_LINE = {
    1: f"core 3 accessed {TCDM_END:#010x}, {ERROR} at td_main+",
    2: f"core 7 accessed {TCDM.base - 4:#010x}, {ERROR} at td_main+",
    3: f"core 5 accessed {CONTROL + 0x10:#010x}, {ERROR} at td_main+",
    4: f"core 0 accessed {CONTROL + 0x12:#010x}, {ERROR} at td_main+",
    5: f"core 6 accessed {L2_END:#010x}, {ERROR} at td_main+",
    6: "core 2 trapped: illegal instruction at td_main+",
    15: f"core 1 accessed {CONTROL + 0x08:#010x}, {ERROR} at td_main+",
    16: "core 3 trapped: breakpoint at td_main+",
}


@pytest.mark.parametrize("case", AT_A_LINE)
def test_the_mistake_is_named_with_core_address_function_and_line(case: int, tmp_path: Path) -> None:
    result, _ = run("provoke", tmp_path, [f"CASE={case}"])
    assert not result.passed
    assert result.failure.startswith(AT_A_LINE[case])
    assert f" at provoke.c:{line_marked('provoke', case)} (" in result.failure


def test_a_jump_to_nowhere_names_the_address_and_the_core(tmp_path: Path) -> None:
    result, _ = run("provoke", tmp_path, ["CASE=7"])
    assert "core 1 trapped: illegal instruction at 0x20000004" in result.failure


@pytest.mark.parametrize(
    ("case", "engine", "core", "address", "function"),
    [
        (8, "the DMA", 4, TCDM_END, "td_dma_start"),
        (9, "the DMA", 2, L2_END, "td_dma_start"),
        (10, "HyperBus", 6, L2_END, "td_hyper_start"),
        (14, "RedMule", 0, TCDM.base - 64, "td_redmule_start"),
    ],
)
def test_an_engines_access_is_traced_to_who_asked_for_it(
    case: int, engine: str, core: int, address: int, function: str, tmp_path: Path
) -> None:
    result, _ = run("provoke", tmp_path, [f"CASE={case}"])
    said = f"{engine} accessed {address:#010x}, {ERROR}, for core {core} at {function}+"
    assert result.failure.startswith(said), result.failure
    assert " at firmware/runtime/td_start.h:" in result.failure


@pytest.mark.parametrize("case", [11, 12])
def test_an_event_that_never_comes_ends_the_run_with_every_cores_place(case: int, tmp_path: Path) -> None:
    result, _ = run("provoke", tmp_path, [f"CASE={case}"])
    assert "watchdog: deadlock, all cores sleep and no engine works" in result.failure
    (waiting,) = [line for line in result.detail.splitlines() if line.startswith("core 5")]
    assert waiting.startswith("core 5: asleep at td_main+")
    assert f" at provoke.c:{line_marked('provoke', case)} (" in waiting


def test_a_program_without_end_is_stopped(tmp_path: Path) -> None:
    result, _ = run("provoke", tmp_path, ["CASE=13"], max_cycles=20_000)
    assert result.failure == "watchdog: no end of computation within 20000 cycles"
    assert "core 0: running at td_main+" in result.detail
    assert f"provoke.c:{line_marked('provoke', 13)}" in result.detail
