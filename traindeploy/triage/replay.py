# SPDX-License-Identifier: Apache-2.0
"""The run once more, to the mismatch only: what the memories held when the slots of a chain began and ended."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tb.build.simulator import Build
from tb.env.network.settings import Watch
from tb.env.network.watch import AT_CYCLE, AT_END, FOLDER, RECORD, SAMPLES
from tb.run import simulate
from traindeploy.ir.program import Program
from traindeploy.platform import HardwareConfig
from traindeploy.records import serial
from traindeploy.records.arrays import read_arrays
from traindeploy.records.bench import BenchRecord, Mismatch
from traindeploy.records.watch import Watched
from traindeploy.triage.actions import Action
from traindeploy.triage.state import State

BEHIND = 3_000  # cycles after the comparison: what comes late has come by then
MOST_SLOTS = 96  # of which the memories are kept, 2 MB each
SECONDS = 900.0
INPUTS = ("firmware.elf", "program.json", "schedule.json", "l3.npz", "expected")


@dataclass(frozen=True)
class Simulator:
    """What a run was simulated on; ``build`` None: the cached simulator of ``config``."""

    config: HardwareConfig
    arithmetic: str = "host"
    build: Build | None = None
    disturb_row: int | None = None
    traced: Build | None = None  # the same hardware with tracing, where it is not the cached one either


@dataclass(frozen=True)
class Replay:
    """``states`` by slot, ``final`` at the comparison and a while after it; ``entered``: slot -> cycle."""

    states: dict[int, State]
    final: tuple[State, ...]
    entered: dict[int, int]
    activity: "Activity | None" = None


@dataclass(frozen=True)
class Activity:
    """What the platform did, by change: cycle [n], program counters [n, cores], asleep and busy [n], a bit each."""

    cycle: npt.NDArray[np.int64]
    pc: npt.NDArray[np.uint32]
    asleep: npt.NDArray[np.uint32]
    busy: npt.NDArray[np.uint32]
    start_ps: int
    period_ps: int


def function(slot: int) -> str:
    """The function of the generated C that is slot ``slot``."""
    return f"slot_{slot:04d}"


def window_begin(program: Program, bench: BenchRecord, step: int, slot: int) -> int:
    """A cycle at which slot ``slot`` has not begun yet, and as late as the bench's record shows."""
    begins: dict[int, int] = {}
    seen: set[int] = set()
    results = {operator.index: operator for operator in bench.operators if operator.step == step}
    known = [span.start for span in bench.step_spans if span.step == step]
    for number, each in enumerate(program.slots[:slot]):
        for call in (*each.jobs, *each.calls):
            if call.operator not in seen and call.operator in results:
                begins[number] = results[call.operator].start
            seen.add(call.operator)
        known += [results[index].end for index in each.reports if index in results]
    return max([0, *known, *begins.values()])


@contextmanager
def replay(
    run_dir: Path, program: Program, bench: BenchRecord, culprit: Mismatch, actions: Sequence[Action],
    also: Iterable[int], on: Simulator,
) -> Iterator[Replay]:  # fmt: skip
    """Simulate up to the mismatch, and keep the memories where ``actions`` begin and end and slots of ``also`` begin.

    The files are gone with the context.
    """
    slots = sorted({slot for a in actions for slot in (a.slot, a.slot + 1, a.waited + 1)} | set(also))
    slots = [slot for slot in slots if slot < len(program.slots)][-MOST_SLOTS:]
    with tempfile.TemporaryDirectory(dir=run_dir, prefix=".replay-") as scratch:
        folder = Path(scratch)
        link_inputs(run_dir, folder)
        watch = Watch(
            first=window_begin(program, bench, culprit.step, slots[0]) if slots else culprit.cycle,
            last=culprit.cycle + BEHIND,
            cycle=culprit.cycle,
            keep=tuple(map(function, slots)),
            l3=tuple(_l3(actions)),
        )
        simulate(
            folder, on.config, max_cycles=watch.last + 8, max_seconds=SECONDS, arithmetic=on.arithmetic,
            build=on.build, disturb_row=on.disturb_row, check=False, watch=watch,
        )  # fmt: skip
        yield _read(folder, slots)


def link_inputs(run_dir: Path, folder: Path, names: Iterable[str] = INPUTS) -> None:
    """What a simulation reads of ``run_dir``, in ``folder``."""
    for name in names:
        if (run_dir / name).is_dir():
            shutil.copytree(run_dir / name, folder / name, copy_function=shutil.copy)
        elif (run_dir / name).exists():
            shutil.copy(run_dir / name, folder / name)


def _read(folder: Path, slots: Sequence[int]) -> Replay:
    kept = folder / FOLDER
    states = {
        slot: State.read(kept / f"{function(slot)}.npz") for slot in slots if (kept / f"{function(slot)}.npz").exists()
    }
    final = [State.read(kept / f"{name}.npz") for name in (AT_CYCLE, AT_END) if (kept / f"{name}.npz").exists()]
    record = folder / RECORD
    if not record.exists():
        return Replay(states, tuple(final), {})
    watched = serial.read(Watched, record)
    entered: dict[int, int] = {}
    for entry in watched.entries:
        entered.setdefault(int(entry.function.removeprefix("slot_")), entry.cycle)
    samples = read_arrays(kept / f"{SAMPLES}.npz")
    activity = Activity(**samples, start_ps=watched.start_ps, period_ps=watched.period_ps)
    return Replay(states, tuple(final), entered, activity)


def _l3(actions: Sequence[Action]) -> Iterator[tuple[int, int]]:
    pieces = {
        (piece.address, piece.nbytes)
        for action in actions
        for piece in (*action.reads, *action.writes)
        if piece.level == "L3"
    }
    yield from sorted(pieces)
