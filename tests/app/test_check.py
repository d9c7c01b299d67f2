# SPDX-License-Identifier: Apache-2.0
"""``traindeploy check`` tells what a run would find, or what does not fit with bytes."""

import re
from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from traindeploy.app.check import check
from traindeploy.app.options import Options
from traindeploy.app.pipeline import compile_run
from traindeploy.errors import UserError
from traindeploy.frontend.cct import CCT2, build_cct
from traindeploy.platform import L3
from traindeploy.records import serial
from traindeploy.records.program import AskedForm, ProgramDescription

TINY = Options(model="cct_tiny", strategy="lora1", config="compact")


def said(options: Options) -> str:
    return "\n".join(check(options))


@pytest.mark.parametrize("form", ["code", "data"])
def test_the_figures_are_those_of_the_compiled_step(form: AskedForm, tmp_path: Path) -> None:
    options = replace(TINY, form=form)
    program, _ = compile_run(options, tmp_path / "run")
    described = serial.read(ProgramDescription, tmp_path / "run" / "program.json")
    text = said(options)
    assert f"about {described.estimated_cycles:,} (" in text
    assert f"firmware   {described.firmware_l2_bytes:,} of 393,216 bytes" in text
    assert f"the step as {form}, {described.slots:,} slots" in text
    for level, used in described.peak_bytes.items():
        assert re.search(rf"^{level} +{used:,} of ", text, re.MULTILINE)
    rows = re.findall(r"^(RedMule|cores) +(\w+) +([\d,]+) +([\d,]+) +([\d,]+)$", text, re.MULTILINE)
    assert sum(int(row[2]) for row in rows) == len(program.operators)
    calls = [call.cycles for slot in program.slots for call in (*slot.jobs, *slot.calls)]
    assert sum(int(row[3].replace(",", "")) for row in rows) == sum(calls)


def test_what_is_too_large_for_l3_is_told_with_all_its_bytes(tmp_path: Path) -> None:
    model = tmp_path / "large.onnx"
    onnx.save(build_cct(replace(CCT2, conv_channels=(64, 1024)), 0), model)
    with pytest.raises(UserError, match=r"^L3: weights \([\d,]+ bytes\)") as caught:
        said(Options(model=str(model), strategy="lp"))
    needed, over = re.findall(r"need ([\d,]+) bytes, ([\d,]+) more", str(caught.value))[0]
    assert int(needed.replace(",", "")) - int(over.replace(",", "")) == L3.size
    assert "largest: " in str(caught.value)


def test_what_is_too_large_for_l2_is_told_with_its_bytes(tmp_path: Path) -> None:
    model = tmp_path / "tall.onnx"
    onnx.save(build_cct(replace(CCT2, image=96), 0), model)
    with pytest.raises(UserError, match=r"^L[12]\b.*bytes"):
        said(Options(model=str(model), strategy="ft2"))
