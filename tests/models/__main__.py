# SPDX-License-Identifier: Apache-2.0
"""``python -m tests.models``: export every network, and write docs/reference/models.md."""

import sys
import tempfile
from pathlib import Path

from tests.models.matrix import EXPORTERS, rows
from tests.models.page import PAGE, page


def main() -> int:
    """1 if an export comes out wrong."""
    with tempfile.TemporaryDirectory() as folder:
        found = list(rows(EXPORTERS, Path(folder)))
    PAGE.write_text(page(found), encoding="utf-8")
    wrong = [row for row in found if row.verdict.startswith("WRONG")]
    for row in wrong:
        print(f"{row.model}, {row.exporter} {row.opset}: {row.verdict}")
    print(f"{PAGE.name}: {sum(row.verdict == 'runs' for row in found)} of {len(found)} exports run")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
