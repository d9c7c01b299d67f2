# SPDX-License-Identifier: Apache-2.0
"""Runs the programs of tests/rtl/programs on the whole platform."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from tb.build.simulator import Build, build_platform
from tb.run import simulate
from traindeploy.codegen.firmware import build as build_firmware
from traindeploy.platform import CONFIGS
from traindeploy.records import progress, serial
from traindeploy.records.bench import BenchRecord
from traindeploy.records.program import ProgramDescription

PROGRAMS = Path(__file__).with_name("programs")


@cache
def simulator() -> Build:
    return build_platform(CONFIGS["compact"], disturbable=True, optimize="-O1")


def run(
    name: str, run_dir: Path, defines: Sequence[str] = (), max_cycles: int = 400_000
) -> tuple[BenchRecord, list[int]]:
    """The bench's result of a program in programs/, and the words it reported beyond operators."""
    # The runtime's include folders do not hold cluster.h: the program is compiled as one file.
    header, program = (PROGRAMS / "cluster.h").read_text(), (PROGRAMS / f"{name}.c").read_text()
    before, include, rest = program.partition('#include "cluster.h"\n')
    line = before.count("\n") + 2
    source = run_dir / f"{name}.c"
    source.write_text(
        '#line 1 "cluster.h"\n' + header + before + (f'#line {line} "{name}.c"\n' if include else "") + rest
    )
    build_firmware([source], run_dir / "firmware.elf", defines=defines)
    serial.write(ProgramDescription(operators=()), run_dir / "program.json")
    (run_dir / "expected").mkdir()
    np.savez(run_dir / "l3.npz")
    np.savez(run_dir / "expected" / "step_0.npz")
    result = simulate(run_dir, CONFIGS["compact"], max_cycles=max_cycles, max_seconds=120, build=simulator())
    events = map(progress.parse, (run_dir / "progress.jsonl").read_text().splitlines())
    return result, [event.word for event in events if isinstance(event, progress.Printed)]


def line_marked(name: str, case: int) -> int:
    """The line of programs/<name>.c that is marked HERE in case ``case``."""
    lines = (PROGRAMS / f"{name}.c").read_text().splitlines()
    begin = next(i for i, line in enumerate(lines) if f"CASE == {case} " in line)
    return next(i for i, line in enumerate(lines, 1) if i > begin and "// HERE" in line)
