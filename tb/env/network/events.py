# SPDX-License-Identifier: Apache-2.0
"""What the pyuvm components tell each other and the command line."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MailboxWord:
    """A word that the firmware wrote, and the cycles since the first fetch at which it did."""

    word: int
    cycle: int


class ProgressFile:
    """One JSON object a line, readable while the simulation runs."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "w", buffering=1)  # noqa: SIM115 (open for the run)

    def emit(self, event: str, **fields: object) -> None:
        self._file.write(json.dumps({"event": event, **fields}) + "\n")
