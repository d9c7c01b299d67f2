# SPDX-License-Identifier: Apache-2.0
"""Buffers of a schedule -> addresses in L1 and L2."""

from collections.abc import Sequence
from dataclasses import dataclass

from traindeploy.ir.program import Buffer, Level
from traindeploy.memory import packing
from traindeploy.platform import L2_ARENA, TCDM_ARENA
from traindeploy.platform.address_map import Region

ARENAS: dict[Level, Region] = {"L1": TCDM_ARENA, "L2": L2_ARENA}
ALIGNMENT = 64  # bytes


@dataclass(frozen=True)
class Crowd:
    """Slots ``first`` to ``last``, in which up to ``nbytes`` are alive at once."""

    first: int
    last: int
    nbytes: int


@dataclass(frozen=True)
class Misfit:
    """No placement was found in ``level`` for all that is alive in the ``crowds``; the text says how much is alive at
    once, and what takes most of it.
    """

    level: Level
    crowds: list[Crowd]
    text: str

    def __str__(self) -> str:
        return self.text


def place(buffers: Sequence[Buffer]) -> dict[str, int] | Misfit:
    """Give every buffer that is used its address; the highest byte used in each level, or the first misfit."""
    peak: dict[str, int] = {}
    for level, arena in ARENAS.items():
        used = [buffer for buffer in buffers if buffer.level == level and buffer.first >= 0]
        rectangles = [packing.Rectangle(b.name, b.nbytes, b.first, b.last) for b in used]
        found = packing.pack(rectangles, arena.size, ALIGNMENT)
        if not found.fits:
            return _misfit(level, used, rectangles, found.beyond)
        for buffer, address in zip(used, found.addresses, strict=True):
            buffer.address = arena.base + address
        peak[level] = packing.used(rectangles, found.addresses)
    return peak


def _misfit(level: Level, buffers: Sequence[Buffer], rectangles: list[packing.Rectangle], beyond: set[int]) -> Misfit:
    largest = max(buffers, key=lambda buffer: buffer.nbytes)
    return Misfit(
        level,
        [_crowd(rectangles, rectangles[i]) for i in sorted(beyond)],
        f"{level}: no placement found: {packing.peak(rectangles)} bytes are alive at once, {ARENAS[level].size} are "
        f"available; the largest buffer is {largest.name!r} ({largest.nbytes} bytes)",
    )


def _crowd(rectangles: Sequence[packing.Rectangle], one: packing.Rectangle) -> Crowd:
    """What lives beside ``one``, in its slots."""
    beside = [r for r in rectangles if r.meets(one)]
    within = [packing.Rectangle(r.name, r.nbytes, max(r.first, one.first), min(r.last, one.last)) for r in beside]
    return Crowd(one.first, one.last, packing.peak(within))
