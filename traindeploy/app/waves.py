# SPDX-License-Identifier: Apache-2.0
"""``WAVES``: which cycles a waveform shows, known before anything is compiled."""

import re
from dataclasses import replace
from pathlib import Path

from traindeploy.app.options import Options
from traindeploy.errors import UserError
from traindeploy.records import serial
from traindeploy.records.bench import OperatorResult
from traindeploy.records.run import RunResult
from traindeploy.records.serial import RecordError

Window = tuple[int, int | None]  # first and last cycle, None for the end
BEFORE, BEHIND = 1_000, 100  # cycles around an operator
CYCLES = re.compile(r"([0-9]{1,18}):([0-9]{1,18})")


def window(options: Options, build: Path) -> Window | None:
    """What ``options.waves`` asks for; an operator's cycles are those of the same run without waveforms in ``build``.

    UserError if it is none of 1, FIRST:LAST and the name of an operator, or that run is not there.
    """
    text = options.waves
    if not text:
        return None
    if text == "1":
        return (0, None)
    cycles = CYCLES.fullmatch(text)
    if cycles is not None and int(cycles[1]) < int(cycles[2]):
        return int(cycles[1]), int(cycles[2])
    expected = "expected 1, FIRST:LAST in cycles (FIRST below LAST), or an operator's name"
    if re.fullmatch(r"[-+0-9:.]*", text):
        raise UserError(f"WAVES={text}: {expected}")
    plain = replace(options, waves="")
    operators = _operators(plain, build / plain.run_name / "result.json")
    if not operators:
        raise UserError(f"WAVES={text}: {expected}, which needs a run without WAVES before: do `{plain.command}` first")
    found = [operator for operator in operators if operator.name == text]
    if not found:
        names = ", ".join(operator.name for operator in operators[:8])
        raise UserError(f"WAVES={text}: no such operator has run; the first are {names}; or {expected}")
    return max(0, found[0].start - BEFORE), found[0].end + BEHIND


def _operators(options: Options, path: Path) -> tuple[OperatorResult, ...]:
    """The operators of ``path``, if it is the result of what ``options`` ask for."""
    try:
        result = serial.read(RunResult, path)
    except RecordError:
        return ()
    same = result.configuration == options.configuration and result.seed == options.seed
    return result.operators if same else ()
