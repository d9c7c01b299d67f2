# SPDX-License-Identifier: Apache-2.0
"""``traindeploy report``: records to a file in one of the formats."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records.load import read_cases
from traindeploy.report.formats import FORMATS, changed


def write_report(paths: Sequence[Path], name: str, output: Path | None, since: str = "") -> None:
    """Write (whole or not at all) or print the records in ``paths``; UserError says what a user can do about it.

    ``since``: a commit; Markdown then says which of the lines changed since no record ran.
    """
    chosen, records = FORMATS[name], read_cases(paths)
    document = chosen.render(records)
    if since:
        if name != "markdown":
            raise UserError(f"--since is for --format markdown, not {name}")
        document += b"\n" + changed.table(records, diff(since), since).encode()
    if output is None:
        if not chosen.text:
            raise UserError(f"--format {name} makes a {chosen.suffix} file: say where with -o")
        sys.stdout.write(document.decode("utf-8", "backslashreplace"))
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        partial = output.with_name(f".{output.name}.{os.getpid()}")
        partial.write_bytes(document)
        partial.replace(output)
    except OSError as error:
        raise UserError(f"{output}: {error.strerror}") from None


def diff(since: str) -> str:
    """What was changed since a commit, in the working copy; UserError if Git does not know it."""
    command = ["git", "diff", "--unified=0", "--no-ext-diff", "--no-color", "--end-of-options", since, "--"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise UserError(f"--since {since}: {(done.stderr.strip().splitlines() or ['Git failed'])[0]}")
    return done.stdout
