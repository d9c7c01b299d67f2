# SPDX-License-Identifier: Apache-2.0
"""An excerpt of the generated C has its slots only, compiles, and begins again what was under way."""

import pytest

from tests.triage.running import expected_values, run
from traindeploy.codegen import firmware
from traindeploy.codegen.network_c import emit_c
from traindeploy.triage import excerpt
from traindeploy.triage.actions import actions


@pytest.fixture(scope="module")
def part(program):
    everything = actions(program)
    operator = next(op for op in program.operators if op.node.name == "blocks.0.mlp.fc1")
    job = next(action for action in everything if action.operator == operator.index)
    return excerpt.excerpt_of(program, everything, operator, job.slot)


def test_what_is_under_way_where_an_excerpt_begins_is_begun_again(program, part):
    everything = actions(program)
    under_way = [action for action in everything if action.slot < part.first <= action.waited]
    assert [action.number for action in part.under_way] == [action.number for action in under_way] != []
    assert all(action.agent in ("dma", "hyperbus") for action in under_way)
    text = excerpt.code(emit_c(program), part)
    main = text[text.index("void td_main(") :]
    assert main.count("_start(&") == len(under_way)
    assert 0 < part.first <= part.last


def test_no_excerpt_begins_within_a_job(program):
    everything = actions(program)
    for action in everything:
        first = excerpt.first_slot(everything, action.slot)
        assert not any(a.agent == "redmule" and a.slot < first <= a.waited for a in everything), action.label


def test_the_code_calls_its_slots_and_reports_its_operator_as_0(program, part):
    text = excerpt.code(emit_c(program), part)
    main = text[text.index("void td_main(") :]
    called = [line.split("(")[0].strip() for line in main.splitlines() if line.strip().startswith("slot_")]
    assert called == [f"slot_{slot:04d}" for slot in range(part.first, part.last + 1)]
    assert text.count("td_report(0);") == 1
    assert text.count("td_report(OPERATOR_BEGINS | 0);") == 1
    reports = len([line for line in emit_c(program).splitlines() if "td_report(" in line])
    assert len([line for line in text.splitlines() if "td_report(" in line]) == reports


@pytest.mark.parametrize("form", ["code", "data"])
def test_an_excerpt_is_written_whole_and_compiles(program, samples, part, tmp_path, form):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "network.c").write_text(emit_c(program, form))
    (tmp_path / "run" / "l3.npz").write_bytes(b"")
    before = run(program, samples).states[part.first]
    folder = tmp_path / "alone"
    excerpt.write(folder, tmp_path / "run", program, part, before, expected_values(program, samples))
    assert sorted(path.name for path in folder.iterdir()) == sorted(excerpt.FILES)
    firmware.build([folder / "network.c"], tmp_path / "firmware.elf")


def test_an_excerpt_that_hangs_is_stopped_by_the_number_of_its_slots(program, part):
    slots = part.last - part.first + 1
    limit = excerpt.max_cycles(excerpt.code(emit_c(program), part))
    assert limit == excerpt.BOOT_CYCLES + slots * excerpt.SLOT_CYCLES
    assert program.estimated_cycles < excerpt.max_cycles(emit_c(program))
