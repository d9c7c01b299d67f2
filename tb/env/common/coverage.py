# SPDX-License-Identifier: Apache-2.0
"""Functional coverage of a block bench: stated bins, hit by the stimulus, and a verdict at the end."""

import json
import logging
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from traindeploy.records import serial
from traindeploy.records.verdict import CoveragePoint, functional

FILE = "coverage.json"


def record(points: Iterable[CoveragePoint]) -> None:
    """Write the coverage points of this test, for its case record."""
    Path(FILE).write_text(json.dumps([serial.plain(point) for point in points]))


def read(folder: Path) -> tuple[CoveragePoint, ...]:
    """What ``record`` wrote in the test that ran in ``folder``; empty if it states no coverage."""
    path = folder / FILE
    stated = json.loads(path.read_text()) if path.exists() else []
    return tuple(serial.decode(CoveragePoint, point, str(path)) for point in stated)


def names(*parts: tuple[str, ...]) -> list[str]:
    """Names of the bits of a bench's packed array of bins, the last index counting fastest."""
    return [", ".join(name) for name in product(*parts)]


def _nothing(_point: str, _name: str) -> bool:
    return False


def open_bins(
    dut: Any, bins: Mapping[str, Sequence[str]], unreachable: Callable[[str, str], bool] = _nothing
) -> dict[str, list[str]]:
    """Stated bins without a hit since reset, by point; empty when closed.

    ``bins`` names the bits of the bench's output ``<point>_o``, lowest first; one that ``unreachable`` holds for is not
    stated, and a hit of it is an error of the bench.
    """
    found = {}
    for point, stated in bins.items():
        bits = int(dut[f"{point}_o"].value)
        strange = [name for n, name in enumerate(stated) if bits >> n & 1 and unreachable(point, name)]
        assert not strange, (point, strange)
        found[point] = [name for n, name in enumerate(stated) if not bits >> n & 1 and not unreachable(point, name)]
    return {point: still for point, still in found.items() if still}


def points(
    dut: Any, bins: Mapping[str, Sequence[str]], unreachable: Callable[[str, str], bool] = _nothing
) -> list[CoveragePoint]:
    """The points of ``open_bins`` with what was hit since reset; the bench tells whether, not how often."""
    missing = open_bins(dut, bins, unreachable)
    found = []
    for point, names in bins.items():
        stated = [name for name in names if not unreachable(point, name)]
        holes = missing.get(point, [])
        found.append(CoveragePoint(name=point, stated=len(stated), hit=len(stated) - len(holes), holes=tuple(holes)))
    return found


class Coverage:
    """Named points, each with the bins that must be hit; a hit outside the stated bins is an error of the bench."""

    def __init__(self, **points: Iterable[Hashable]) -> None:
        self._hits = {name: dict.fromkeys(bins, 0) for name, bins in points.items()}

    def hit(self, **values: Hashable) -> None:
        """Count one stimulus at each of the named points."""
        for name, value in values.items():
            if value not in self._hits[name]:
                raise KeyError(f"coverage point {name} has no bin {value!r}")
            self._hits[name][value] += 1

    def missing(self) -> dict[str, list[Hashable]]:
        """The bins without a hit, by point; empty when closed."""
        open_bins = {name: [b for b, hits in bins.items() if hits == 0] for name, bins in self._hits.items()}
        return {name: bins for name, bins in open_bins.items() if bins}

    def points(self) -> list[CoveragePoint]:
        """All points with the hits of their bins."""
        return [functional(name, {_text(b): n for b, n in bins.items()}) for name, bins in self._hits.items()]

    def close(self, log: logging.Logger) -> None:
        """Record and log the coverage; AssertionError names the bins that are open."""
        log.info(self.summary())
        record(self.points())
        assert not self.missing(), self.missing()

    def summary(self) -> str:
        """One line: bins hit of bins stated, by point."""
        parts = (f"{name} {sum(h > 0 for h in bins.values())}/{len(bins)}" for name, bins in self._hits.items())
        return "coverage: " + ", ".join(parts)


def _text(value: Hashable) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
