# SPDX-License-Identifier: Apache-2.0
"""The case record: anything that was verified, with what it was verified on, the verdict, and how to repeat it."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Annotated, ClassVar

from traindeploy.records import serial
from traindeploy.records.provenance import Provenance
from traindeploy.records.serial import VOLATILE
from traindeploy.records.verdict import Verified

REPORTS = "TRAINDEPLOY_REPORTS"  # in the environment of a regression's job: the folder for its case records
Scalar = str | int | float | bool


class Kind(Enum):
    """What was verified; the test plan (tb/plan.py) says the same of what will be."""

    RUN = "run"  # training steps on the whole platform
    PROGRAM = "program"  # a program on the whole platform that trains nothing
    KERNEL = "kernel"  # one operator alone
    BLOCK = "block"  # a block of the RTL on its bench
    BENCH = "bench"  # the bench itself: that it can fail, and how it ends
    MUTANT = "mutant"  # a deliberate defect: passed if some check noticed it
    COVERAGE = "coverage"  # a measurement of coverage
    NETLIST = "netlist"  # what a synthesis tool sees
    BENCHMARK = "benchmark"  # a measurement of speed


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """A file that belongs to the record; ``path`` is relative to the record's folder."""

    path: PurePosixPath
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class CaseRecord(Verified):
    """One verified case: test, seed and configuration lead to the verdict, and ``command`` leads there again."""

    VERSION: ClassVar[int] = 1

    kind: Kind
    test: Annotated[str, "name of the test, as the test plan has it"]
    seed: int = 0
    configuration: Annotated[Mapping[str, Scalar], "everything else that the case depends on"] = field(
        default_factory=dict
    )
    note: Annotated[str, "what else is worth saying, in one line"] = ""
    figures: Annotated[Mapping[str, float], "what a benchmark measured, by name with unit", VOLATILE] = field(
        default_factory=dict
    )
    seconds: Annotated[float, "wall time", VOLATILE] = 0.0
    artefacts: Annotated[tuple[Artefact, ...], "files that are the same each time"] = ()
    logs: Annotated[tuple[Artefact, ...], "files that differ each time: logs, waveforms", VOLATILE] = ()
    command: Annotated[str, "the command line that repeats it"]
    provenance: Provenance


def artefacts(folder: Path, names: Iterable[str]) -> tuple[Artefact, ...]:
    """Those of the files ``names`` (relative to ``folder``) that exist, with their digests."""
    found = []
    for name in names:
        path = folder / name
        if path.is_file():
            with open(path, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            found.append(Artefact(path=PurePosixPath(name), bytes=path.stat().st_size, sha256=digest))
    return tuple(found)


def append(record: CaseRecord, path: Path) -> None:
    """Add ``record`` to the cases in ``path``, one a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write(serial.line(record) + "\n")


def leave(record: CaseRecord, folder: str) -> None:
    """Add ``record`` to what a regression's job leaves in ``folder`` (the value of ``REPORTS``, empty: nothing).

    What a record of a more special kind has beyond a case's stays in its own file.
    """
    if folder:
        plain = CaseRecord(**{one.name: getattr(record, one.name) for one in fields(CaseRecord)})
        append(plain, Path(folder) / f"records-{os.getpid()}.jsonl")


def read_all(path: Path) -> list[CaseRecord]:
    """The cases in ``path``; RecordError names the line that holds none."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [serial.parse(CaseRecord, line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line]
