# SPDX-License-Identifier: Apache-2.0
"""The first bad commit of a case: ``git bisect`` on the case alone, in a private worktree.

A commit is *good* if the case passes, *bad* if it fails as it does at the bad end, and skipped if it says neither:
what does not build, lacks the case, or breaks in another way.
"""

import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tb.farm import work
from tb.farm.store import OUTPUT, Store
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records import provenance
from traindeploy.records.bucket import bucket
from traindeploy.records.case import CaseRecord, read_all
from traindeploy.records.job import Job, Outcome
from traindeploy.records.verdict import Verdict
from traindeploy.regress import standing
from traindeploy.regress.run import last_line
from traindeploy.regress.sources import git, resolve
from traindeploy.regress.worktree import clean, overlay, worktree

GOOD, BAD, SKIP = "good", "bad", "skip"
FIRST_BAD = re.compile(r"^([0-9a-f]{40}) is the first (?:'?bad'?|new) commit", re.MULTILINE)
FARTHEST = 512  # commits that are gone back in search of a good one


@dataclass(frozen=True)
class Step:
    """What the case said at a commit."""

    commit: str
    word: str
    reason: str
    seconds: float


@dataclass(frozen=True)
class Found:
    """The first bad commit, or the candidates if commits that say nothing lie between; newest candidate first."""

    case: str
    commits: tuple[str, ...]
    date: str
    author: str
    subject: str
    files: tuple[str, ...]
    failure: str
    repeat: str
    steps: tuple[Step, ...]

    @property
    def certain(self) -> bool:
        return len(self.commits) == 1

    def document(self) -> str:
        """As JSON."""
        return json.dumps({**self.__dict__, "steps": [step.__dict__ for step in self.steps]})


@dataclass
class Bisection:
    """``job`` is the case; ``overlays`` are files of the working copy that are put over each commit's."""

    job: Job
    root: Path = ROOT
    overlays: Sequence[str] = ()
    tell: Callable[[Step], None] = lambda _step: None

    def run(self, good: str = "", bad: str = "HEAD") -> Found:
        """Bisect between the commits ``good`` (empty: one is looked for) and ``bad``.

        UserError if the ends are not what they should be.
        """
        newest = resolve(self.root, bad)
        self.steps: dict[str, Step] = {}
        self.reference: tuple[Verdict, str] | None = None
        self.origin = provenance.collect()
        with worktree(newest, self.root) as self.place:
            first = self._step(newest)
            if first.word is not BAD:
                what = "passes" if first.word is GOOD else f"says nothing ({first.reason})"
                raise UserError(f"{self.job.name} {what} at {newest[:12]}: what breaks it is not in that commit")
            oldest = resolve(self.root, good) if good else self._earlier_good(newest)
            if (step := self._step(oldest)).word is not GOOD:
                raise UserError(
                    f"{self.job.name} does not pass at {oldest[:12]} ({step.reason}): give an earlier --good"
                )
            commits = self._search(oldest, newest)
            return self._found(commits, first.reason)

    def _search(self, good: str, bad: str) -> list[str]:
        """The first bad commit, or all that it may be."""
        clean(self.place)
        said = git(self.place, "bisect", "start", bad, good, "--")
        try:
            while not (found := FIRST_BAD.search(said)):
                step = self._step(git(self.place, "rev-parse", "HEAD").strip(), checkout=False)
                clean(self.place)
                try:
                    said = git(self.place, "bisect", step.word)
                except UserError:  # as it ends when only skipped commits are left
                    return self._candidates()
            return [found[1]]
        finally:
            git(self.place, "bisect", "reset", bad)

    def _candidates(self) -> list[str]:
        """What ``git bisect`` says may be it: from the first known bad commit back to the last known good one."""
        goods = git(self.place, "for-each-ref", "--format=^%(objectname)", "refs/bisect/good-*").split()
        return git(self.place, "rev-list", "refs/bisect/bad", *goods).split()

    def _earlier_good(self, bad: str) -> str:
        """A commit before ``bad`` at which the case passes, in steps of 1, 2, 4, ... commits."""
        line = git(self.root, "rev-list", "--first-parent", f"--max-count={FARTHEST + 1}", bad).split()
        distance = 1
        while distance < len(line):
            if self._step(line[distance]).word is GOOD:
                return line[distance]
            distance *= 2
        raise UserError(f"{self.job.name} passes at none of the commits tried before {bad[:12]}: give --good")

    def _step(self, commit: str, *, checkout: bool = True) -> Step:
        """Run the case at ``commit``, once."""
        if commit not in self.steps:
            if checkout:
                clean(self.place)
                git(self.place, "checkout", "--quiet", "--detach", commit)
            overlay(self.place, self.overlays, self.root)
            started = time.monotonic()
            verdict, failure = self._try()
            word, reason = self._judged(verdict, failure)
            self.steps[commit] = Step(commit, word, reason, round(time.monotonic() - started, 1))
            self.tell(self.steps[commit])
        return self.steps[commit]

    def _try(self) -> tuple[Verdict, str]:
        """Verdict and failure of the case in the worktree as it is."""
        reports = self.place / "build" / "reports"  # where commits leave records that know nothing of regressions
        shutil.rmtree(reports, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="traindeploy-bisect-") as name:
            store = Store(Path(name))
            result = work.run(store.root, self.job, "1", checkout=self.place)
            left: list[CaseRecord] = store.records(self.job)
            for path in sorted(reports.glob("*.jsonl")):
                left += read_all(path)
            log = store.done(self.job) / OUTPUT
            said = last_line(log)
            # A commit from before there were records says it by its exit status, unless the test was skipped.
            by_status = result.outcome is Outcome.ENDED and not left and (result.status == 1 or " passed" in said)
            job = replace(self.job, leaves_records=self.job.leaves_records and not by_status)
            verdict, records = standing.judge(job, result, left, self.origin, said)
        return verdict, standing.first_failure(records, verdict)

    def _judged(self, verdict: Verdict, failure: str) -> tuple[str, str]:
        """(good, bad or skip, why), measured by how the case fails at the bad end."""
        if verdict is Verdict.PASSED:
            return GOOD, "passes"
        if self.reference is None:
            self.reference = (verdict, bucket(failure))
            return BAD, failure
        same = (verdict, bucket(failure)) == self.reference
        if same or verdict is Verdict.FAILED is self.reference[0]:
            return BAD, failure
        return SKIP, failure

    def _found(self, commits: Sequence[str], failure: str) -> Found:
        date, author, subject = git(self.root, "show", "-s", "--format=%aI%n%an%n%s", commits[0]).splitlines()[:3]
        files = git(self.root, "show", "--name-only", "--format=", "-m", "--first-parent", commits[0]).splitlines()
        step = self.steps.get(commits[0])
        return Found(
            self.job.name, tuple(commits), date, author, subject, tuple(sorted(set(files))),
            step.reason if step else failure, f"git checkout {commits[0][:12]} && {self.job.repeat}",
            tuple(self.steps.values()),
        )  # fmt: skip


def describe(found: Found) -> list[str]:
    """What a person wants to know, line by line."""
    lines = [f"first bad commit: {found.commits[0]}"]
    if not found.certain:
        lines = [f"the first bad commit is one of {len(found.commits)}: between them the case says nothing"]
        lines += [f"    {commit}" for commit in found.commits]
    lines += [
        f"    {found.date}  {found.author}",
        f"    {found.subject}",
        *(f"    {name}" for name in found.files[:20]),
    ]
    if len(found.files) > 20:
        lines.append(f"    and {len(found.files) - 20} files more")
    skipped = [step for step in found.steps if step.word is SKIP]
    lines += [f"skipped {step.commit[:12]}: {step.reason}" for step in skipped]
    seconds = sum(step.seconds for step in found.steps)
    return [
        *lines,
        f"fails there: {found.failure}",
        f"repeat: {found.repeat}",
        f"{len(found.steps)} runs, {seconds:.0f} s",
    ]
