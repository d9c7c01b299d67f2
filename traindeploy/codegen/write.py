# SPDX-License-Identifier: Apache-2.0
"""Placed program -> run directory with C source, firmware, L3 image, descriptions of program and schedule."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from traindeploy.codegen import firmware
from traindeploy.codegen.form import chosen
from traindeploy.codegen.image import describe
from traindeploy.codegen.network_c import emit_c
from traindeploy.codegen.schedule_record import describe_schedule
from traindeploy.ir.program import Program
from traindeploy.records import serial
from traindeploy.records.arrays import write_arrays
from traindeploy.records.program import AskedForm


def write_program(program: Program, image: Mapping[int, np.ndarray], run_dir: Path, asked: AskedForm = "auto") -> None:
    """Write and build an already placed program (tests write ones that they have damaged).

    ``run_dir`` gets all five files or, if the firmware does not build (UserError), none.
    """
    form = chosen(program, asked)
    run_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".compiling-", dir=run_dir.parent) as temporary:
        folder = Path(temporary)
        (folder / "network.c").write_text(emit_c(program, form))
        sizes = firmware.build([folder / "network.c"], folder / "firmware.elf")
        write_arrays(folder / "l3.npz", {f"0x{address:08x}": array for address, array in sorted(image.items())})
        serial.write(describe(program, sizes, form), folder / "program.json")
        serial.write(describe_schedule(program), folder / "schedule.json")
        run_dir.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.replace(run_dir / path.name)
