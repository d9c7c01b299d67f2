# SPDX-License-Identifier: Apache-2.0
"""The memory of regressions: nothing is lost, nothing is there twice, two may write at a time."""

import multiprocessing
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from tests.regress.jobs import ORIGIN, record
from traindeploy.errors import UserError
from traindeploy.records import case
from traindeploy.records.case import Kind
from traindeploy.records.regression import JobSummary, RegressionRecord, Standing
from traindeploy.records.verdict import CoveragePoint, Verdict
from traindeploy.regress import schema
from traindeploy.regress.history import History, case_name


def regression(name: str, standing: Standing = Standing.PASSED, **more) -> RegressionRecord:
    job = JobSummary(name="a", test="a", kind=Kind.BLOCK, standing=standing, seconds=more.pop("seconds", 2.0))
    date = f"2026-11-{10 + int(name):02}T00:00:00+00:00"
    origin = replace(ORIGIN, date=date, commit=more.pop("commit", name * 40), dirty=more.pop("dirty", False))
    return RegressionRecord(id=name, plan=more.pop("plan", "night"), provenance=origin, jobs=(job,), **more)


def test_what_is_added_is_found_again_and_the_same_id_replaces(tmp_path: Path) -> None:
    points = (CoveragePoint(name="p", stated=4, hit=3, holes=("x",)),)
    one = record("a", cycles=7, max_ulp=0, coverage=points, seed=3)
    with History(tmp_path / "h") as past:
        for _ in range(2):
            past.add(regression("1"), {"a": [one]})
        assert [found.id for found in past.regressions()] == ["1"]
        (row,) = past.rows("1")
        assert (row["name"], row["cycles"], row["stated"], row["hit"], row["max_ulp"]) == ("a-seed3", 7, 4, 3, 0)
        assert list(past.records("1")) == [one]
        assert past.jobs("1")["a"].standing is Standing.PASSED


def test_durations_are_the_latest_of_jobs_that_ended(tmp_path: Path) -> None:
    with History(tmp_path / "h") as past:
        past.add(regression("1", seconds=5.0), {})
        past.add(regression("2", seconds=6.0), {})
        past.add(regression("3", Standing.NOT_RUN, seconds=0.0), {})
        assert past.durations() == {"a": 6.0}


def test_the_last_green_night_and_the_last_commit_that_passed(tmp_path: Path) -> None:
    with History(tmp_path / "h") as past:
        past.add(regression("1"), {})
        past.add(regression("2", dirty=True), {})
        past.add(regression("3", Standing.FAILED), {})
        past.add(regression("4", plan="push"), {})
        assert past.last_green("night", "2026-11-30").id == "2"
        assert past.last_green("night", "2026-11-12").id == "1"
        assert past.last_green("week", "2026-11-30") is None
        assert past.last_pass("a", "2026-11-14") == "1" * 40  # what a dirty copy passed belongs to no commit
        assert past.last_pass("b", "2026-11-14") == ""


def test_records_of_others_are_imported_once(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    case.append(record("a", configuration={"engine": "cores"}), file)
    case.append(record("a", configuration={"engine": "redmule"}, verdict=Verdict.FAILED, failure="x"), file)
    with History(tmp_path / "h") as past:
        assert past.import_records(file) == past.import_records(file)
        (found,) = past.regressions()
        assert (found.plan, found.verdict) == ("import", Verdict.FAILED)
        assert set(past.jobs(found.id)) == {"a-cores", "a-redmule"}
        (tmp_path / "bad").write_text("{}")
        with pytest.raises(UserError, match="bad:1"):
            past.import_records(tmp_path / "bad")
        with pytest.raises(UserError, match="No such file"):
            past.import_records(tmp_path / "none")


def add_many(path: Path, begin: int) -> None:
    with History(path) as past:
        for number in range(begin, begin + 20):
            past.add(replace(regression("1"), id=f"{number}"), {"a": [record("a")] * 5})


def test_two_may_write_at_a_time(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=add_many, args=(tmp_path / "h", begin)) for begin in (0, 100)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    assert [writer.exitcode for writer in writers] == [0, 0]
    with History(tmp_path / "h") as past:
        assert len(past.regressions()) == 40
        assert all(len(past.rows(found.id)) == 5 for found in past.regressions())


def test_a_history_of_a_later_version_or_another_file_is_refused(tmp_path: Path) -> None:
    later, other, text = (tmp_path / name for name in ("later", "other", "text"))
    with sqlite3.connect(later) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE other (x)")
    text.write_text("no database, though long enough to look like one " * 40)
    for path, message in ((later, "use a newer one"), (other, "something else"), (text, "no history|not a database")):
        with pytest.raises(UserError, match=message):
            History(path)


def test_a_history_of_an_earlier_version_becomes_todays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with History(tmp_path / "h") as past:
        past.add(regression("1"), {})
    grown = (*schema.MIGRATIONS, "ALTER TABLE job ADD COLUMN more TEXT NOT NULL DEFAULT ''")
    monkeypatch.setattr(schema, "MIGRATIONS", grown)
    monkeypatch.setattr(schema, "VERSION", len(grown))
    with History(tmp_path / "h") as past:
        assert schema.version(past.connection, "") == len(grown)
        assert [found.id for found in past.regressions()] == ["1"]
        assert past.jobs("1")["a"].standing is Standing.PASSED


def test_a_case_is_named_by_test_configuration_and_seed() -> None:
    assert case_name(record("a", configuration={"engine": "cores", "config": "paper"}, seed=7)) == "a-paper-cores-seed7"
    assert case_name(record("a", seed=1)) == "a"
