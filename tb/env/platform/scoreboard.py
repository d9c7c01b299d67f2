# SPDX-License-Identifier: Apache-2.0
"""Did the platform do what the schedule says: each transfer and job, with its addresses and size, in that order?

The reference is ``schedule.json``, the observations are the RTL's registers at each commit. Between them lie code
generation, the firmware and the bus: an item that is missing, doubled, or reaches beyond its bytes is named, also where
no compared tensor shows it.
"""

from collections.abc import Sequence

from pyuvm import ConfigDB, uvm_scoreboard

from tb.env.common.analysis import AnalysisImp
from tb.env.platform.items import LANES, BarrierPassed, Lane, Work
from traindeploy.records.schedule import ScheduleDescription, TransferDescription, WorkDescription, in_steps

SHOWN = 3  # complaints a lane
EXTRA_BARRIERS = 2  # of start-up and of the end


def planned(schedule: ScheduleDescription, lane: Lane) -> list[TransferDescription | WorkDescription]:
    """What the schedule has an engine do in one training step, in order."""
    if lane == "redmule":
        return [job for slot in schedule.slots for job in slot.jobs]
    return [each for slot in schedule.slots for each in (slot.dma if lane == "dma" else slot.hyper)]


def expected_words(plan: TransferDescription | WorkDescription, step: int) -> tuple[int, ...]:
    """The words of a commit (records/timeline.py) in training step ``step``.

    >>> load = TransferDescription(label="x", source=64, destination=0x1C00_0000, bytes=8, store=False, step_stride=32)
    >>> expected_words(load, step=2)
    (128, 469762048, 8)
    """
    if isinstance(plan, WorkDescription):
        return plan.job
    moved = plan.step_stride * step
    source, destination = (0, moved) if plan.store else (moved, 0)
    return (plan.source + source, plan.destination + destination, plan.bytes)


def compare(
    lane: Lane, plan: Sequence[TransferDescription | WorkDescription], steps: int, seen: Sequence[Work], ended: bool
) -> list[str]:
    """What is wrong with ``seen``, in words; of a run that did not end the items until then are judged."""
    complaints = []
    due_items = list(in_steps(plan, steps))
    if len(seen) > len(due_items) or (ended and len(seen) < len(due_items)):
        complaints.append(f"{lane}: {len(seen)} were done, the schedule has {len(due_items)}")
    for work in seen:
        if work.number >= len(due_items):
            break
        step, index = due_items[work.number]
        if (due := expected_words(plan[index], step)) != work.seen.words:
            complaints.append(
                f"{lane}, step {step}, {index} ({plan[index].label}): committed {_hex(work.seen.words)} at cycle "
                f"{work.seen.committed}, the schedule has {_hex(due)}"
            )
    return complaints


def _hex(words: Sequence[int]) -> str:
    return " ".join(f"{word:#x}" for word in words)


class ScheduleScoreboard(uvm_scoreboard):
    """Collects what the agents see; ``complaints`` are there after the check phase. Without a schedule: none."""

    def build_phase(self) -> None:
        self.works = AnalysisImp("works", self, self.take_work)
        self.barriers = AnalysisImp("barriers", self, self.take_barrier)
        self.seen: dict[Lane, list[Work]] = {lane: [] for lane in LANES}
        self.passed = 0
        self.complaints: list[str] = []
        self.schedule: ScheduleDescription | None = ConfigDB().get(self, "", "SCHEDULE")
        self.steps: int = ConfigDB().get(self, "", "STEPS")
        self.ended = ConfigDB().get(self, "", "ENDED")

    def take_work(self, item: Work) -> None:
        self.seen[item.lane].append(item)

    def take_barrier(self, item: BarrierPassed) -> None:
        self.passed = item.number + 1

    def check_phase(self) -> None:
        if self.schedule is None:
            return
        ended = self.ended()
        for lane in LANES:
            found = compare(lane, planned(self.schedule, lane), self.steps, self.seen[lane], ended)
            self.complaints += found[:SHOWN]
        due = len(self.schedule.slots) * self.steps + EXTRA_BARRIERS
        if self.passed > due or (ended and self.passed < due):
            self.complaints.append(f"cores: {self.passed} barriers were passed, the schedule has {due}")

    def report_phase(self) -> None:
        done = ", ".join(f"{len(works)} of {lane}" for lane, works in self.seen.items())
        self.logger.info(f"seen: {done}, {self.passed} barriers; {len(self.complaints)} complaints")
