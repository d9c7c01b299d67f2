# SPDX-License-Identifier: Apache-2.0
"""Failures that are known and wait to be mended: tests/plan/expected_failures.toml has their reasons and dates."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT

FILE = ROOT / "tests" / "plan" / "expected_failures.toml"
FIELDS = {"case": str, "reason": str, "date": date, "issue": str, "message": str}
OPTIONAL = {"message"}
DAYS = "days"  # key of the file: how old an entry may be before it is named


@dataclass(frozen=True)
class Expected:
    """``case`` fails with ``message`` (a part of it; empty: any) because of ``reason``, known since ``since``."""

    case: str
    reason: str
    since: date
    issue: str
    message: str = ""

    def covers(self, failure: str) -> bool:
        """Whether this is the failure that is known; another one of the same case is news."""
        return self.message in failure

    @property
    def note(self) -> str:
        return f"expected since {self.since}: {self.reason} (issue {self.issue})"


@dataclass(frozen=True)
class ExpectedFailures:
    """The entries by case, and the age at which one is named."""

    entries: Mapping[str, Expected]
    age: timedelta

    def old(self, today: date) -> list[Expected]:
        """Those that have been expected for too long."""
        return [entry for entry in self.entries.values() if today - entry.since > self.age]


def load(path: Path = FILE) -> ExpectedFailures:
    """The file's entries; UserError names the one that is not whole. No file: none."""
    if not path.is_file():
        return ExpectedFailures({}, timedelta(days=0))
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: {error}") from None
    days = document.get(DAYS)
    if type(days) is not int or days < 0:
        raise UserError(f"{path}: expected `{DAYS} = <number>`, the age at which an entry is named, found {days!r}")
    entries: dict[str, Expected] = {}
    for number, table in enumerate(document.get("failure", []), 1):
        entry = _entry(table, f"{path}: failure {number}")
        if entry.case in entries:
            raise UserError(f"{path}: failure {number}: {entry.case!r} is there twice")
        entries[entry.case] = entry
    return ExpectedFailures(entries, timedelta(days=days))


def _entry(table: Mapping[str, Any], where: str) -> Expected:
    for name, kind in FIELDS.items():
        value = table.get(name, "" if name in OPTIONAL else None)
        if type(value) is not kind or (value == "" and name not in OPTIONAL):
            raise UserError(f"{where}: expected {name} = a {kind.__name__}, found {value!r}")
    if unknown := set(table) - set(FIELDS):
        raise UserError(f"{where}: unknown field {unknown.pop()!r}: expected {', '.join(FIELDS)}")
    return Expected(table["case"], table["reason"], table["date"], table["issue"], table.get("message", ""))
