# SPDX-License-Identifier: Apache-2.0
"""A run's records as its reports need them: the result, and what else lies beside it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TypeVar

from traindeploy.records import serial
from traindeploy.records.program import ProgramDescription
from traindeploy.records.run import RunResult
from traindeploy.records.schedule import ScheduleDescription
from traindeploy.records.serial import RecordError, Root
from traindeploy.records.timeline import Timeline
from traindeploy.records.triage import FOLDER, RECORD, Triage
from traindeploy.report.figures.cycles import Segment, critical, exclusive
from traindeploy.report.figures.measured import Measured, measure

R = TypeVar("R", bound=Root)


@dataclass(frozen=True)
class RunFiles:
    """``schedule`` and ``timeline`` are None where a run did not come to write them, or was made before they were."""

    result: RunResult
    program: ProgramDescription | None = None
    schedule: ScheduleDescription | None = None
    timeline: Timeline | None = None
    triage: Triage | None = None
    picture: str = ""  # SVG of the triage's window

    @cached_property
    def measured(self) -> Measured | None:
        """The schedule with the cycles that were measured."""
        if self.schedule is None or self.timeline is None or not self.timeline.barriers:
            return None
        return measure(self.schedule, self.timeline, self.result.cycles, self.result.steps)

    @cached_property
    def exclusive(self) -> list[Segment]:
        """Empty without measurement, as ``critical``."""
        return [] if self.measured is None else exclusive(self.measured)

    @cached_property
    def critical(self) -> list[Segment]:
        return [] if self.measured is None else critical(self.measured)


def read(folder: Path) -> RunFiles:
    """The run in ``folder``; RecordError if its result cannot be read. What else cannot be read counts as absent."""
    return beside(serial.read(RunResult, folder / "result.json"), folder)


def beside(result: RunResult, folder: Path) -> RunFiles:
    """``result`` with the other records in ``folder``."""
    return RunFiles(
        result,
        _optional(ProgramDescription, folder / "program.json"),
        _optional(ScheduleDescription, folder / "schedule.json"),
        _optional(Timeline, folder / "timeline.json"),
        found := _optional(Triage, folder / FOLDER / RECORD),
        _picture(folder / FOLDER, found),
    )


def _picture(folder: Path, found: Triage | None) -> str:
    if found is None or found.window is None:
        return ""
    path = folder / PurePosixPath(found.window.picture).name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _optional(kind: type[R], path: Path) -> R | None:
    try:
        return serial.read(kind, path)
    except RecordError:
        return None
