# SPDX-License-Identifier: Apache-2.0
"""The run that a command line means: a folder, its result.json, or a name in build/."""

import difflib
import os
from pathlib import Path

from traindeploy.errors import UserError
from traindeploy.report.run_files import RunFiles, read

LATEST = "latest"


def run_folder(text: str, build: Path) -> Path:
    """The folder that ``text`` names; UserError if there is none, with the nearest names in ``build``."""
    given = Path(text)
    for path in (given, build / text):
        try:
            if path.is_file() and path.name == "result.json":
                return path.parent
            if path.is_dir() and (path / "result.json").is_file():
                return path
        except (OSError, ValueError):  # too long, or a null character: no file's name
            break
    runs = known_runs(build)
    near = difflib.get_close_matches(text, runs, 3, 0.3) or runs[:3]
    hint = f"did you mean {', '.join(near)}?" if near else f"{build} holds no runs: do `make sim` first"
    raise UserError(
        f"{text}: no run is there; a run is a folder with a result.json, or the name of one in {build}; {hint}"
    )


def known_runs(build: Path) -> list[str]:
    """Names of the runs in ``build``, the newest first."""
    found = [path.parent for path in build.glob("*/result.json") if not path.parent.is_symlink()]
    return [path.name for path in sorted(found, key=lambda path: -os.path.getmtime(path))]


def find_run(text: str, build: Path) -> tuple[Path, RunFiles]:
    """The folder and the records of the run that ``text`` names; UserError if it is none, or of another version."""
    folder = run_folder(text, build)
    return folder, read(folder)
