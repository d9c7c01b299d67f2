# SPDX-License-Identifier: Apache-2.0
"""Figures that a bench measures, handed to pytest through a file in the test's folder."""

import json
from pathlib import Path

FILE = "figures.json"


def record(figures: dict[str, str]) -> None:
    """Write the figures (what -> value with unit) of this test."""
    Path(FILE).write_text(json.dumps(figures))


def read(folder: Path) -> dict[str, str]:
    """What ``record`` wrote in the test that ran in ``folder``."""
    return json.loads((folder / FILE).read_text())
