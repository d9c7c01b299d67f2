# SPDX-License-Identifier: Apache-2.0
"""report.html and operators.html: self-contained, say what was compared, and show a failure with its command."""

import itertools
import re
from dataclasses import replace
from typing import get_args

import pytest

from tests.report.figures.runs import random_run
from tests.report.network_run import full_run
from traindeploy.records import serial
from traindeploy.records.program import ProgramDescription
from traindeploy.records.run import RunResult
from traindeploy.records.self_check import Claim
from traindeploy.report import network
from traindeploy.report.figures.measured import measure
from traindeploy.report.network import Beside
from traindeploy.report.network.cycles import shares
from traindeploy.report.network.findings import CLAIMS
from traindeploy.report.network.timeline import fewer
from traindeploy.report.page.shell import LIMIT
from traindeploy.report.run_files import RunFiles


def overview(result: RunResult) -> str:
    """report.html of a result that stands alone."""
    return network.render(RunFiles(result))["report.html"]


def test_a_passed_run_states_what_was_compared(passed):
    page = overview(passed)
    assert "PASSED" in page
    assert "FAILED" not in page
    assert "4 of 4 tensors, 133,632 elements compared" in page
    assert all(op.name in page for op in passed.operators)


def test_a_failed_run_names_tensor_values_and_the_command_that_reproduces_it(failed):
    page = overview(failed)
    assert "FAILED" in page
    assert "PASSED" not in page
    for text in ("head.weight.grad", "0x3f800001", "0x3f800000", failed.reproduce):
        assert text in page


def test_names_from_a_model_file_cannot_inject_markup(passed):
    evil = replace(passed, configuration={**passed.configuration, "model": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in "".join(network.render(RunFiles(evil)).values())
    assert "<script>alert(1)" not in "".join(network.render(full_run(evil, "<script>alert(1)</script>")).values())


def test_every_claim_has_words_and_what_was_trained_is_named(passed):
    assert set(CLAIMS) == set(get_args(Claim))
    page = overview(replace(passed, trained={"head.weight": 1_280, "head.<b>": 10}))
    assert "Trained parameters" in page
    assert "head.weight" in page
    assert "head.<b>" not in page
    assert "Trained parameters" not in overview(replace(passed, trained={}))


def test_where_the_cycles_go_sums_to_the_run(passed):
    run = full_run(passed)
    for column in ("exclusive", "critical"):
        assert sum(getattr(share, column) for share in shares(run)) == run.result.cycles
    page = network.render(run)["report.html"]
    assert page.count("1,030") >= 4  # cycles, both bars, the sentence


def test_the_pages_show_lanes_stalls_memory_and_where_they_come_from(passed):
    page = network.render(full_run(passed))["report.html"]
    for text in (
        "RedMule",
        "HyperBus",
        "load fc: 90 cycles from 370, slot 1, 1,024 bytes",
        "TCDM conflict",
        "L2, peak 1,024 bytes",
        "50.5 % of the run",
        "0" * 12,
        "2026-11-26",
    ):
        assert text in page, text


def test_an_operators_part_has_tiles_neighbours_source_and_reports(passed):
    beside = Beside({"td_relu": "void td_relu(void) {}"}, {"td_relu": "../verify/relu/report.html"})
    pages = network.render(full_run(passed), beside)
    assert '<a href="operators.html#operator-1">' in pages["report.html"]
    page = pages["operators.html"]
    for text in (
        'id="operator-1"',
        'href="#operator-0"',
        'href="../verify/relu/report.html"',
        "void td_relu(void)",
        "500 cycles by the model, 520 measured (+4.0 %)",
        "largest error over its bound 0.25",
        "exclusive: 900 (87.38 % of the run)",
    ):
        assert text in page, text


def test_a_run_without_a_timeline_says_so(passed):
    run = replace(full_run(passed), timeline=None)
    page = network.render(run)["report.html"]
    assert "was not measured" in page
    assert "Where the cycles go" not in page


def test_a_large_run_stays_below_a_pages_limit(passed):
    run = full_run(passed)
    assert run.program is not None
    assert run.schedule is not None
    assert run.timeline is not None
    many = [replace(run.program.operators[1], index=i, name=f"{'layer' * 20}.{i}") for i in range(2_000)]
    result = replace(
        run.result,
        operators=tuple(
            replace(run.result.operators[1], index=op.index, name=op.name, start=10 * op.index) for op in many
        ),
    )
    pages = network.render(RunFiles(result, replace(run.program, operators=tuple(many)), run.schedule, run.timeline))
    assert all(len(page.encode()) <= LIMIT for page in pages.values())
    assert sum(page.count('<span id="operator-') for page in pages.values()) == 2_000
    links = set(re.findall(r"operators(?:-\d+)?\.html#operator-\d+", pages["report.html"]))
    assert all(f'id="{link.split("#")[1]}"' in pages[link.split("#")[0]] for link in links)
    assert len(pages) > 2


@pytest.mark.parametrize("seed", range(10))
def test_fewer_bars_cover_the_same_time(seed):
    items = measure(*random_run(seed), steps=2).all_items
    kept, distance = fewer(items, len(items) // 3)
    assert len(kept) <= max(len(items) // 3, 4)
    assert (distance > 0) == (len(kept) < len(items))
    for lane in {item.lane for item in items}:
        before, after = ([i for i in group if i.lane == lane] for group in (items, kept))
        assert (before[0].begin, before[-1].end) == (after[0].begin, after[-1].end)
        assert all(a.end <= b.begin for a, b in itertools.pairwise(after))


def test_a_program_that_trains_nothing_has_a_page(passed):
    run = RunFiles(replace(passed, operators=(), losses=()), ProgramDescription(operators=()))
    assert "none was complete" in network.render(run)["report.html"]


def test_result_json_reads_back_as_the_same_result(tmp_path, failed):
    serial.write(failed, tmp_path / "result.json")
    assert serial.read(RunResult, tmp_path / "result.json") == failed
