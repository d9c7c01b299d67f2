# SPDX-License-Identifier: Apache-2.0
"""A history after the fact: a plan at each of the last commits, the oldest first."""

from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console

from traindeploy.errors import UserError
from traindeploy.records.regression import RegressionRecord
from traindeploy.regress import plan
from traindeploy.regress.compare import at_commit
from traindeploy.regress.history import History
from traindeploy.regress.run import Settings
from traindeploy.regress.sources import git


def replay(settings: Settings, last: int, every: int, console: Console) -> list[RegressionRecord]:
    """Run ``settings.plan`` at the commits that the history lacks of the ``last`` ones, ``every`` so many commits.

    The history is in the order of its nights, so what is older than a commit that it has is not run any more.
    A replay that was interrupted goes on behind what it has.
    """
    name, _ = plan.load(settings.plan, settings.checkout)
    with History(settings.history) as past:
        known = {one.commit for one in past.regressions(name) if not one.dirty}
    wanted = commits(settings, last, every)
    missing = _behind(wanted, known)
    if not missing:
        raise UserError(f"{settings.history}: has plan {name} of the last commit already: nothing to replay")
    if len(missing) < len(wanted):
        console.print(f"{len(wanted) - len(missing)} commits are not run: the history has one of them, or a later one")
    records = []
    for number, commit in enumerate(missing, 1):
        subject = git(settings.checkout, "log", "-1", "--format=%h %s", commit).strip()
        console.print(f"{number} of {len(missing)}: {subject}", markup=False, highlight=False)
        records.append(at_commit(replace(settings, resume=None), commit, console)[0])
        console.print(f"  {records[-1].verdict.value} after {records[-1].seconds:.0f} s", highlight=False)
    return records


def commits(settings: Settings, last: int, every: int) -> list[str]:
    """The last ``last`` commits of the first-parent line, ``every`` so many one, the oldest first; HEAD is the last."""
    found = git(settings.checkout, "rev-list", "--first-parent", f"--max-count={(last - 1) * every + 1}", "HEAD")
    return found.split()[::every][::-1]


def _behind(wanted: Sequence[str], known: set[str]) -> list[str]:
    """Those of ``wanted`` behind the last one that is known."""
    places = [place for place, commit in enumerate(wanted) if commit in known]
    return list(wanted[places[-1] + 1 :] if places else wanted)
