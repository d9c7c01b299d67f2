# SPDX-License-Identifier: Apache-2.0
"""``trace.json``: the run in the trace-event format, which ui.perfetto.dev and chrome://tracing open.

A microsecond of the trace is a clock cycle of the run. Tracks are those of the report's timeline, with the operators of
each engine from first call to completion, the training steps, and the bytes of L1 and L2 in use.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from traindeploy.records.bench import OperatorResult
from traindeploy.records.names import printable
from traindeploy.records.program import Level
from traindeploy.report.figures import memory
from traindeploy.report.figures.cycles import Segment
from traindeploy.report.figures.measured import LANES
from traindeploy.report.run_files import RunFiles
from traindeploy.report.text import LANE_NAMES, OWNER_NAMES

ENGINES, OPERATORS, PATH = 1, 2, 3  # "processes" of the trace: what groups its tracks
LEVELS: tuple[Level, ...] = ("L1", "L2")

TraceEvent = dict[str, Any]


def document(run: RunFiles) -> dict[str, Any]:
    """The trace as JSON's types."""
    result = run.result
    events = [*_named(), *_operators(result.operators)]
    events += [_complete(ENGINES, 0, f"step {s.step}", s.start, s.end - s.start, "step", {}) for s in result.step_spans]
    if run.measured is not None and run.schedule is not None:
        names = {op.index: op.name for op in run.program.operators} if run.program is not None else {}
        for track, lane in enumerate(LANES, 1):
            for item in run.measured.items[lane]:
                told = {
                    "operator": printable(names.get(item.operator, "")),
                    "slot": item.slot,
                    "committed": item.committed,
                }
                told |= {"bytes": item.bytes} if item.bytes else {}
                events.append(_complete(ENGINES, track, item.label, item.begin, item.cycles, lane, told))
        events += _path(run.critical, names)
        for level in LEVELS:
            for cycle, size in memory.over_time(run.schedule, run.measured, level):
                events.append(
                    {"ph": "C", "pid": ENGINES, "name": f"{level} bytes", "ts": cycle, "args": {"bytes": size}}
                )
    return {
        "traceEvents": events,
        "displayTimeUnit": "ns",
        "otherData": {
            "unit": "1 us of the trace is 1 clock cycle",
            "command": printable(result.command),
            "commit": result.provenance.commit,
        },
    }


def write(run: RunFiles, path: Path) -> None:
    """Write the trace: whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(json.dumps(document(run), separators=(",", ":"), allow_nan=False), encoding="utf-8")
    partial.replace(path)


def _named() -> Iterator[TraceEvent]:
    groups = {ENGINES: "chip", OPERATORS: "operators, from first call to completion", PATH: "critical path"}
    for group, name in groups.items():
        yield {"ph": "M", "pid": group, "name": "process_name", "args": {"name": name}}
        yield {"ph": "M", "pid": group, "name": "process_sort_index", "args": {"sort_index": group}}
    for track, name in enumerate(("training steps", *LANE_NAMES.values())):
        yield {"ph": "M", "pid": ENGINES, "tid": track, "name": "thread_name", "args": {"name": name}}
    yield {"ph": "M", "pid": PATH, "tid": 0, "name": "thread_name", "args": {"name": "what the run waits for"}}


def _operators(operators: Sequence[OperatorResult]) -> Iterator[TraceEvent]:
    """Overlapping ones on tracks of their own, as few as do."""
    free: list[int] = []  # by track: when it is free
    for op in sorted(operators, key=lambda op: op.start):
        track = next((n for n, end in enumerate(free) if end <= op.start), len(free))
        if track == len(free):
            free.append(0)
        free[track] = op.end
        told = {
            "kind": op.kind,
            "engine": op.engine,
            "phase": op.phase,
            "step": op.step,
            "flop": op.flop,
            "ulp": op.max_ulp,
        }
        yield _complete(OPERATORS, track, op.name, op.start, op.cycles, op.phase, told)


def _path(segments: Iterable[Segment], names: dict[int, str]) -> Iterator[TraceEvent]:
    for segment in segments:
        name = names.get(segment.operator, OWNER_NAMES[segment.owner])
        yield _complete(PATH, 0, name, segment.begin, segment.cycles, segment.owner, {"on": OWNER_NAMES[segment.owner]})


def _complete(
    group: int, track: int, name: str, begin: int, cycles: int, kind: str, told: dict[str, Any]
) -> TraceEvent:
    """An event that begins and ends."""
    return {
        "ph": "X",
        "pid": group,
        "tid": track,
        "name": printable(name),
        "cat": kind,
        "ts": begin,
        "dur": cycles,
        "args": told,
    }
