# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C at any time: one line, exit status 130, nothing half-written, nothing left running, the next run is fine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tb.build.paths import OBJECTS, SIMULATORS
from traindeploy.platform.paths import ROOT

ARGUMENTS = ["sim", "--model", "cct_tiny", "--config", "compact"]
# The command line with its own build/ folder, so that nothing of other runs is touched.
PROGRAM = """
import sys
from pathlib import Path
import tb.build.simulator, traindeploy.app.run
from traindeploy.app.cli import main
traindeploy.app.run.BUILD = Path(sys.argv.pop(1))
tb.build.simulator.SIMULATORS = Path(sys.argv.pop(1))
tb.build.simulator.OBJECTS = traindeploy.app.run.BUILD.parent / "objects"
main()
"""


def start(runs: Path, simulators: Path) -> subprocess.Popen:
    command = [sys.executable, "-c", PROGRAM, str(runs), str(simulators), *ARGUMENTS]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def interrupt(process: subprocess.Popen, when: Callable[[], bool], limit: float = 300) -> None:
    """What a terminal's Ctrl-C does, as soon as ``when`` holds; checks how the command ends."""
    deadline = time.monotonic() + limit
    while not when():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "never got there"
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, output + errors
    assert errors.strip().endswith("interrupted; the caches in build/ stay usable")
    assert "Traceback" not in output + errors


def working_in(folder: Path) -> list[str]:
    """Processes whose working directory lies in ``folder``."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if Path(os.readlink(link)).is_relative_to(folder):
                found.append(link.parent.name)
        except OSError:
            continue
    return found


@pytest.mark.parametrize("stage", ["verilation", "compilation"])
def test_during_the_build(tmp_path, stage):
    simulators, runs = tmp_path / "sim", tmp_path / "runs"
    pattern = ".compact*.build/build.log" if stage == "verilation" else ".compact*.build/Vtop__pch.h.*.gch"
    interrupt(start(runs, simulators), lambda: bool(list(simulators.glob(pattern))))
    assert working_in(tmp_path) == []
    assert [path for path in simulators.iterdir() if path.is_dir()] == []
    assert list(runs.iterdir()) == []


def test_during_the_simulation_and_then_again(tmp_path):
    runs = tmp_path / "runs"
    (tmp_path / "objects").symlink_to(OBJECTS)
    begun = lambda: any('"operator"' in path.read_text() for path in runs.glob(".*/run/progress.jsonl"))  # noqa: E731
    interrupt(start(runs, SIMULATORS), begun, 900)
    assert working_in(tmp_path) == []
    assert list(runs.iterdir()) == []
    again = start(runs, SIMULATORS)
    output, errors = again.communicate(timeout=600)
    assert again.returncode == 0, output + errors
    assert (runs / "latest" / "report.html").exists()
