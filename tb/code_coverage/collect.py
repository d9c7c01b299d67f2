# SPDX-License-Identifier: Apache-2.0
"""Counts of each test, kept while any set of tests runs with code coverage.

The environment variable ``TRAINDEPLOY_COVERAGE`` names a folder and what is counted: ``lines:FOLDER``, ``all:FOLDER``
(toggles too, which makes simulations several times slower) or ``engines:FOLDER`` (all, but only of what computes).
Simulators are then built with coverage, under names and hashes of their own, and each simulation leaves its counts in
the folder under the name of its test.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tb.code_coverage.verilator import Point, read
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT, RTL

VARIABLE = "TRAINDEPLOY_COVERAGE"
SWITCHES = {
    "lines": ("--coverage-line",),
    "all": ("--coverage-line", "--coverage-toggle"),
    "engines": ("--coverage-line", "--coverage-toggle"),
}
CONTROL, OF_ENGINES = (Path(__file__).with_name(name) for name in ("count.vlt", "count_engines.vlt"))
DATA = "coverage.dat"  # in the folder of a simulation


@dataclass(frozen=True)
class Wish:
    """What is counted (a key of ``SWITCHES``), and the folder that the counts go to."""

    counted: str
    folder: Path

    @property
    def arguments(self) -> tuple[str, ...]:
        """Verilator's."""
        return SWITCHES[self.counted]

    @property
    def control(self) -> tuple[Path, ...]:
        """Verilator control files that say what is not counted."""
        return (CONTROL, OF_ENGINES) if self.counted == "engines" else (CONTROL,)

    def text(self) -> str:
        """The variable's value."""
        return f"{self.counted}:{self.folder}"


def wish() -> Wish | None:
    """What the environment asks for; UserError if it cannot be understood."""
    value = os.environ.get(VARIABLE, "")
    if not value:
        return None
    counted, _, folder = value.partition(":")
    if counted not in SWITCHES or not folder:
        raise UserError(f"{VARIABLE}={value}: expected lines, all or engines, a colon and a folder")
    return Wish(counted, Path(folder))


@contextmanager
def counting(wanted: Wish) -> Iterator[None]:
    """Simulators that are built and run within count what is wanted, whatever the environment asks for."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = wanted.text()
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def keep(simulation: Path, module: str) -> None:
    """Move the counts that a simulation has left in its folder to the folder of the wish, if there is one.

    They belong to the test that pytest is running, or to the cocotb ``module``; a test's simulations are added up.
    """
    wanted, data = wish(), simulation / DATA
    if wanted is None or not data.exists():
        return
    test = os.environ.get("PYTEST_CURRENT_TEST", module).rsplit(" (", 1)[0].split("@")[0]
    counts = {point: times for point, times in read(data).items() if point.file.is_relative_to(RTL)}
    data.unlink()
    path = wanted.folder / f"{hashlib.sha256(test.encode()).hexdigest()[:20]}.json.gz"
    if path.exists():
        for point, times in load(path)[1].items():
            counts[point] = counts.get(point, 0) + times
    save(path, test, counts)


def save(path: Path, test: str, counts: Mapping[Point, int]) -> None:
    """Write the counts of ``test``; the file appears whole or not at all."""
    points = [
        [str(p.file.relative_to(ROOT)), p.line, p.column, p.kind, p.name, p.ranges, times]
        for p, times in counts.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(gzip.compress(json.dumps({"test": test, "points": points}).encode(), mtime=0))
    partial.replace(path)


def load(path: Path) -> tuple[str, dict[Point, int]]:
    """Test and counts of a file that ``save`` wrote; UserError if it is none."""
    try:
        stored = json.loads(gzip.decompress(path.read_bytes()))
        points = {Point(ROOT / file, *place): times for file, *place, times in stored["points"]}
        return str(stored["test"]), points
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: no counts of a test ({error}); measure again") from error


def load_all(folder: Path) -> Iterator[tuple[str, dict[Point, int]]]:
    """Each test's counts, by the test's name; UserError if there are none."""
    files = sorted(folder.glob("*.json.gz"))
    if not files:
        raise UserError(f"{folder} holds no counts: run `python -m tb.code_coverage measure` first")
    yield from sorted((load(path) for path in files), key=lambda pair: pair[0])
