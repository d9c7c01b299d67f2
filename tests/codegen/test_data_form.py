# SPDX-License-Identifier: Apache-2.0
"""The step as data says what the step as code says, word for word, and a wrong word is seen."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.codegen.races import Races
from tests.codegen.read_back import Source
from tests.codegen.read_back_data import DataSource
from tests.codegen.test_waits_in_c import PROGRAMS, program_of, wrong_outputs
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen import firmware, form
from traindeploy.codegen.action_words import VALUE_BITS, Kind, action_header, encoded
from traindeploy.codegen.network_c import emit_c
from traindeploy.ir.program import Call, Ref, Slot
from traindeploy.platform import CONFIGS, L2_FIRMWARE
from traindeploy.records.program import Engine, Form
from traindeploy.schedule import build_program


@cache
def source() -> DataSource:
    return DataSource.of(emit_c(program_of("lp", "redmule"), "data"))


def what(slots: list[Slot]) -> list[Any]:
    """What slots do, without labels, as words: a null pointer is 0."""

    def plain(item: Any) -> Any:
        if isinstance(item, Call):
            return item.kernel, {name: plain(value) or 0 for name, value in item.args.items()}
        if isinstance(item, int):
            return item & 0xFFFF_FFFF
        return item.address if isinstance(item, Ref) else replace(item, label="") if hasattr(item, "label") else item

    return [
        (*([repr(plain(item)) for item in part] for part in (slot.dma, slot.hyper, slot.jobs, slot.calls)),
         slot.wait_dma, slot.wait_hyper, slot.wait_jobs, slot.reports)
        for slot in slots
    ]  # fmt: skip


@pytest.mark.parametrize(("strategy", "engine"), PROGRAMS)
def test_both_forms_of_a_program_say_the_same(strategy: str, engine: Engine) -> None:
    program = program_of(strategy, engine)
    data = DataSource.of(emit_c(program, "data"))
    assert what(data.slots()) == what(Source(emit_c(program)).slots())
    first = dict.fromkeys(call.operator for slot in program.slots for call in (*slot.jobs, *slot.calls))
    assert data.begins == list(first)


def test_samples_of_several_steps_are_found_in_both_forms() -> None:
    program = build_program(build_training_graph("cct_tiny", "lp"), CONFIGS["compact"], "redmule", steps=3)
    data = DataSource.of(emit_c(program, "data"))
    assert sum(bool(hyper.l3_step_stride) for slot in data.slots() for hyper in slot.hyper) > 1
    assert what(data.slots()) == what(Source(emit_c(program)).slots())


def test_the_data_alone_has_no_race_and_right_results() -> None:
    assert Races(source(), program_of("lp", "redmule")).found == []
    assert wrong_outputs(source(), "lp", "redmule") == []


@pytest.mark.parametrize("table", ["actions", "calls", "arguments", "addresses", "dma_shapes", "job_shapes"])
def test_a_wrong_word_is_seen(table: str) -> None:
    """In any place and table: the tables then say something else, or nothing."""
    right = source()
    expected = what(right.slots())
    for place in range(0, len(right.tables[table]), 7):
        words = [*right.tables[table]]
        words[place] ^= 4
        try:
            found = DataSource({**right.tables, table: words}, right.kernels, right.slots_)
        except ValueError:
            continue
        assert (what(found.slots()), found.begins) != (expected, right.begins), f"{table}[{place}]"


def test_a_wrong_address_or_wait_is_a_race_or_a_wrong_result() -> None:
    """Without the form as code to compare with: by what the words do."""
    right, program = source(), program_of("lp", "redmule")
    for place in range(0, len(right.tables["addresses"]), 47):
        addresses = [*right.tables["addresses"]]
        if not addresses[place]:
            continue  # a product without Y
        addresses[place] += 4
        wrong = DataSource({**right.tables, "addresses": addresses}, right.kernels, right.slots_)
        assert Races(wrong, program).found or wrong_outputs(wrong, "lp", "redmule"), place
    waits = [i for i, word in enumerate(right.tables["actions"]) if word >> VALUE_BITS == Kind.WAIT_DMA]
    seen = 0
    for place in waits[::4]:
        actions = [*right.tables["actions"]]
        actions[place] += 1
        wrong = DataSource({**right.tables, "actions": actions}, right.kernels, right.slots_)
        seen += bool(Races(wrong, program).found)
    assert seen > 0.8 * len(waits[::4]), f"{seen} of {len(waits[::4])}"


def test_calls_that_the_other_cores_do_not_make_are_refused() -> None:
    right = source()
    calls = [*right.tables["calls"]]
    del calls[next(i for i, kernel in enumerate(calls) if kernel != 0xFF)]
    with pytest.raises(ValueError, match=r"calls left|ends too early|no kernel"):
        DataSource({**right.tables, "calls": calls}, right.kernels, right.slots_)


def test_a_number_of_more_bits_has_a_word_before() -> None:
    assert encoded(Kind.REPORT, 5) == [0xA005]
    assert encoded(Kind.REPORT, 0x1234) == [0x0001, 0xA234]
    with pytest.raises(ValueError, match="has no words"):
        encoded(Kind.REPORT, 1 << 24)
    assert "#define TD_ACTION_JOB 4u // queue a RedMule job of this shape; addresses: x, w, y, z" in action_header()


def test_data_takes_a_third_of_the_code_and_is_chosen_where_code_may_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = program_of("lora1", "redmule")
    sizes = {}
    forms: tuple[Form, ...] = ("code", "data")
    for name in forms:
        (tmp_path / f"{name}.c").write_text(emit_c(program, name))
        sizes[name] = firmware.build([tmp_path / f"{name}.c"], tmp_path / f"{name}.elf").l2
    assert sizes["data"] < 0.5 * sizes["code"]
    assert sizes["code"] <= form.code_bytes(program) < 1.6 * sizes["code"] + form._RUNTIME_AND_KERNELS
    assert (form.chosen(program, "auto"), form.chosen(program, "data")) == ("code", "data")
    monkeypatch.setattr(form, "L2_FIRMWARE", replace(L2_FIRMWARE, size=form.code_bytes(program) - 4))
    assert (form.chosen(program, "auto"), form.chosen(program, "code")) == ("data", "code")
