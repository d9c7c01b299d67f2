# SPDX-License-Identifier: Apache-2.0
"""Everything that the records say about one operator, for its part of the page and for ``traindeploy explain``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from traindeploy.records.bench import Mismatch, OperatorResult
from traindeploy.records.program import OperatorDescription
from traindeploy.records.schedule import (
    BufferDescription,
    OperatorDetail,
    ScheduleDescription,
    TransferDescription,
    WorkDescription,
)
from traindeploy.report.figures import stalls as counted
from traindeploy.report.figures.cycles import OWNERS, Owner, by_operator
from traindeploy.report.figures.measured import Item, Lane, Measured
from traindeploy.report.run_files import RunFiles


@dataclass(frozen=True)
class Tile:
    """A kernel call or job in ``slot``; ``cycles`` as measured in the first training step, None if it was not."""

    slot: int
    lane: Lane
    work: WorkDescription
    begin: int | None = None
    cycles: int | None = None


@dataclass(frozen=True)
class Move:
    """A transfer in ``slot``, measured as ``Tile``."""

    slot: int
    lane: Lane
    transfer: TransferDescription
    begin: int | None = None
    cycles: int | None = None


@dataclass(frozen=True)
class View:
    """One operator of a run. Cycles are those of all training steps, tiles and moves those of one."""

    description: OperatorDescription
    detail: OperatorDetail | None
    results: tuple[OperatorResult, ...]
    mismatches: tuple[Mismatch, ...]
    producers: tuple[OperatorDescription, ...]
    consumers: tuple[OperatorDescription, ...]
    tiles: tuple[Tile, ...] = ()
    moves: tuple[Move, ...] = ()
    buffers: tuple[BufferDescription, ...] = ()
    slots: tuple[int, int] | None = None  # from its first tile to its report
    exclusive: Mapping[Owner, int] = field(default_factory=dict)
    critical: Mapping[Owner, int] = field(default_factory=dict)
    measured_cycles: int = 0  # of its tiles, in all training steps
    stalls: counted.CoreShare | None = None
    accuracy: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.description.name

    @property
    def span(self) -> int:
        """Cycles from first call to completion: operators overlap."""
        return sum(result.cycles for result in self.results)

    @property
    def model_cycles(self) -> int:
        """What the cost model says of its tiles in a training step."""
        return sum(tile.work.cycles for tile in self.tiles)

    @property
    def tile_cycles(self) -> int:
        """What its tiles took in the first training step."""
        return sum(tile.cycles or 0 for tile in self.tiles)

    def moved(self, lane: Lane) -> int:
        """Bytes that ``lane`` moves for it in a training step."""
        return sum(move.transfer.bytes for move in self.moves if move.lane == lane)

    @property
    def worst(self) -> tuple[str, float] | None:
        """The output with the largest error over its bound, and that."""
        return max(self.accuracy.items(), key=lambda item: item[1], default=None)


def views(run: RunFiles) -> list[View]:
    """All operators, in mailbox order; empty without a program description."""
    if run.program is None:
        return []
    index = _Index(run)
    return [index.view(description) for description in run.program.operators]


class _Index:
    """What is looked up by operator, gathered once."""

    def __init__(self, run: RunFiles) -> None:
        assert run.program is not None
        self.run, self.program = run, run.program
        self.exclusive, self.critical = by_operator(run.exclusive), by_operator(run.critical)
        self.stalls = {} if run.measured is None else counted.by_operator(run.measured)
        self.worked: dict[int, int] = {}
        for item in run.measured.all_items if run.measured is not None else ():
            if item.lane in ("redmule", "cores"):
                self.worked[item.operator] = self.worked.get(item.operator, 0) + item.cycles
        self.tiles: dict[int, list[Tile]] = {}
        self.moves: dict[int, list[Move]] = {}
        self.reported: dict[int, int] = {}
        if run.schedule is not None:
            self._read_schedule(run.schedule, run.measured)

    def _read_schedule(self, schedule: ScheduleDescription, measured: Measured | None) -> None:
        times = _first_step(measured)
        place: dict[Lane, int] = {"redmule": 0, "cores": 0, "dma": 0, "hyperbus": 0}

        def measure(lane: Lane) -> tuple[int | None, int | None]:
            known, number = times.get(lane, ()), place[lane]
            place[lane] += 1
            return (known[number].begin, known[number].cycles) if number < len(known) else (None, None)

        for number, slot in enumerate(schedule.slots):
            works: tuple[tuple[Lane, Sequence[WorkDescription]], ...] = (("redmule", slot.jobs), ("cores", slot.calls))
            for lane, work in ((lane, work) for lane, entries in works for work in entries):
                self.tiles.setdefault(work.operator, []).append(Tile(number, lane, work, *measure(lane)))
            moves: tuple[tuple[Lane, Sequence[TransferDescription]], ...] = (
                ("dma", slot.dma),
                ("hyperbus", slot.hyper),
            )
            for lane, move in ((lane, move) for lane, entries in moves for move in entries):
                self.moves.setdefault(move.operator, []).append(Move(number, lane, move, *measure(lane)))
            self.reported.update(dict.fromkeys(slot.reports, number))

    def view(self, description: OperatorDescription) -> View:
        run, index = self.run, description.index
        tiles, schedule = self.tiles.get(index, []), run.schedule
        numbers = sorted({number for tile in tiles for number in (*tile.work.reads, *tile.work.writes)})
        nothing: dict[Owner, int] = dict.fromkeys(OWNERS, 0)
        results = tuple(op for op in run.result.operators if op.index == index)
        return View(
            description=description,
            detail=schedule.operators[index] if schedule is not None and index < len(schedule.operators) else None,
            results=results,
            mismatches=tuple(m for m in run.result.mismatches if m.operator == description.name),
            producers=tuple(self.program.operators[i] for i in description.reads),
            consumers=tuple(op for op in self.program.operators if index in op.reads),
            tiles=tuple(tiles),
            moves=tuple(self.moves.get(index, [])),
            buffers=tuple(schedule.buffers[n] for n in numbers) if schedule is not None else (),
            slots=(tiles[0].slot, self.reported.get(index, tiles[-1].slot)) if tiles else None,
            exclusive=self.exclusive.get(index, nothing),
            critical=self.critical.get(index, nothing),
            measured_cycles=self.worked.get(index, 0),
            stalls=self.stalls.get(index),
            accuracy={
                o.tensor: run.result.accuracy[o.tensor] for o in description.outputs if o.tensor in run.result.accuracy
            },
        )


def _first_step(measured: Measured | None) -> dict[Lane, list[Item]]:
    if measured is None:
        return {}
    return {lane: [item for item in items if item.step == 0] for lane, items in measured.items.items()}
