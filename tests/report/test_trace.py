# SPDX-License-Identifier: Apache-2.0
"""trace.json is what Perfetto and chrome://tracing read: the trace-event format, with each lane's items in order."""

import itertools
import json
from collections import defaultdict
from pathlib import Path

import pytest

from tests.report.network_run import full_run
from traindeploy.records.run import RunResult
from traindeploy.report import trace
from traindeploy.report.run_files import RunFiles

# What the format asks of an event, by its phase.
REQUIRED = {"X": {"name", "ts", "dur", "pid", "tid"}, "M": {"name", "pid", "args"}, "C": {"name", "ts", "pid", "args"}}


def faults(document: dict) -> list[str]:
    """What is wrong with a trace: a field that an event lacks or of another type, items of a track that cross."""
    found = []
    tracks = defaultdict(list)
    for event in document["traceEvents"]:
        missing = REQUIRED.get(event["ph"], {"a known phase"}) - set(event)
        found += [f"{event}: no {name}" for name in missing]
        numbers = [event[name] for name in ("ts", "dur", "pid", "tid") if name in event]
        found += [f"{event}: {value!r} is no cycle" for value in numbers if type(value) is not int or value < 0]
        if event["ph"] == "X" and not missing:
            tracks[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
    for track, spans in tracks.items():
        ordered = sorted(spans)
        found += [f"track {track}: {b} begins within {a}" for a, b in itertools.pairwise(ordered) if b[0] < a[1]]
    return found


def test_the_trace_is_valid_and_has_every_lane(passed: RunResult, tmp_path: Path) -> None:
    run = full_run(passed)
    trace.write(run, tmp_path / "trace.json")
    document = json.loads((tmp_path / "trace.json").read_text())
    assert faults(document) == []
    names = {
        event["args"]["name"] for event in document["traceEvents"] if event["ph"] == "M" and "name" in event["args"]
    }
    assert {"RedMule", "Cores", "DMA", "HyperBus", "critical path"} <= names
    load = next(e for e in document["traceEvents"] if e["name"] == "load fc")
    assert (load["ts"], load["dur"], load["args"]["operator"], load["args"]["bytes"]) == (370, 90, "fc.1", 1024)
    counted = [
        (e["ts"], e["args"]["bytes"]) for e in document["traceEvents"] if e["ph"] == "C" and e["name"] == "L1 bytes"
    ]
    assert counted == [(0, 0), (360, 1024), (470, 1536), (600, 1024), (1010, 0)]


def test_a_run_without_measurement_has_its_operators(passed: RunResult) -> None:
    document = trace.document(RunFiles(passed))
    assert faults(document) == []
    assert sum(event["ph"] == "X" for event in document["traceEvents"]) == len(passed.operators)


@pytest.mark.parametrize(
    "damage",
    [
        {"ph": "X", "name": "a", "ts": 0, "dur": 5, "pid": 1},
        {"ph": "X", "name": "a", "ts": 0.5, "dur": 5, "pid": 1, "tid": 1},
        {"ph": "Q", "name": "a"},
        {"ph": "X", "name": "a", "ts": 500, "dur": 5, "pid": 1, "tid": 1},
    ],
)
def test_a_damaged_trace_is_noticed(passed: RunResult, damage: dict) -> None:
    document = trace.document(full_run(passed))
    document["traceEvents"].append(damage)
    assert faults(document)
