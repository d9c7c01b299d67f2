# SPDX-License-Identifier: Apache-2.0
"""The first bad commit is found in a small repository, past commits that do not build."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.regress.jobs import ORIGIN, QUIET
from traindeploy.errors import UserError
from traindeploy.records.job import Job
from traindeploy.records.regression import JobSummary, RegressionRecord, Standing
from traindeploy.regress.bisect import BAD, GOOD, SKIP, Bisection, Step
from traindeploy.regress.first_bad import first_bad, new_failures
from traindeploy.regress.history import History

# What a commit's value.txt says of the case: passes, fails, does not build, fails in another way.
CHECK = """
case $(cat value.txt) in
  1*) exit 0;; 2*) echo "tensor $(wc -c < value.txt) differs"; exit 1;; 3*) echo "error: no rule"; exit 2;; *) exit 9;;
esac
"""
CASE = Job(name="case", command=("sh", "check.sh"), leaves_records=False, repeat="sh check.sh")


def git(root: Path, *words: str) -> str:
    own = ["-c", "user.name=A", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"]
    return subprocess.run(["git", *own, *words], cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("build/\n")
    (tmp_path / "check.sh").write_text(CHECK)
    git(tmp_path, "add", ".")
    return tmp_path


def commits(root: Path, values: str) -> list[str]:
    """A commit for each digit; its value, and its number to make it differ."""
    made = []
    for number, value in enumerate(values):
        (root / "value.txt").write_text(f"{value} {'.' * number}")
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", f"core: change {number}")
        made.append(git(root, "rev-parse", "HEAD").strip())
    return made


def test_the_first_bad_commit_is_named_with_subject_files_and_command(repository: Path) -> None:
    made = commits(repository, "1111122222")
    steps: list[Step] = []
    found = Bisection(CASE, repository, tell=steps.append).run(good=made[0])
    assert (found.commits, found.subject, found.files) == ((made[5],), "core: change 5", ("value.txt",))
    assert found.failure == "exit status 1: tensor 7 differs"
    assert found.repeat == f"git checkout {made[5][:12]} && sh check.sh"
    assert found.date.startswith("20")
    assert len({step.commit for step in steps}) == len(steps) <= 6
    assert git(repository, "worktree", "list").count("\n") == 1
    assert list((repository / "build" / "worktrees").iterdir()) == []
    assert git(repository, "status", "--porcelain") == ""


def test_commits_that_do_not_build_are_skipped_and_said(repository: Path) -> None:
    made = commits(repository, "11133112222")
    steps: list[Step] = []
    found = Bisection(CASE, repository, tell=steps.append).run(good=made[2])
    assert found.commits == (made[7],)
    made = commits(repository, "1113222")
    found = Bisection(CASE, repository, tell=steps.append).run(good=made[0])
    assert not found.certain
    assert set(found.commits) == {made[3], made[4]}  # which of the two, nobody can say
    assert {(step.word, step.reason) for step in steps if step.word is SKIP} == {
        (SKIP, "exit status 2: error: no rule")
    }


def test_a_good_commit_is_looked_for_if_none_is_given(repository: Path) -> None:
    made = commits(repository, "111111112222222")
    steps: list[Step] = []
    assert Bisection(CASE, repository, tell=steps.append).run().commits == (made[8],)
    assert [step.word for step in steps[:5]] == [BAD, BAD, BAD, BAD, GOOD]


def test_a_merged_branch_is_searched_too(repository: Path) -> None:
    made = commits(repository, "11")
    git(repository, "checkout", "-q", "-b", "side")
    (repository / "other.txt").write_text("x")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "side: harmless")
    (bad,) = commits(repository, "2")
    git(repository, "checkout", "-q", "-")
    (repository / "third.txt").write_text("x")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "core: another")
    git(repository, "merge", "-q", "--no-ff", "-m", "merge", "side")
    assert Bisection(CASE, repository).run(good=made[0]).commits == (bad,)


def test_ends_that_are_not_what_they_should_be_are_refused(repository: Path) -> None:
    made = commits(repository, "222")
    with pytest.raises(UserError, match="does not pass at"):
        Bisection(CASE, repository).run(good=made[0])
    with pytest.raises(UserError, match="passes at none"):
        Bisection(CASE, repository).run()
    with pytest.raises(UserError, match="no commit is called 'nowhere'"):
        Bisection(CASE, repository).run(good=made[0], bad="nowhere")
    commits(repository, "1")
    with pytest.raises(UserError, match="what breaks it is not in that commit"):
        Bisection(CASE, repository).run(good=made[0])
    assert git(repository, "worktree", "list").count("\n") == 1


def test_a_new_test_can_be_put_over_old_commits(repository: Path) -> None:
    made = commits(repository, "1112222")
    (repository / "new.sh").write_text(CHECK)
    found = Bisection(
        Job(name="new", command=("sh", "new.sh"), leaves_records=False), repository, overlays=["new.sh"]
    ).run(good=made[0])
    assert found.commits == (made[3],)


def test_what_fails_now_and_has_passed_before_is_bisected_and_remembered(repository: Path) -> None:
    made = commits(repository, "112222")
    (repository / "build").mkdir()
    file = repository / "build" / "h.sqlite"
    job = JobSummary(name="tests/t.py::t", standing=Standing.PASSED)
    origin = replace(ORIGIN, commit=made[0])
    with History(file) as past:
        past.add(RegressionRecord(id="1", plan="night", provenance=origin, jobs=(job,)), {})
        later = replace(origin, commit=made[-1], date="2026-11-28T00:00:00+00:00")
        jobs = (replace(job, standing=Standing.FAILED), JobSummary(name="never passed", standing=Standing.FAILED))
        record = RegressionRecord(id="2", plan="night", provenance=later, jobs=jobs)
        past.add(record, {})
    assert new_failures(record, file) == [("tests/t.py::t", made[0])]
    first_bad(QUIET, "case", made[0], "HEAD", "sh check.sh", (), None, file, repository)
    with History(file) as past:
        assert past.bisections()["case"]["commits"] == [made[2]]
        assert past.bisections()["case"]["subject"] == "core: change 2"
