# SPDX-License-Identifier: Apache-2.0
"""Case records of every kind from whatever files and folders a user names."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from traindeploy.errors import UserError
from traindeploy.records import serial
from traindeploy.records.case import CaseRecord
from traindeploy.records.kernel import KernelRecord
from traindeploy.records.run import RunResult
from traindeploy.records.serial import RecordError
from traindeploy.records.training import TrainingRecord

KINDS: dict[str, type[CaseRecord]] = {
    kind.__name__: kind for kind in (CaseRecord, KernelRecord, RunResult, TrainingRecord)
}
NAMES = ("*.jsonl", "result.json", "record.json")  # that hold cases, in a folder


def read_cases(paths: Iterable[Path]) -> list[CaseRecord]:
    """The cases in files and folders, in order. UserError (one line) if there are none; RecordError names the place."""
    listed = list(paths)
    found = [record for path in listed for file in _files(path) for record in read_file(file)]
    if not found:
        raise UserError(f"{', '.join(map(str, listed)) or 'no file'}: no case in it, expected at least one")
    return found


def read_file(path: Path) -> list[CaseRecord]:
    """The cases in one file: ``.jsonl`` has one a line, every other file is one."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RecordError(f"{path}: expected JSON, found bytes that are no text") from None
    if path.suffix != ".jsonl":
        return [_parse(text, str(path))]
    lines = enumerate(text.splitlines(), 1)
    return [_parse(line, f"{path}:{number}") for number, line in lines if line.strip()]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = {file for name in NAMES for file in path.rglob(name)}
    names = [file for file in found if not any(part.is_symlink() for part in (file, *file.relative_to(path).parents))]
    return sorted(names)


def _parse(text: str, where: str) -> CaseRecord:
    try:
        document: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise RecordError(f"{where}: not JSON: {error}") from None
    name = document.get("record") if isinstance(document, dict) else None
    if name not in KINDS:
        raise RecordError(f"{where}: holds {name or 'no record'}, expected one of {', '.join(KINDS)}")
    record = serial.decode(KINDS[name], document, where)
    assert isinstance(record, CaseRecord)
    return record
