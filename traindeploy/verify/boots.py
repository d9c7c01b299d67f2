# SPDX-License-Identifier: Apache-2.0
"""Cases on the simulator: those of one boot in one program; a case that ends it is named, and the others go on."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tb.build.simulator import Build, build_platform
from tb.env.kernel.settings import EMPTY, FOUND
from tb.run import KERNEL, simulate
from traindeploy.codegen.firmware import FIRMWARE
from traindeploy.platform import CONFIGS
from traindeploy.records.arrays import read_arrays
from traindeploy.records.bench import BenchRecord, CoreCounters, RedmuleCounters
from traindeploy.records.progress import Event
from traindeploy.records.verdict import Verdict
from traindeploy.verify import model
from traindeploy.verify.plan import Boot
from traindeploy.verify.program import Loaded, write

SLACK = 20  # the watchdog bites at this many times the modelled cycles
REBOOTS = 3  # of a kernel that ends programs, before the rest is given up
SLOWEST_HZ = 2_000
CORE_COUNTERS = len(CoreCounters.__annotations__)
REDMULE_COUNTERS = len(RedmuleCounters.__annotations__)


@dataclass
class Outcome:
    """Of one case: the words of its window (None: as expected), what else went wrong, cycles, counters."""

    window: np.ndarray | None = None
    failure: str = ""
    verdict: Verdict = Verdict.PASSED
    cycles: int = 0
    stalls: CoreCounters | None = None
    redmule: RedmuleCounters | None = None


@dataclass
class Ran:
    """All cases of a boot in order, the cycles of an empty call, and what it took."""

    outcomes: list[Outcome] = field(default_factory=list)
    overhead: int = 0
    cycles: int = 0
    seconds: float = 0.0
    writing: float = 0.0


def run(
    folder: Path, boot: Boot, loaded: Sequence[Loaded], *, firmware: Path = FIRMWARE,
    progress: Callable[[Event], None] | None = None, build: Build | None = None,
) -> Ran:  # fmt: skip
    """Run the cases in ``folder``. UserError if a tool is missing or the firmware does not build.

    ``firmware`` is the folder of the kernels' sources, ``build`` a simulator to use instead of the boot's own.
    """
    config = CONFIGS[boot.configuration]
    build = build or build_platform(config, delays=boot.delays, progress=progress)
    ran, left = Ran(), list(loaded)
    for _ in range(REBOOTS):
        begun = time.process_time()
        write(folder, left, firmware)
        ran.writing += time.process_time() - begun
        modelled = sum(model.cycles(each.call, config, each.cores or 1) for each in left)
        moved = sum(4 * each.window.before.size for each in left)
        most = 1_000_000 + SLACK * (modelled + moved + 1_000 * len(left))
        record = simulate(
            folder, config, max_cycles=most, max_seconds=300 + most / SLOWEST_HZ, build=build, bench=KERNEL,
            progress=progress, plusargs=("+verilator+seed+1",) if boot.delays else (),
        )  # fmt: skip
        ran.cycles += record.cycles
        ran.seconds += record.cpu_seconds
        outcomes, overhead = _outcomes(folder, record, len(left))
        ran.overhead = overhead or ran.overhead
        ran.outcomes += outcomes
        left = left[len(outcomes) :]
        if not left:
            return ran
    reason = f"not run: the cases before it ended {REBOOTS} programs"
    ran.outcomes += [Outcome(failure=reason, verdict=Verdict.ERROR) for _ in left]
    return ran


def _outcomes(folder: Path, record: BenchRecord, count: int) -> tuple[list[Outcome], int]:
    """Of all cases up to the one that ended the program (inclusive), and the cycles of an empty call."""
    path = folder / FOUND
    if not path.exists():
        return [Outcome(failure=record.failure or "no result", verdict=Verdict.ERROR)], 0
    found = read_arrays(path)
    path.unlink()
    span, counted = found["span"], found["counters"]
    overhead = int(span[0, 1] - span[0, 0]) if span[0, 1] >= 0 else 0
    first, words = found["wrong_first"], found["wrong_words"]
    windows = {int(n): words[first[i] : first[i + 1]] for i, n in enumerate(found["wrong"])}
    stray = {int(number): (int(address), int(word)) for number, address, word in found["stray"][::-1]}
    outcomes = []
    for number in range(EMPTY, EMPTY + count):
        if span[number, 1] < 0:
            verdict = Verdict.FAILED if record.verdict is Verdict.FAILED else Verdict.ERROR
            failure = record.failure or "the program ended before this case"
            outcomes.append(Outcome(failure=failure, verdict=verdict))
            return outcomes, overhead
        outcome = Outcome(window=windows.get(number), cycles=max(0, int(span[number, 1] - span[number, 0]) - overhead))
        spent = [int(n) for n in (counted[number, 1] - counted[number, 0]) % (1 << 32)]
        cores, engine = spent[:-REDMULE_COUNTERS], spent[-REDMULE_COUNTERS:]
        outcome.stalls = CoreCounters(*(sum(cores[i::CORE_COUNTERS]) for i in range(CORE_COUNTERS)))
        outcome.redmule = RedmuleCounters(*engine)
        if number in stray:
            address, word = stray[number]
            outcome.failure = f"wrote {word:#010x} to {address:#010x} in L1, which is not its own"
            outcome.verdict = Verdict.FAILED
        outcomes.append(outcome)
    if record.verdict is Verdict.ERROR and outcomes:  # an assertion or a fault that no case ends with
        outcomes[-1] = Outcome(failure=record.failure, verdict=Verdict.ERROR)
    return outcomes, overhead
