# SPDX-License-Identifier: Apache-2.0
"""The triage of a run whose tensors differ: asked for by ``TRIAGE``, and never a reason to lose the run's result."""

import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from traindeploy.app.options import Options
from traindeploy.errors import UserError
from traindeploy.ir.program import Program
from traindeploy.platform import configuration
from traindeploy.records.arrays import Array
from traindeploy.records.bench import BenchRecord
from traindeploy.records.triage import FOLDER, Triage


def examine(
    options: Options, run_dir: Path, final: Path, program: Program, bench: BenchRecord,
    steps: Sequence[Mapping[str, Array]],
) -> list[str]:  # fmt: skip
    """Write ``run_dir/triage`` about the first mismatch; the lines that belong beside the failure.

    ``steps``: every tensor of each training step, from the machine model; ``final``: where ``run_dir`` will be.
    """
    culprit = bench.culprit
    if culprit is None or options.triage == "none":
        return []
    from traindeploy.triage import triage
    from traindeploy.triage.investigate import Subject
    from traindeploy.triage.replay import Simulator

    on = Simulator(configuration(options.config), options.arithmetic)
    subject = Subject(run_dir, program, bench, culprit, steps[culprit.step], on)
    try:
        return _lines(triage(subject, waves=options.triage == "full", command=options.command, final=final))
    except UserError as error:
        return [f"no triage: {error}"]
    except Exception:  # noqa: BLE001 (the run has its verdict, which counts more than what is said about it)
        folder = run_dir / FOLDER
        folder.mkdir(exist_ok=True)
        (folder / "error.log").write_text(traceback.format_exc(), encoding="utf-8")
        return [f"no triage, by a defect of ours: please report it with {FOLDER}/error.log"]


def _lines(found: Triage) -> list[str]:
    lines = [f"cause: {found.meaning}", f"found: {found.explanation}"]
    if found.reproducer is not None:
        lines.append(f"alone: {found.reproducer.command} ({found.reproducer.what})")
    if found.window is not None and found.window.file:
        where = f"{found.window.file}, cycles {found.window.first} to {found.window.last}"
        lines.append(f"waveform: {where}; `gtkwave {found.window.save_file}` in the folder {FOLDER}/ names the signals")
    return [*lines, *(f"untold: {line}" for line in found.untold)]
