# SPDX-License-Identifier: Apache-2.0
"""``progress.jsonl``: what happens while a run goes on, one event a line, told apart by ``event``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from traindeploy.records import serial


@dataclass(frozen=True, kw_only=True)
class BuildBegan:
    """The simulator ``name`` is not in the cache and is being built."""

    event: Literal["build_begin"] = "build_begin"
    name: str


@dataclass(frozen=True, kw_only=True)
class BuildEnded:
    """The simulator ``name`` was built in ``seconds``."""

    event: Literal["build_end"] = "build_end"
    name: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class StepBegan:
    """Training step ``step`` begins at ``cycle``."""

    event: Literal["step"] = "step"
    step: int
    cycle: int


@dataclass(frozen=True, kw_only=True)
class OperatorEnded:
    """An operator has ended at ``cycle`` and was compared; ``max_ulp`` as in ``OperatorResult``."""

    event: Literal["operator"] = "operator"
    index: int
    name: str
    step: int
    cycle: int
    cycles: int
    max_ulp: int


@dataclass(frozen=True, kw_only=True)
class Tick:
    """The bench's heartbeat: the simulation has come to ``cycle`` after ``seconds``."""

    event: Literal["tick"] = "tick"
    cycle: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Printed:
    """The firmware wrote a word to the mailbox that names no operator."""

    event: Literal["print"] = "print"
    word: int
    cycle: int


@dataclass(frozen=True, kw_only=True)
class RunEnded:
    """The simulation is over and bench.json is written."""

    event: Literal["end"] = "end"
    cycle: int
    passed: bool


Event = BuildBegan | BuildEnded | StepBegan | OperatorEnded | Tick | Printed | RunEnded
Progress = Callable[[Event], None]


def parse(text: str) -> Event:
    """The event in one line of progress.jsonl; RecordError if it is none."""
    return cast(Event, serial.parse(Event, text, "progress event"))
