# SPDX-License-Identifier: Apache-2.0
"""``traindeploy compare`` and ``traindeploy explain``: from names on the command line to text."""

import json
import os
from pathlib import Path

import click

from traindeploy.app.find_run import find_run
from traindeploy.errors import UserError
from traindeploy.platform.paths import BUILD
from traindeploy.records import serial
from traindeploy.report import explain
from traindeploy.report.compare import compare, markdown
from traindeploy.report.console import print_comparison, terminal


def compare_runs(
    a: str, b: str, form: str, output: str | None, *, everything: bool = False, limit: float | None = None
) -> bool:
    """Write the comparison as ``form`` says, to the terminal or to ``output``; whether B is worse.

    UserError if one is no run, or they cannot be compared.
    """
    (_, left), (_, right) = find_run(a, BUILD), find_run(b, BUILD)
    found = compare(left, right, (a, b), limit)
    if form == "console" and output is None:
        print_comparison(terminal(), found, None if everything else 20)
        return found.worse
    if form == "html":
        from traindeploy.report.compare_page import render

        text = render(found)
    elif form == "json":
        text = serial.text(found)
    else:
        text = markdown(found, len(found.operators) if everything else 20) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(Path(output), text)
    return found.worse


def explained_operator(operator: str, run: str, form: str, *, everything: bool = False) -> str:
    """All about ``operator`` of ``run`` as text or JSON; UserError with the nearest names if there is none."""
    _, files = find_run(run, BUILD)
    view = explain.find(files, operator)
    if form == "json":
        return json.dumps(explain.document(view, files), indent=1) + "\n"
    return explain.text(explain.parts(view, files, everything))


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UserError(f"{path}: cannot be written ({error.strerror})") from None
