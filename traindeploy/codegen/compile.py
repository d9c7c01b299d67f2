# SPDX-License-Identifier: Apache-2.0
"""The compiler's entry point: training graph -> run directory with firmware, L3 image and program description."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from traindeploy.codegen.check import check_program
from traindeploy.codegen.emit import emit_c
from traindeploy.codegen.image import describe, l3_image
from traindeploy.ir import Graph
from traindeploy.schedule import Program, build_program
from traindeploy.schedule.task import Engine
from traindeploy.target import HardwareConfig


def compile_program(
    graph: Graph, config: HardwareConfig, engine: Engine, run_dir: Path, *, steps: int = 1,
    samples: Sequence[Mapping[str, np.ndarray]],
) -> Program:  # fmt: skip
    """Compile ``graph`` into ``run_dir``: network.c, firmware.elf, l3.npz (arrays by hexadecimal L3 address),
    program.json.

    ``samples`` holds, for each of the ``steps`` training steps, arrays by name of the graph's inputs and labels. Raises
    UserError if something does not fit or is not supported; nothing is written before the program is placed and
    checked.
    """
    program = build_program(graph, config, engine, steps=steps)
    check_program(program)
    image = l3_image(program, samples)
    write_program(program, image, run_dir)
    return program


def write_program(program: Program, image: Mapping[int, np.ndarray], run_dir: Path) -> None:
    """Write and build an already placed program (tests write ones that they have damaged).

    ``run_dir`` gets all four files or, if the firmware does not build (UserError), none.
    """
    from traindeploy.codegen import toolchain

    run_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".compiling-", dir=run_dir.parent) as temporary:
        folder = Path(temporary)
        (folder / "network.c").write_text(emit_c(program))
        sizes = program.info["firmware"] = toolchain.build([folder / "network.c"], folder / "firmware.elf")
        np.savez(folder / "l3.npz", **{f"0x{address:08x}": array for address, array in sorted(image.items())})
        description = describe(program) | {"firmware_bytes": asdict(sizes)}
        (folder / "program.json").write_text(json.dumps(description, indent=1) + "\n")
        run_dir.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.replace(run_dir / path.name)
