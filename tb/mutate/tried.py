# SPDX-License-Identifier: Apache-2.0
"""What is known of a mutant for good: docs/results/mutants.txt, a line each, which a fresh clone has, too.

A campaign in a clone adds to it and replaces what it asked again; it never stands for the whole by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast, get_args

from tb.mutate.judged import Place
from traindeploy.platform.paths import ROOT
from traindeploy.records.case import CaseRecord
from traindeploy.records.verdict import Verdict

LIST = ROOT / "docs/results/mutants.txt"
State = Literal["noticed", "judged", "survive", "stillborn"]
HEADS = ("state", "area", "date", "commit", "mutant", "line", "change", "noticed by, or why it lives")


@dataclass(frozen=True)
class Tried:
    """A mutant with its result. ``by``: the test that noticed it, or why it may live. ``commit``, ``date``: of then."""

    state: State
    area: str
    date: str
    commit: str
    name: str
    place: Place
    by: str

    @property
    def where(self) -> str:
        """File and line, as they were when it was tried."""
        return self.name.split(" ", 1)[0]

    @property
    def line(self) -> int:
        """Its line then, from 1 on."""
        return int(self.where.rpartition(":")[2])

    @property
    def start(self) -> int:
        """Its first character in the file then."""
        return int(self.name.rpartition("(")[2].rstrip(")"))


def place_of(record: CaseRecord) -> Place:
    """Where the record's mutant is."""
    return Place(*(str(record.configuration[key]) for key in ("file", "text", "change")))


def state_of(record: CaseRecord, reasons: Mapping[Place, str]) -> State:
    """``survive`` is a hole in the tests; ``judged`` survives with a reason; ``stillborn`` does not build."""
    if record.verdict is Verdict.ERROR:
        return "stillborn"
    if record.verdict is Verdict.PASSED:
        return "noticed"
    return "judged" if place_of(record) in reasons else "survive"


def tried(record: CaseRecord, reasons: Mapping[Place, str]) -> Tried:
    """The record of a campaign in short."""
    state, place = state_of(record, reasons), place_of(record)
    by = {
        "noticed": record.note,
        "stillborn": record.failure,
        "judged": reasons.get(place, ""),
        "survive": record.detail,
    }
    origin = record.provenance
    return Tried(
        state, str(record.configuration["area"]), origin.date[:10], origin.commit[:10] + "+" * origin.dirty,
        record.test, place, by[state],
    )  # fmt: skip


def merged(
    listed: Sequence[Tried], records: Iterable[CaseRecord], reasons: Mapping[Place, str], root: Path = ROOT
) -> list[Tried]:
    """``listed`` with what ``records`` say since, and what they add behind it.

    A record replaces the mutant of its name, or the nearest of its place whose line has moved. What survived is judged
    by ``reasons`` as they are now. Left out is a mutant whose line is gone: it says nothing of today's sources.
    """
    new = [tried(record, reasons) for record in records]
    lines = {file: _lines(root / file) for file in {mutant.place.file for mutant in (*listed, *new)}}
    found = {mutant.name: _judged_now(mutant, reasons) for mutant in listed}
    moved = [mutant for mutant in listed if mutant.place.text not in lines[mutant.place.file][mutant.line - 1 :][:1]]
    for mutant in new:
        same = [old for old in moved if old.place == mutant.place and mutant.name not in found]
        replaced = min(same, key=lambda old: abs(old.line - mutant.line), default=mutant)
        found[replaced.name] = mutant
    return [mutant for mutant in found.values() if mutant.place.text in lines[mutant.place.file]]


def _judged_now(mutant: Tried, reasons: Mapping[Place, str]) -> Tried:
    if mutant.state == "survive" and mutant.place in reasons:
        return replace(mutant, state="judged", by=reasons[mutant.place])
    if mutant.state == "judged":
        by = reasons.get(mutant.place, "")
        return replace(mutant, state="judged" if by else "survive", by=by)
    return mutant


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def write(mutants: Iterable[Tried], path: Path = LIST) -> None:
    """The list, with a line of names first; parts have tabs between."""
    lines: list[tuple[str, ...]] = [HEADS]
    for m in mutants:
        parts = (m.state, m.area, m.date, m.commit, m.name, m.place.text, m.place.change, m.by)
        lines.append(tuple(part.replace("\t", " ").replace("\n", " ") for part in parts))
    path.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")


def read(path: Path = LIST) -> list[Tried]:
    """What ``write`` wrote; nothing if there is no file.

    Raises:
        ValueError: a line is none of a mutant.
    """
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], 2):
        parts = line.split("\t")
        if len(parts) != len(HEADS) or parts[0] not in get_args(State):
            raise ValueError(f"{path.name}:{number}: expected {', '.join(HEADS)} with tabs between")
        state, area, date, commit, name, text, change, by = parts
        place = Place(name.split(":", 1)[0], text, change)
        found.append(Tried(cast(State, state), area, date, commit, name, place, by))
    return found
