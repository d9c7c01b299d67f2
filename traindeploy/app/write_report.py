# SPDX-License-Identifier: Apache-2.0
"""``traindeploy report``: records to a file in one of the formats."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from traindeploy.errors import UserError
from traindeploy.records.load import read_cases
from traindeploy.report.formats import FORMATS


def write_report(paths: Sequence[Path], name: str, output: Path | None) -> None:
    """Write (whole or not at all) or print the records in ``paths``; UserError says what a user can do about it."""
    chosen = FORMATS[name]
    document = chosen.render(read_cases(paths))
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
