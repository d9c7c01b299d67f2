# SPDX-License-Identifier: Apache-2.0
"""The cluster's blocks together: small programs on the whole platform that check themselves."""

import json
from pathlib import Path

import numpy as np
import pytest

from tb.build.simulator import Build, build_platform
from tb.run import simulate
from traindeploy.codegen.toolchain import build as build_firmware
from traindeploy.target import CONFIGS

PROGRAMS = Path(__file__).with_name("programs")


@pytest.fixture(scope="module")
def simulator() -> Build:
    return build_platform(CONFIGS["compact"], disturbable=True, optimize="-O1")


def run(name: str, run_dir: Path, simulator: Build) -> tuple[dict, list[int]]:
    """The bench's result of a program in programs/, and the words it reported beyond operators."""
    # The runtime's include folders do not hold cluster.h: the program is compiled as one file.
    header, program = (PROGRAMS / "cluster.h").read_text(), (PROGRAMS / f"{name}.c").read_text()
    source = run_dir / f"{name}.c"
    source.write_text(header + program.replace('#include "cluster.h"\n', f'#line 4 "{name}.c"\n'))
    build_firmware([source], run_dir / "firmware.elf")
    (run_dir / "program.json").write_text(json.dumps({"steps": 1, "loss": None, "operators": []}))
    (run_dir / "expected").mkdir()
    np.savez(run_dir / "l3.npz")
    np.savez(run_dir / "expected" / "step_0.npz")
    result = simulate(run_dir, CONFIGS["compact"], max_cycles=400_000, max_seconds=120, build=simulator)
    events = [json.loads(line) for line in (run_dir / "progress.jsonl").read_text().splitlines()]
    return result, [event["word"] for event in events if event["event"] == "print"]


@pytest.mark.parametrize("name", ["barriers", "faults", "counters"])
def test_program_finds_nothing_wrong(name: str, simulator: Build, tmp_path: Path) -> None:
    result, words = run(name, tmp_path, simulator)
    assert result["eoc_value"] == 0, f"{name}.c line {result['eoc_value']}: {result['failure']}"
    if name == "barriers":
        assert [word & 0xFF for word in words if word >> 28 == 5], "the barrier's latency was not measured"
