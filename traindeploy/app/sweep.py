# SPDX-License-Identifier: Apache-2.0
"""``traindeploy sweep``: one run on every configuration of a file, as a table and a plot of cycles over cells."""

import os
import shlex
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from traindeploy.app.options import Options, file_label
from traindeploy.app.run import run
from traindeploy.errors import UserError
from traindeploy.platform import HardwareConfig
from traindeploy.platform.configuration_file import variants, written
from traindeploy.platform.paths import BUILD
from traindeploy.records import serial
from traindeploy.records.sweep import Sweep, Variant
from traindeploy.records.verdict import Verdict
from traindeploy.report import page
from traindeploy.report import sweep as report
from traindeploy.report.console import terminal
from traindeploy.report.text import plain, shown_path


def sweep(options: Options, file: str, *, cells: bool = True, console: Console | None = None) -> Verdict:
    """Run ``options`` on each of ``file``'s configurations; what does not fit one of them stops none of the others.

    The table, ``sweep.json`` and ``sweep.html`` appear in ``build/sweep/<file>``, with a file for each configuration.

    Raises:
        UserError: the file is wrong, no configuration could be run at all, or yosys is not there to count cells.
    """
    if cells and find_spec("pyosys") is None:
        raise UserError("cells need the Python package pyosys, which `make test` installs; or give --no-cells")
    console = console or terminal()
    folder = BUILD / "sweep" / file_label(file)
    configs = [written(config, folder / f"{config.name}.toml") for config in variants(file)]
    found = []
    for number, config in enumerate(configs, 1):
        console.print(plain(f"{number} of {len(configs)}: {config.name}"), soft_wrap=True)
        found.append(_variant(replace(options, config=config.choice), config, folder, cells=cells))
        console.print(plain(f"  {found[-1].verdict.value}{_said(found[-1])}"), soft_wrap=True)
    if all(v.verdict is Verdict.ERROR for v in found):
        raise UserError(f"{file}: no configuration could be run; {found[0].name}: {found[0].failure}")
    words = ["traindeploy", "sweep", file, *options.arguments[1:]]
    title = f"{options.model} {options.strategy} on {len(found)} configurations"
    result = Sweep(title=title, command=shlex.join(words), variants=tuple(found))
    serial.write(result, folder / "sweep.json")
    page.write(report.render(result), folder / "sweep.html")
    for line in report.markdown(result).splitlines():
        console.print(plain(line), soft_wrap=True)
    console.print(plain(f"report: {shown_path(folder / 'sweep.html')}"), soft_wrap=True)
    return result.verdict


def _variant(options: Options, config: HardwareConfig, folder: Path, *, cells: bool) -> Variant:
    counted = _cells(config, folder) if cells else 0
    known = Variant(
        name=config.name, hardware=config.parameters, cells=counted, command=options.command, verdict=Verdict.ERROR
    )
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            result = run(options, Console(file=nowhere))
    except UserError as error:
        return replace(known, failure=str(error))
    place = os.path.relpath(BUILD / options.run_name / "report.html", folder)
    known = replace(known, verdict=result.verdict, failure=result.failure, report=place)
    return replace(known, cycles=result.cycles, flop=result.flop) if result.passed else known


def _cells(config: HardwareConfig, folder: Path) -> int:
    from tb.build.netlist import count_cells

    return count_cells(config, folder / f"{config.name}.cells.json")


def _said(variant: Variant) -> str:
    if variant.failure:
        return f": {variant.failure}"
    return f", {variant.cycles:,} cycles" + (f", {variant.cells:,} cells" if variant.cells else "")
