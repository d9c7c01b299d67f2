# SPDX-License-Identifier: Apache-2.0
"""From a byte back to what computed it: who wrote each word last, found by walking the schedule over the memories."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from traindeploy.platform import L2, L3, TCDM
from traindeploy.records.program import Level
from traindeploy.triage.actions import WORD, Action, Piece

REGIONS = {"L1": TCDM, "L2": L2, "L3": L3}
NOBODY = -1
LONGEST = 400  # actions of a chain: what one element needs is far less


@dataclass(frozen=True)
class Chain:
    """``actions`` in the order of their start; ``producer`` computed the element, ``carriers`` took it to its place.

    ``given`` are pieces that the producer's operator read and other operators, or the image of L3, have left behind.
    """

    actions: tuple[Action, ...]
    producer: Action | None
    carriers: tuple[Action, ...]


class _Owners:
    """Who wrote each word of the memories last."""

    def __init__(self) -> None:
        self.of = {level: np.full(region.size // WORD, NOBODY, np.int32) for level, region in REGIONS.items()}

    def read(self, piece: Piece) -> set[int]:
        return set(np.unique(self.of[piece.level][self._index(piece)]).tolist()) - {NOBODY}

    def write(self, piece: Piece, number: int) -> None:
        self.of[piece.level][self._index(piece)] = number

    def at(self, level: Level, address: int) -> int:
        return int(self.of[level][(address - REGIONS[level].base) // WORD])

    def _index(self, piece: Piece) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        return (piece.words - REGIONS[piece.level].base) // WORD


def chain(actions: Sequence[Action], level: Level, address: int, slot: int) -> Chain:
    """What led to the word at ``address`` as it was at the end of ``slot``.

    Transfers are followed to where their data came from; jobs and calls to their operands, as long as the same operator
    computes them.
    """
    owners, sources = _Owners(), {}
    for action in actions:
        if action.slot > slot:
            break
        sources[action.number] = set().union(*map(owners.read, action.reads))
        for piece in action.writes:
            owners.write(piece, action.number)
    carriers, number = [], owners.at(level, address)
    while number != NOBODY and actions[number].operator is None:
        carriers.append(actions[number])
        address, level = _came_from(actions[number], level, address)
        number = _writer_before(actions, number, level, address)
    producer = actions[number] if number != NOBODY else None
    found = {carrier.number for carrier in carriers}
    if producer is not None:
        found |= _operands(actions, sources, producer)
    newest = sorted(found)[-LONGEST:]
    return Chain(tuple(actions[number] for number in newest), producer, tuple(reversed(carriers)))


def _operands(actions: Sequence[Action], sources: dict[int, set[int]], producer: Action) -> set[int]:
    """The producer, jobs and calls of its operator that it builds on, and the transfers that brought their operands."""
    found: set[int] = set()
    waiting = [producer.number]
    while waiting and len(found) < 4 * LONGEST:
        number = waiting.pop()
        if number in found:
            continue
        found.add(number)
        waiting += [source for source in sources[number] if actions[source].operator in (None, producer.operator)]
    return found


def _came_from(transfer: Action, level: Level, address: int) -> tuple[int, Level]:
    """Where a transfer took the word from that it wrote to ``address``."""
    (source,), (target,) = transfer.reads, transfer.writes
    position = int(np.flatnonzero(target.words == address)[0])
    return int(source.words[position]), source.level


def _writer_before(actions: Sequence[Action], number: int, level: Level, address: int) -> int:
    """The last of the actions before ``number`` that wrote the word; NOBODY if none did."""
    for action in reversed(actions[:number]):
        if any(_covers(piece, level, address) for piece in action.writes):
            return action.number
    return NOBODY


def _covers(piece: Piece, level: Level, address: int) -> bool:
    near = piece.level == level and piece.address <= address < piece.end
    return near and bool(np.any(piece.words == address))


def overwriters(actions: Iterable[Action], piece: Piece, after: Action, before_slot: int) -> list[Action]:
    """Those that write to words of ``piece`` after ``after`` was begun and before slot ``before_slot``."""
    words = piece.words
    return [
        action
        for action in actions
        if after.number < action.number
        and action.slot < before_slot
        and any(other.level == piece.level and np.isin(words, other.words).any() for other in action.writes)
    ]
