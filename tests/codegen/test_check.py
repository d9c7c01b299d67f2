# SPDX-License-Identifier: Apache-2.0
"""The legality check finds each kind of hazard when a legal program is damaged."""

import copy

import pytest

from tests.codegen.faults import without_dma_wait
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen.check import IllegalProgramError, check_program
from traindeploy.ir.program import Program
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program


@pytest.fixture
def program() -> Program:
    return build_program(build_training_graph("cct_tiny", "ft1"), CONFIGS["paper"], "redmule")


def test_the_undamaged_program_is_legal(program: Program) -> None:
    check_program(program)


def test_every_single_missing_dma_wait_is_found(program: Program) -> None:
    found = 0
    waits = [i for i, slot in enumerate(program.slots) if slot.wait_dma]
    for i in waits[:-1]:
        damaged = copy.copy(program)
        damaged.slots = [copy.copy(slot) for slot in program.slots]
        damaged.slots[i].wait_dma = 0
        try:
            check_program(damaged)
        except IllegalProgramError:
            found += 1
    # A wait may be covered by the next one before anything depends on it; most are not.
    assert found > 0.7 * len(waits)


def test_a_load_used_too_early_is_named(program: Program) -> None:
    label = next(d.label for slot in program.slots for d in slot.dma if d.label.startswith("load"))
    with pytest.raises(IllegalProgramError, match=label.removeprefix("load ")):
        check_program(without_dma_wait(program, label))


def test_a_job_not_waited_for_is_found(program: Program) -> None:
    for slot in program.slots:
        slot.wait_jobs = 0
    with pytest.raises(IllegalProgramError):
        check_program(program)


def test_buffers_on_top_of_each_other_are_found(program: Program) -> None:
    first = next(b for b in program.buffers if b.level == "L1" and b.last > b.first)
    other = next(
        b
        for b in program.buffers
        if b.level == "L1" and b is not first and b.first <= first.last and b.last >= first.first
    )
    other.address = first.address
    with pytest.raises(IllegalProgramError):
        check_program(program)


def test_a_report_before_the_store_is_found(program: Program) -> None:
    i = next(i for i, slot in enumerate(program.slots) if slot.reports)
    index = program.slots[i].reports.pop(0)
    program.slots[max(0, i - 3)].reports.append(index)
    with pytest.raises(IllegalProgramError, match="before"):
        check_program(program)


def test_a_missing_report_is_found(program: Program) -> None:
    next(slot for slot in program.slots if slot.reports).reports.pop()
    with pytest.raises(IllegalProgramError, match="reported once"):
        check_program(program)
