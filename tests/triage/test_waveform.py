# SPDX-License-Identifier: Apache-2.0
"""The window around a culprit: its picture, names for its numbers, and what is said where no waveform can be made."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tb.env.common.elf import Firmware
from traindeploy.codegen import l3_image, write_program
from traindeploy.errors import UserError
from traindeploy.records.triage import Element, Link, Triage
from traindeploy.triage import waveform
from traindeploy.triage.replay import Activity, Replay
from traindeploy.triage.run import _with_window

ELEMENT = Element(
    tensor="t", operator="o", kind="Softmax", engine="cores", step=0, index=(0,), level="L2", address=0, cycle=2_000,
    actual_hex="0x0", expected_hex="0x1", actual=0.0, expected=0.0, exact=None, ulp=1, wrong=1, size=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def run_dir(program, samples, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "run"
    write_program(program, l3_image(program, samples), folder)
    return folder


@pytest.fixture
def subject(program, run_dir) -> Any:
    return SimpleNamespace(program=program, run_dir=run_dir)


@pytest.fixture
def found(run_dir) -> Any:
    """Eight cores in td_softmax from cycle 1100 on, then asleep; the DMA busy from 1200 to 1300."""
    kernel = Firmware(run_dir / "firmware.elf").bounds("td_softmax")
    assert kernel is not None
    pcs = np.full((4, 8), kernel[0], np.uint32)
    activity = Activity(
        cycle=np.array([1000, 1100, 1200, 1300], np.int64), pc=pcs, asleep=np.array([0, 0, 0, 255], np.uint32),
        busy=np.array([0, 0, 2, 0], np.uint32), start_ps=500_000, period_ps=2778,
    )  # fmt: skip
    link = Link(agent="cores", label="softmax", slot=7, waited=7, began=1100, ended=1400)
    record = Triage(element=ELEMENT, cause="kernel", explanation="x", culprit=0, links=(link,))
    return SimpleNamespace(record=record, replayed=Replay({}, (), {7: 1100, 8: 1400}, activity))


def test_the_window_encloses_the_culprit(found):
    first, last, marker = waveform.bounds(found)
    assert (first, last, marker) == (1100 - waveform.BEFORE, 1400 + waveform.BEHIND, 1100)


def test_without_a_culprit_the_window_ends_at_the_comparison(found):
    found.record = replace(found.record, culprit=None)
    first, last, marker = waveform.bounds(found)
    assert first < marker == 2_000 < last <= first + waveform.LONGEST


def test_the_picture_names_functions_slots_and_engines(subject, found, tmp_path):
    window = waveform.picture(subject, found, tmp_path)
    assert window is not None
    root = ElementTree.parse(tmp_path / window.picture).getroot()
    titles = [title.text or "" for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert sum(title.startswith("td_softmax: cycles 1000 to 1300") for title in titles) == 8
    assert sum(title.startswith("asleep: cycles 1300") for title in titles) == 8
    assert any(title.startswith("DMA: cycles 1200 to 1300") for title in titles)
    assert any(title.startswith("slot 7: cycles 1100 to 1400") for title in titles)


def test_numbers_have_names_in_the_save_file(subject, found, tmp_path):
    window = waveform.picture(subject, found, tmp_path)
    assert window is not None
    text = (tmp_path / waveform.save_file(subject, found, window, tmp_path)).read_text()
    for signal in window.signals:
        assert signal in text
    assert text.count(f"^1 {waveform.FUNCTIONS}") == 8
    assert f"^1 {waveform.WORDS}" in text
    assert f"[timestart] {500_000 + window.first * 2778}" in text
    assert "td_softmax" in (tmp_path / waveform.FUNCTIONS).read_text()
    words = dict(line.split(" ", 1) for line in (tmp_path / waveform.WORDS).read_text().splitlines())
    assert words["00000000"] == f"end {subject.program.operators[0].node.name}"
    assert words["40000001"] == f"begin {subject.program.operators[1].node.name}"
    assert words["80000000"] == "step 0"


def test_where_no_waveform_can_be_made_the_triage_says_so_and_goes_on(subject, found, tmp_path, monkeypatch):
    def without_lz4() -> None:
        raise UserError("waveforms (FST) need lz4.h: install with `apt-get install liblz4-dev`")

    monkeypatch.setattr(waveform, "require_lz4", without_lz4)
    record = _with_window(found.record, found, subject, tmp_path, waves=True)
    assert record.untold == ("no waveform: waveforms (FST) need lz4.h: install with `apt-get install liblz4-dev`",)
    assert record.window is not None
    assert (record.window.file, record.window.picture) == ("", "window.svg")
