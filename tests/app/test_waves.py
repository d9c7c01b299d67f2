# SPDX-License-Identifier: Apache-2.0
"""What WAVES asks for is known, or refused in one line, before anything is compiled."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.app.test_result import BENCH, OPTIONS, result
from traindeploy.app.options import Options
from traindeploy.app.waves import window
from traindeploy.errors import UserError
from traindeploy.records import serial

PLAIN = replace(OPTIONS, waves="")


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build/ in which the run without waveforms lies, of which operators fc and a:0 are known."""
    folder = tmp_path / PLAIN.run_name
    folder.mkdir()
    odd = replace(BENCH.operators[0], name="a:0", start=5_000)
    found = replace(
        result(tmp_path, replace(BENCH, operators=(*BENCH.operators, odd))), configuration=PLAIN.configuration
    )
    serial.write(found, folder / "result.json")
    return tmp_path


def asked(build: Path, waves: str) -> tuple[int, int | None] | None:
    return window(replace(OPTIONS, waves=waves), build)


def test_all_a_window_or_an_operator(build):
    assert asked(build, "") is None
    assert asked(build, "1") == (0, None)
    assert asked(build, "10:20") == (10, 20)
    assert asked(build, "fc") == (0, 100 + 48 + 100)
    assert asked(build, "a:0") == (4_000, 5_148)


@pytest.mark.parametrize(
    "waves", ["9:3", "3:3", ":", "1:", "-1:5", "1.5:3", "2", "0", "1:2:3", f"1:{'9' * 5000}", "+1:2"]
)
def test_numbers_that_are_no_window(build, waves):
    with pytest.raises(UserError, match="expected 1, FIRST:LAST in cycles"):
        asked(build, waves)


@pytest.mark.parametrize("waves", ["relu", "²:³", "true", "fc ", "all"])
def test_an_operator_that_did_not_run(build, waves):
    with pytest.raises(UserError, match="no such operator has run; the first are fc, fc, a:0"):
        asked(build, waves)


def test_an_operator_before_any_run(tmp_path, build):
    with pytest.raises(UserError, match="do `make sim MODEL=cct_tiny STRATEGY=lp STEPS=2 SEED=3` first"):
        asked(tmp_path / "elsewhere", "fc")
    other = Options(model="cct_tiny", strategy="lp", seed=3, steps=2, lora_rank=3, waves="fc")
    with pytest.raises(UserError, match="needs a run without WAVES before"):
        window(other, build)
