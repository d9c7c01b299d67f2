# SPDX-License-Identifier: Apache-2.0
"""A model of the event unit, one call a cycle, and random accesses to it."""

import random
from dataclasses import dataclass, field

from tb.env.common.coverage import Coverage
from traindeploy.platform import register_map
from traindeploy.platform.signals import EVENT_BARRIER as BARRIER
from traindeploy.platform.signals import EVENT_DMA as DMA
from traindeploy.platform.signals import EVENT_HYPERBUS as HYPERBUS
from traindeploy.platform.signals import EVENT_REDMULE as REDMULE

CORES = 8
ALL = (1 << CORES) - 1


def coverage_bins() -> Coverage:
    """Each event in each state of its core; barriers by number, size, and how and by how many they are completed.

    Not reachable, and so not stated: a barrier of no core; a core that waits at a barrier and is woken by another event
    (the wait is for the barrier event alone).
    """
    events = [*range(8), DMA, REDMULE, HYPERBUS, BARRIER]
    return Coverage(
        # cleared: the event comes in the cycle in which the same event is cleared; other: the core waits for others.
        event=[(event, state) for event in events for state in ("idle", "awaited", "cleared", "other")],
        wake=["plain load, kept", "plain load, cleared", "asleep, kept", "asleep, cleared"],
        barrier=[(number, size) for number in range(4) for size in range(1, CORES + 1)],
        last_arrival=["TRIGGER", "TRIGGER_WAIT", "TRIGGER_WAIT_CLEAR", "several cores"],
        barriers_at_once=[1, 2],
        woken=range(1, CORES + 1),  # cores answered in a cycle after a wait
        pending=["event there before the wait", "event comes later"],
    )


@dataclass
class Core:
    mask: int = 0
    buffer: int = 0
    response: int | None = None  # data of the response that is due in this cycle
    error: bool = False  # and whether it is one
    waiting: int | None = None  # events that end the wait; -1: those of the mask
    clear: bool = False
    asleep: int = 0  # cycles since the wait began


@dataclass
class Model:
    """The unit as its register map describes it, one call of ``step`` a cycle."""

    cores: list[Core] = field(default_factory=lambda: [Core() for _ in range(CORES)])
    masks: list[int] = field(default_factory=lambda: [ALL] * 4)
    status: list[int] = field(default_factory=lambda: [0] * 4)
    coverage: Coverage = field(default_factory=coverage_bins)

    def completes(self, index: int, name: str) -> bool:
        """Whether core ``index`` is the last one that a barrier waits for, if it makes access ``name`` now."""
        if not name.startswith("BARRIER"):
            return False
        barrier = int(name[7])
        return self.masks[barrier] & ~self.status[barrier] == 1 << index

    def pending(self, core: Core) -> int:
        return 0 if core.waiting is None else core.buffer & (core.mask if core.waiting < 0 else core.waiting)

    def responses(self) -> list[int | None]:
        return [self.pending(c) or c.response for c in self.cores]

    def errors(self) -> int:
        """Cores whose response in this cycle is an error."""
        return sum(1 << i for i, c in enumerate(self.cores) if c.error and c.response is not None)

    def step(self, accesses: dict[int, tuple[str, int | None]], events: list[int]) -> None:
        """``accesses``: core -> (register, value written or None for a read), granted in this cycle."""
        raised = list(events)
        before = [(core.buffer, core.waiting, core.mask) for core in self.cores]
        self._cover_wakes()
        self.masks_before, self.status_before = list(self.masks), list(self.status)
        for index, core in enumerate(self.cores):
            core.response = None
            if hit := self.pending(core):
                core.waiting = None
                if core.clear:
                    core.buffer &= ~hit
            if core.waiting is not None:
                core.asleep += 1
            if index in accesses:
                self._access(index, *accesses[index], raised)
        done = [b for b in range(4) if self.masks_before[b] and not self.masks_before[b] & ~self.status[b]]
        self._cover_barriers(done, accesses)
        for barrier in range(4):
            if self.masks_before[barrier] and not self.masks_before[barrier] & ~self.status[barrier]:
                for index in range(CORES):
                    if self.masks_before[barrier] >> index & 1:
                        raised[index] |= 1 << BARRIER
                self.status[barrier] &= ~self.masks_before[barrier]
        for core, bits, (buffer, waiting, mask) in zip(self.cores, raised, before, strict=True):
            cleared = buffer & ~core.buffer
            awaited = 0 if waiting is None else mask if waiting < 0 else waiting
            for event in (e for e in range(32) if bits >> e & 1):
                state = "idle" if waiting is None else "awaited" if awaited >> event & 1 else "other"
                self.coverage.hit(event=(event, "cleared" if cleared >> event & 1 else state))
            core.buffer |= bits

    def _cover_wakes(self) -> None:
        woken = [core for core in self.cores if self.pending(core)]
        if woken:
            self.coverage.hit(woken=len(woken))
        for core in woken:
            how = "asleep" if core.asleep >= 2 else "plain load"
            self.coverage.hit(wake=f"{how}, {'cleared' if core.clear else 'kept'}")
            self.coverage.hit(pending="event comes later" if core.asleep else "event there before the wait")

    def _cover_barriers(self, done: list[int], accesses: dict[int, tuple[str, int | None]]) -> None:
        if done:
            self.coverage.hit(barriers_at_once=min(len(done), 2))
        for barrier in done:
            self.coverage.hit(barrier=(barrier, self.masks_before[barrier].bit_count()))
            parts = [name[9:] for name, _ in accesses.values() if name.startswith(f"BARRIER{barrier}_TRIGGER")]
            if parts:  # none: the mask has shrunk to those that had arrived
                self.coverage.hit(last_arrival=parts[0] if len(parts) == 1 else "several cores")

    def _access(self, index: int, name: str, value: int | None, raised: list[int]) -> None:
        core = self.cores[index]
        core.response, core.error = 0, refused(name, value)
        if name == "EVT_MASK":
            core.response = core.mask
            core.mask = core.mask if value is None else value
        elif name == "EVT_MASK_SET" and value is not None:
            core.mask |= value
        elif name == "EVT_MASK_CLR" and value is not None:
            core.mask &= ~value
        elif name == "EVT_BUFFER":
            core.response = core.buffer
        elif name == "EVT_BUFFER_MASKED":
            core.response = core.buffer & core.mask
        elif name == "EVT_BUFFER_CLR" and value is not None:
            core.buffer &= ~value
        elif name in ("EVT_WAIT", "EVT_WAIT_CLEAR") and value is None:
            core.response, core.waiting, core.clear, core.asleep = None, -1, name.endswith("CLEAR"), 0
        elif name.startswith("SW_EVENT") and value is not None:
            for other in range(CORES):
                if (value & ALL if value else ALL) >> other & 1:
                    raised[other] |= 1 << int(name[8:])
        elif name.startswith("BARRIER"):
            self._barrier(index, int(name[7]), name[9:], value)

    def _barrier(self, index: int, barrier: int, name: str, value: int | None) -> None:
        core = self.cores[index]
        if name == "MASK":
            core.response = self.masks_before[barrier]
            self.masks[barrier] = self.masks[barrier] if value is None else value & ALL
        elif name == "STATUS":
            core.response = self.status_before[barrier]
        elif name == "TRIGGER" and value is not None:
            self.status[barrier] |= value & ALL if value else 1 << index
        elif name.startswith("TRIGGER_WAIT") and value is None:
            self.status[barrier] |= 1 << index
            core.response, core.waiting, core.clear, core.asleep = None, 1 << BARRIER, name.endswith("CLEAR"), 0


OWN = ["EVT_MASK", "EVT_MASK_SET", "EVT_MASK_CLR", "EVT_BUFFER", "EVT_BUFFER_MASKED", "EVT_BUFFER_CLR", "EVT_WAIT"]
READ_ONLY = {"EVT_BUFFER", "EVT_BUFFER_MASKED", "EVT_WAIT", "EVT_WAIT_CLEAR"}
HOLE = "HOLE"  # with an offset behind it: no register is there
PORT = 1 << 10  # bytes that a core's port addresses
TAKEN = {each.at(i) for each in register_map("event_unit").registers for i in range(each.count)}
HOLES = [offset for offset in range(0, PORT, 4) if offset not in TAKEN]


def is_read_only(name: str) -> bool:
    return name in READ_ONLY or name.endswith("STATUS") or "TRIGGER_WAIT" in name


def refused(name: str, value: int | None) -> bool:
    """Whether the access is answered with an error."""
    return name.startswith(HOLE) or (value is not None and is_read_only(name))


def random_access(rng: random.Random) -> tuple[str, int | None]:
    kind = rng.randrange(10)
    if kind < 4:
        name = rng.choice([*OWN, "EVT_WAIT_CLEAR", "EVT_WAIT_CLEAR"])
    elif kind < 6:
        name = f"SW_EVENT{rng.randrange(8)}"
    else:
        part = rng.choice(["MASK", "STATUS", "TRIGGER", "TRIGGER", "TRIGGER_WAIT", *["TRIGGER_WAIT_CLEAR"] * 3])
        name = f"BARRIER{rng.randrange(4)}_{part}"
    if rng.randrange(20) == 0:
        name = f"{HOLE}{rng.choice(HOLES)}"
    if rng.randrange(10) if is_read_only(name) else rng.randrange(4) == 0:
        return name, None
    value = rng.choice((0, 0xFFFFFFFF, rng.getrandbits(32) & rng.getrandbits(32)))
    if name.endswith("_MASK") and name.startswith("BARRIER"):
        value = sum(1 << core for core in rng.sample(range(CORES), rng.randint(1, CORES)))
    if name == "EVT_BUFFER_CLR" and rng.randrange(2):
        value = 0xFFFFFFFF
    # DMA events stay enabled, so that every wait for an event ends.
    if name in ("EVT_MASK", "EVT_MASK_SET"):
        value |= 1 << DMA
    if name == "EVT_MASK_CLR":
        value &= ~(1 << DMA)
    return name, value
