# SPDX-License-Identifier: Apache-2.0
"""Memory over time: the bytes of L1 and L2 that hold something, from the live ranges of the schedule's buffers."""

from collections.abc import Sequence

from traindeploy.records.program import Level
from traindeploy.records.schedule import BufferDescription, ScheduleDescription
from traindeploy.report.figures.measured import Measured


def live_bytes(buffers: Sequence[BufferDescription], level: Level, slots: int) -> list[int]:
    """Bytes of ``level`` in use in each of ``slots`` slots."""
    change = [0] * (slots + 1)
    for buffer in buffers:
        if buffer.level == level and buffer.first >= 0:
            change[min(buffer.first, slots)] += buffer.bytes
            change[min(buffer.last + 1, slots)] -= buffer.bytes
    bytes_, now = [], 0
    for slot in range(slots):
        now += change[slot]
        bytes_.append(now)
    return bytes_


def over_time(schedule: ScheduleDescription, measured: Measured, level: Level) -> list[tuple[int, int]]:
    """(cycle, bytes in use from then on) of ``level``, where it changes; the last is the end of the last slot."""
    live = live_bytes(schedule.buffers, level, len(schedule.slots))
    points = [(0, 0)]
    for slot in measured.slots:
        if live[slot.number] != points[-1][1]:
            points.append((slot.begin, live[slot.number]))
    if measured.slots:
        points.append((measured.slots[-1].end, 0))
    return points
