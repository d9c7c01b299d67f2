# SPDX-License-Identifier: Apache-2.0
"""Run programs, right or deliberately wrong ones, on the RTL against the right graph's tensors."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from golden.training import execute_steps as expected
from tb.build.simulator import Build, build_platform
from tb.run import simulate
from tb.run_dir import write_expected
from traindeploy.codegen.image import l3_image
from traindeploy.codegen.network_data import DataProgram
from traindeploy.codegen.write import write_program
from traindeploy.ir import Graph
from traindeploy.ir.program import Program
from traindeploy.platform import CONFIGS, HardwareConfig
from traindeploy.records import serial
from traindeploy.records.bench import BenchRecord
from traindeploy.records.program import AskedForm, ProgramDescription

Samples = Sequence[Mapping[str, np.ndarray]]


def write_run(
    run_dir: Path,
    program: Program,
    samples: Samples,
    right: Graph,
    extra: Graph | None = None,
    form: AskedForm = "auto",
) -> Path:
    """A run directory of ``program``, checked against ``right``; ``extra`` knows tensors that ``right`` lacks."""
    write_program(program, l3_image(program, samples), run_dir, form)
    names = {output.tensor for output in serial.read(ProgramDescription, run_dir / "program.json").outputs}
    others = expected(extra, samples) if extra is not None else [{} for _ in samples]
    for step, (values, other) in enumerate(zip(expected(right, samples), others, strict=True)):
        known = {**other, **values}
        write_expected(run_dir, step, {name: known[name] for name in names})
    return run_dir


def on_rtl(run_dir: Path, config: HardwareConfig = CONFIGS["compact"], **options) -> BenchRecord:
    """The bench's result of ``run_dir``, bounded."""
    options = {"max_cycles": 2_000_000, "max_seconds": 300, **options}
    build = options.pop("build", None) or simulator(config)
    return simulate(run_dir, config, build=build, **options)


@cache
def simulator(config: HardwareConfig) -> Build:
    """One simulator, fast to build, for right and disturbed hardware."""
    return build_platform(config, disturbable=True, optimize="-O1")


L2_WORST = 10  # cycles from a core's request to L2's answer at worst (docs/reference/platform.md)


def walking(program: Program) -> int:
    """Cycles a step that a program which is data may take longer than one which is code.

    Core 0 reads tables where code has immediate numbers: its actions, each with an entry of the table of jumps, its
    addresses and its calls. If none of these reads were hidden behind the engines and the other cores, and each took
    as long as L2 ever does, the step would be this much longer.
    """
    data = DataProgram(program)
    actions, calls, addresses = (
        sum(row.count(",") + 1 for row, _ in table.rows) for table in (data.actions, data.calls, data.addresses)
    )
    return (2 * actions + calls + addresses) * L2_WORST
