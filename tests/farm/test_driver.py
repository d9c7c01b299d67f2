# SPDX-License-Identifier: Apache-2.0
"""In which order, how often and within which budget jobs are handed out."""

from pathlib import Path

import pytest

from tb.farm.driver import Driver
from tb.farm.store import Store
from tests.farm.fake import Fake
from traindeploy.records.job import Job, JobResult, Outcome


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def job(name: str, **more) -> Job:
    return Job(name=name, command=("true",), **more)


def drive(store: Store, fake: Fake, jobs: list[Job], **more) -> dict[str, JobResult]:
    driver = Driver(store, fake, "1", clock=fake.clock, **more)
    return {result.name: result for result in driver.run(jobs)}


def test_builds_come_first_and_then_the_longest_by_history(store: Store) -> None:
    fake = Fake(store)
    jobs = [job("short", needs=("build",)), job("long"), job("unknown"), job("build")]
    drive(store, fake, jobs, expected={"short": 1.0, "long": 9.0, "build": 2.0})
    assert fake.order == ["build", "unknown", "long", "short"]


def test_a_case_whose_build_failed_does_not_run_and_says_so(store: Store) -> None:
    fake = Fake(store)
    fake.status["build"] = 2
    results = drive(store, fake, [job("a", needs=("build",)), job("build"), job("b")])
    assert fake.order == ["build", "b"]
    assert (results["a"].outcome, results["a"].reason) == (Outcome.NOT_RUN, "its build build failed")


def test_what_does_not_fit_into_the_budget_gives_way_to_what_does(store: Store) -> None:
    fake = Fake(store)
    expected = {"a": 3.0, "b": 2.5, "c": 1.0}
    fake.seconds = 2.0
    results = drive(store, fake, [job(name) for name in expected], expected=expected, budget=4.5)
    assert fake.order == ["a", "b"]
    assert [results[name].outcome for name in "abc"] == [Outcome.ENDED, Outcome.ENDED, Outcome.NOT_RUN]
    fresh = Store(store.root / "other")
    fake = Fake(fresh)
    fake.seconds = 3.0
    drive(fresh, fake, [job(name) for name in expected], expected=expected, budget=4.5)
    assert fake.order == ["a", "c"]


def test_what_the_budget_left_out_is_run_when_resumed_and_nothing_else(store: Store) -> None:
    jobs = [job("a"), job("b")]
    drive(store, Fake(store), jobs, expected={"a": 1.0, "b": 1.0}, budget=1.5)
    again = Fake(store)
    results = drive(store, again, jobs)
    assert again.order == ["b"]
    assert {result.outcome for result in results.values()} == {Outcome.ENDED}


def test_a_failure_is_not_tried_again(store: Store) -> None:
    fake = Fake(store)
    fake.status["a"] = 1
    assert drive(store, fake, [job("a")])["a"].status == 1
    assert fake.order == ["a"]


def test_a_lost_job_is_tried_twice_more_and_then_given_up(store: Store) -> None:
    fake = Fake(store)
    fake.losses = {"a": 2, "b": 3}
    results = drive(store, fake, [job("a"), job("b")])
    assert sorted(fake.order) == ["a"] * 3 + ["b"] * 3
    assert results["a"].outcome is Outcome.ENDED
    assert (results["b"].outcome, results["b"].losses) == (Outcome.LOST, 3)


def test_a_job_that_kills_two_workers_is_quarantined(store: Store) -> None:
    fake = Fake(store)
    fake.losses, fake.kills = {"a": 9}, True
    results = drive(store, fake, [job("a"), job("b")])
    assert fake.order == ["a", "a", "b"]
    assert (results["a"].outcome, results["a"].losses) == (Outcome.QUARANTINED, 2)
    assert "2 workers died" in results["a"].reason


def test_a_result_that_is_on_disk_makes_up_for_lost_news(store: Store) -> None:
    fake = Fake(store)
    fake.losses["a"] = 1
    ended = JobResult(name="a", outcome=Outcome.ENDED, status=1)
    store.publish(job("a"), store.private(job("a")), ended)
    assert drive(store, fake, [job("a")])["a"].status == 1
    assert fake.order == []


def test_licences_bound_how_many_jobs_run_at_once(store: Store) -> None:
    jobs = [job(name, resources={"simulator": 1}) for name in "abcd"]
    fake = Fake(store, slots=4)
    drive(store, fake, jobs, licences={"simulator": 2})
    assert (fake.most, len(fake.order)) == (2, 4)
    assert Fake(store).most == 0


def test_a_job_that_wants_more_licences_than_there_are_is_not_run_and_nothing_hangs(store: Store) -> None:
    results = drive(store, Fake(store), [job("a", resources={"simulator": 2})], licences={"simulator": 1})
    assert results["a"].outcome is Outcome.NOT_RUN
    assert results["a"].reason == "it wants 2 of simulator, and there are 1"
