# SPDX-License-Identifier: Apache-2.0
"""Code coverage of the RTL over any tests.

``python -m tb.code_coverage measure tests/rtl -k dma`` runs pytest with simulators that count;
``python -m tb.code_coverage report`` merges what was counted: by file, as LCOV, by test, for a change.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tb.code_coverage.change import touched
from tb.code_coverage.collect import SWITCHES, VARIABLE, Wish, load_all
from tb.code_coverage.merged import merge
from tb.code_coverage.text import change_table, file_table, who_ran
from traindeploy.errors import UserError
from traindeploy.platform.paths import BUILD, ROOT

FOLDER = BUILD / "coverage"


def main(words: Sequence[str]) -> int:
    """Exit status: pytest's, or 0; 1 if a line of the change was not run; 2 for what cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m tb.code_coverage", description="Code coverage of the RTL.")
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("measure", help="run pytest with simulators that count; all else is pytest's")
    told = "all: toggles too, several times slower; engines: all, of what computes"
    measuring.add_argument("--count", choices=SWITCHES, default="lines", help=told)
    measuring.add_argument("--add", action="store_true", help="keep what was counted before")
    reporting = commands.add_parser("report", help="merge what was counted")
    reporting.add_argument("--change", metavar="COMMIT", help="only lines that the working copy changes since COMMIT")
    reporting.add_argument("--line", metavar="FILE:LINE", help="the tests that ran a line")
    for each in (measuring, reporting):
        each.add_argument("--folder", type=Path, default=FOLDER, help="of the counts")
    chosen, rest = parser.parse_known_args(words)
    try:
        if chosen.command == "measure":
            return measure(Wish(chosen.count, chosen.folder.resolve()), chosen.add, rest)
        if rest:
            parser.error(f"unknown: {' '.join(rest)}")
        return report(chosen.folder, chosen.change, chosen.line)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def measure(wish: Wish, add: bool, arguments: Sequence[str]) -> int:
    """Run pytest with ``arguments``; its exit status."""
    if not add:
        shutil.rmtree(wish.folder, ignore_errors=True)
    environment = os.environ | {VARIABLE: wish.text()}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], env=environment, cwd=ROOT, check=False
    ).returncode


def report(folder: Path, change: str | None, line: str | None) -> int:
    """Print what is asked for, and write ``folder``/rtl.info."""
    merged = merge(load_all(folder))
    if line is not None:
        print("\n".join(who_ran(merged, line)))
        return 0
    if change is not None:
        lines = touched(merged, change)
        print(change_table(lines))
        return int(any(each.times == 0 for each in lines))
    (folder / "rtl.info").write_text(merged.lcov(), encoding="utf-8")
    print(file_table(merged))
    print(f"LCOV: {folder / 'rtl.info'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
