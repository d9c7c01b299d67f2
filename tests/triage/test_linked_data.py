# SPDX-License-Identifier: Apache-2.0
"""A linked program that is data is compared with the schedule word by word, and its lines are found."""

import re

import pytest

from tb.env.common.elf import Firmware
from traindeploy.codegen import firmware
from traindeploy.codegen.network_c import emit_c
from traindeploy.triage import generated
from traindeploy.triage.actions import actions


@pytest.fixture(scope="module")
def source(program, tmp_path_factory):
    """The step as data, its firmware beside it."""
    path = tmp_path_factory.mktemp("data") / "network.c"
    path.write_text(emit_c(program, "data"), encoding="utf-8")
    firmware.build([path], path.with_suffix(".elf"))
    return path


def test_every_linked_descriptor_is_the_schedules(program, source):
    assert generated.differences(actions(program), Firmware(source.with_suffix(".elf"))) == {}


def test_a_wrong_word_is_laid_to_its_transfer_and_field(program, source, tmp_path):
    everything = actions(program)
    wanted = next(a for a in everything if a.label == "load blocks.0.mlp.fc1.bias")
    name = f"dma[{wanted.row}]"
    text = source.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("    0x1c") and f"// {name} " in line)
    changed = tmp_path / "network.c"
    changed.write_text(text.replace(line, re.sub(r"0x1c\w+", lambda m: hex(int(m[0], 16) + 4), line)))
    firmware.build([changed], tmp_path / "firmware.elf")
    found = generated.differences(everything, Firmware(tmp_path / "firmware.elf"))
    source_address = wanted.item.source.address
    assert found == {wanted.number: f"{name}.src is {source_address + 4:#x} instead of {source_address:#x}"}


def test_the_line_of_an_action_is_what_core_0_or_all_cores_do(program, source):
    lines = generated.Lines(source)
    for action in actions(program):
        place, text = lines.of(action)
        assert place.startswith("network.c:")
        assert f"// {action.table}[{action.row}] {action.label}" in text
        assert text.startswith("0x")
