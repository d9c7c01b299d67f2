# SPDX-License-Identifier: Apache-2.0
"""Functional coverage of a block bench: stated bins, hit by the stimulus, and a verdict at the end."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import product


def names(*parts: tuple[str, ...]) -> list[str]:
    """Names of the bits of a bench's packed array of bins, the last index counting fastest."""
    return [", ".join(name) for name in product(*parts)]


def _nothing(_point: str, _name: str) -> bool:
    return False


def open_bins(
    dut, bins: Mapping[str, Sequence[str]], unreachable: Callable[[str, str], bool] = _nothing
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

    def summary(self) -> str:
        """One line: bins hit of bins stated, by point."""
        parts = (f"{name} {sum(h > 0 for h in bins.values())}/{len(bins)}" for name, bins in self._hits.items())
        return "coverage: " + ", ".join(parts)
