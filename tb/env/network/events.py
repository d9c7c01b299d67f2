# SPDX-License-Identifier: Apache-2.0
"""What the pyuvm components tell each other and the command line."""

from dataclasses import dataclass
from pathlib import Path

from traindeploy.records import serial
from traindeploy.records.progress import Event


@dataclass(frozen=True)
class MailboxWord:
    """A word that the firmware wrote, and the cycles since the first fetch at which it did."""

    word: int
    cycle: int


class ProgressFile:
    """One event a line, readable while the simulation runs."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "w", buffering=1)  # noqa: SIM115 (open for the run)

    def emit(self, event: Event) -> None:
        self._file.write(serial.line(event) + "\n")
