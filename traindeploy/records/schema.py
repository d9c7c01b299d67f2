# SPDX-License-Identifier: Apache-2.0
"""The records as JSON Schema and as a page: ``python -m traindeploy.records.schema`` writes both into docs/reference.

Both come from the dataclasses: names, types, defaults, docstrings and the sentences in ``Annotated``.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from traindeploy.records import progress
from traindeploy.records.bench import BenchRecord
from traindeploy.records.case import CaseRecord
from traindeploy.records.comparison import Comparison
from traindeploy.records.job import JobResult
from traindeploy.records.kernel import KernelRecord
from traindeploy.records.program import ProgramDescription
from traindeploy.records.regression import RegressionRecord
from traindeploy.records.run import RunConfiguration, RunResult
from traindeploy.records.schedule import ScheduleDescription
from traindeploy.records.serial import INFINITIES, VOLATILE, hints, is_required, name_of, notes
from traindeploy.records.speed import SpeedResult
from traindeploy.records.sweep import Sweep
from traindeploy.records.timeline import Timeline
from traindeploy.records.training import TrainingConfiguration, TrainingRecord
from traindeploy.records.triage import Triage, TriageCase
from traindeploy.records.watch import Watched

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"
ROOTS: tuple[type, ...] = (CaseRecord, RunResult, KernelRecord, SpeedResult, BenchRecord, ProgramDescription)
ROOTS += (ScheduleDescription, Timeline, Comparison, Sweep)
ROOTS += (Triage, TriageCase, Watched)
ROOTS += (RegressionRecord, JobResult, TrainingRecord)
EVENTS: tuple[type, ...] = get_args(progress.Event)
FILES = {
    CaseRecord: "a line of `build/reports/*.jsonl`",
    RunResult: "`result.json`",
    KernelRecord: "`build/verify/<kernel>/record.json`",
    SpeedResult: "`build/bench-sim.json`",
    BenchRecord: "`bench.json`",
    ProgramDescription: "`program.json`",
    ScheduleDescription: "`schedule.json`",
    Timeline: "`timeline.json`",
    Comparison: "`traindeploy compare --format json`",
    Sweep: "`build/sweep/<file>/sweep.json`",
    Triage: "`triage/triage.json`",
    TriageCase: "`triage/reproducer/case.json`",
    Watched: "`watched.json` of the run that a triage repeats",
    RegressionRecord: "`build/regress/<id>/regression.json`",
    TrainingRecord: "`build/train/<training>/record.json`",
    JobResult: "`build/regress/<id>/done/<job>/result.json`",
}


def json_schema() -> dict[str, Any]:
    """One JSON Schema (2020-12) with every record under ``$defs``; a document is one of the roots, by its "record"."""
    definitions: dict[str, Any] = {}
    roots = [_reference(kind, definitions) for kind in ROOTS]
    for kind in (*EVENTS, RunConfiguration, TrainingConfiguration):
        _reference(kind, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "TrainDeploy's records",
        "oneOf": roots,
        "$defs": dict(sorted(definitions.items())),
    }


def page() -> str:
    """docs/reference/records.md."""
    kinds: dict[type, None] = {}
    for kind in (*ROOTS, RunConfiguration, TrainingConfiguration, *EVENTS):
        _collect(kind, kinds)
    files = [f"| [`{kind.__name__}`](#{kind.__name__.lower()}) | {FILES[kind]} | {_version(kind)} |" for kind in ROOTS]
    lines = [
        "# Records",
        "",
        "Written by `python -m traindeploy.records.schema` from `traindeploy/records/`, and held to date by a test.",
        "The same in JSON Schema: [records.schema.json](records.schema.json).",
        "",
        "A file begins with its record's name and version; TrainDeploy refuses other versions and unknown fields.",
        'Numbers that JSON does not have are the texts "NaN", "Infinity" and "-Infinity".',
        "A field marked *varies* may differ between two runs of the same thing; all others may not.",
        "A field marked *derived* is written for readers and ignored by TrainDeploy.",
        "",
        "| record | file | version |",
        "|---|---|---|",
        *files,
        "",
    ]
    for kind in kinds:
        lines += _section(kind)
    return "\n".join(lines)


def write_docs(folder: Path = DOCS) -> None:
    """Write the page and the schema."""
    (folder / "records.md").write_text(page(), encoding="utf-8")
    (folder / "records.schema.json").write_text(json.dumps(json_schema(), indent=1) + "\n", encoding="utf-8")


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        sentence = [note for note in arguments[1:] if note != VOLATILE]
        return _schema(arguments[0], definitions) | ({"description": sentence[0]} if sentence else {})
    if origin in (Union, UnionType):
        return {"anyOf": [_schema(member, definitions) for member in arguments]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple and arguments[-1] is Ellipsis:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is tuple:
        items = [_schema(item, definitions) for item in arguments]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _schema(arguments[1], definitions)}
    if is_dataclass(hint):
        return _reference(hint, definitions)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    if hint is float:
        return {"anyOf": [{"type": "number"}, {"enum": list(INFINITIES)}]}
    return {"type": {NoneType: "null", int: "integer", bool: "boolean"}.get(hint, "string")}


def _reference(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # its place, should it refer to itself
        definitions[kind.__name__] = _definition(kind, definitions)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _definition(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    if hasattr(kind, "VERSION"):
        properties |= {"record": {"const": kind.__name__}, "version": {"const": kind.VERSION}}
        required += ["record", "version"]
    for field in fields(kind):
        properties[field.name] = _schema(hints(kind)[field.name], definitions)
        tag = get_origin(hints(kind)[field.name]) is Literal and field.name == "event"
        required += [field.name] if is_required(field) or tag else []
    for name in getattr(kind, "DERIVED", ()):
        properties[name] = _schema(_derived(kind, name), definitions) | {"readOnly": True}
    return {
        "type": "object",
        "description": _sentence(kind),
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _section(kind: type) -> list[str]:
    rows = []
    for field in fields(kind):
        hint = hints(kind)[field.name]
        words = [note for note in notes(hint) if note != VOLATILE] + ["*varies*"] * (VOLATILE in notes(hint))
        rows.append((field.name, name_of(hint) + ", required" * is_required(field), "; ".join(words)))
    rows += [(name, name_of(_derived(kind, name)), "*derived*") for name in getattr(kind, "DERIVED", ())]
    table = [f"| `{name}` | {type_.replace('|', '/')} | {words} |" for name, type_, words in rows]
    about = _sentence(kind).replace(". ", ".\n")  # a sentence a line
    return [f"## {kind.__name__}", "", about, "", "| field | type | meaning |", "|---|---|---|", *table, ""]


def _collect(hint: Any, kinds: dict[type, None]) -> None:
    """Add the records in an annotation to ``kinds``, those within them behind them."""
    if is_dataclass(hint) and isinstance(hint, type):
        if hint not in kinds:
            kinds[hint] = None
            for inner in hints(hint).values():
                _collect(inner, kinds)
        return
    for argument in get_args(hint):
        _collect(argument, kinds)


def _derived(kind: type, name: str) -> Any:
    return get_type_hints(getattr(kind, name).fget)["return"]


def _sentence(kind: type) -> str:
    """The docstring's first paragraph on one line."""
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split()).replace("``", "`")


def _version(kind: type) -> str:
    return str(getattr(kind, "VERSION", ""))


if __name__ == "__main__":
    write_docs()
