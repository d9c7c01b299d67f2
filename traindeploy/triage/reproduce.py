# SPDX-License-Identifier: Apache-2.0
"""``traindeploy reproduce``: the case of a triage once more, on the sources as they are now."""

import tempfile
from pathlib import Path

from traindeploy.errors import UserError
from traindeploy.platform import configuration
from traindeploy.records import serial
from traindeploy.records.triage import FOLDER, RECORD, Triage, TriageCase
from traindeploy.triage import case as cases
from traindeploy.triage import excerpt
from traindeploy.triage.repeat import Repeated, repeat
from traindeploy.triage.replay import Simulator
from traindeploy.triage.run import REPRODUCER


def reproduce(folder: Path, on: Simulator | None = None) -> Repeated:
    """Repeat what ``folder`` (a triage's, or the run's that has one) holds; ``on``: another simulator than the case's.

    UserError if there is no triage, or if only the whole run repeats its mismatch: the message has the command.
    """
    folder = folder / FOLDER if (folder / FOLDER / RECORD).exists() else folder
    record = serial.read(Triage, folder / RECORD)
    place = folder / REPRODUCER
    if not (place / cases.CASE).exists():
        command = record.reproducer.command if record.reproducer else "make sim"
        raise UserError(f"{folder}: only the whole run repeats this mismatch ({record.cause}): do `{command}`")
    case = serial.read(TriageCase, place / cases.CASE)
    on = on or Simulator(configuration(case.config), case.arithmetic)
    with tempfile.TemporaryDirectory(prefix="td_reproduce_") as scratch:
        if case.agent == "slots":
            return Repeated(None, excerpt.repeat(place, on, Path(scratch)))
        return repeat(case, cases.read_state(place / cases.STATE), on, Path(scratch))
