# SPDX-License-Identifier: Apache-2.0
"""The RTL lines that a change touches, and which tests ran them."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tb.code_coverage.merged import Merged
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT, RTL

HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True)
class Touched:
    """A line that a change has added or altered. ``times`` is None if nothing on it is counted."""

    file: Path
    number: int
    text: str
    times: int | None
    tests: tuple[str, ...]


def touched(merged: Merged, base: str, root: Path = ROOT) -> list[Touched]:
    """What the working copy changes in rtl/ since ``base``; UserError if Git does not know ``base``.

    The counts must be of this working copy: a line's number is its name.
    """
    lines, found = merged.lines(), []
    for file, number in changed_lines(difference(base, root), root):
        times = lines.get((file, number))
        text = file.read_text(encoding="utf-8").splitlines()[number - 1].strip()
        found.append(Touched(file, number, text, times, tuple(merged.tests_of.get((file, number), ()))))
    return found


def difference(base: str, root: Path = ROOT) -> str:
    """Git's unified difference of rtl/ without context, from ``base`` to the working copy."""
    folder = RTL.relative_to(ROOT)
    command = ["git", "diff", "--unified=0", "--no-color", "--no-ext-diff", "--end-of-options", base, "--", str(folder)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["Git failed"])[0]
        raise UserError(f"{base}: no commit that the change can be compared with ({reason})")
    return done.stdout


def changed_lines(text: str, root: Path = ROOT) -> Iterator[tuple[Path, int]]:
    """(file, number) of each line that a unified difference adds to a SystemVerilog file."""
    file: Path | None = None
    for line in text.splitlines():
        if line.startswith("+++ "):
            name = line.removeprefix("+++ b/")
            file = root / name if name.endswith((".sv", ".svh")) else None
        elif file is not None and (hunk := HUNK.match(line)):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            yield from ((file, number) for number in range(first, first + count))
