# SPDX-License-Identifier: Apache-2.0
"""What a run says that it expects, and when its watchdog bites, count every step."""

from pathlib import Path
from typing import Any

import pytest

from traindeploy.app import cli, ending, run
from traindeploy.errors import UserError
from traindeploy.records import serial
from traindeploy.records.program import ProgramDescription


def test_cycles_of_all_steps_are_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "BUILD", tmp_path / "build")
    for function in (ending.forget_status, ending.note_status):
        monkeypatch.setattr(function, "__defaults__", (tmp_path / "build",))
    seen: dict[str, int] = {}

    def simulated(run_dir: Path, _: object, *, max_cycles: int, **__: Any) -> None:
        seen.update(one=serial.read(ProgramDescription, run_dir / "program.json").estimated_cycles, most=max_cycles)
        raise UserError("as far as this test goes")

    monkeypatch.setattr("tb.run.simulate", simulated)
    monkeypatch.setattr("sys.argv", ["traindeploy", "sim", "--model", "cct_tiny", "--strategy", "lp", "--steps", "3"])
    with pytest.raises(SystemExit):
        cli.main()
    assert f"about {3 * seen['one']:,} cycles expected" in capsys.readouterr().out
    assert seen["most"] == run.SLACK * 3 * seen["one"] + 1_000_000
