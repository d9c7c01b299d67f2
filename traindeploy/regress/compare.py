# SPDX-License-Identifier: Apache-2.0
"""What a change costs and gains: two regressions side by side, as a Markdown table for a review."""

import re
from dataclasses import replace

from rich.console import Console

from traindeploy.errors import UserError
from traindeploy.records.regression import RegressionRecord
from traindeploy.regress import plan, trends
from traindeploy.regress.folder import Folder
from traindeploy.regress.history import History, Past
from traindeploy.regress.run import Settings, regress
from traindeploy.regress.sources import git_or_none, resolve
from traindeploy.regress.trends import Case, Night
from traindeploy.regress.worktree import worktree
from traindeploy.report.table import cell
from traindeploy.report.text import number

ROWS = 40  # of cases that changed; a review is read by people


def markdown(before: Night, after: Night, rows: int = ROWS) -> str:
    """The table: what changed, the largest change first, then a line for all cases together."""
    common = [(before.cases[name], case) for name, case in after.cases.items() if name in before.cases]
    changed = sorted((pair for pair in common if _differs(*pair)), key=_size, reverse=True)
    commits = f"{_commit(before.past)} -> {_commit(after.past)}"
    lines = [
        f"**{after.past.plan}**, {commits}: of {number(len(common))} cases {number(len(changed))} changed.",
        "",
        "| case | cycles before | after | change | kcycles/s before | after | bins before | after | verdict |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    lines += [_row(*pair) for pair in changed[:rows]]
    if len(changed) > rows:
        lines.append(f"| and {len(changed) - rows} more | | | | | | | | |")
    total = after.cycles(before)
    speeds = (before.speed(after), after.speed(before))
    coverage = [f"{night.coverage:.2f} %" if night.coverage is not None else "" for night in (before, after)]
    shown = [f"{speed:.1f}" if speed is not None else "" for speed in speeds]
    mean = f"{total - 100:+.2f} %" if total is not None else ""
    lines.append(f"| all (geometric mean) | | | {mean} | {shown[0]} | {shown[1]} | {coverage[0]} | {coverage[1]} | |")
    worse = trends.worse(before, after, trends.limits())
    lines += ["", f"Beyond the limits: {len(worse)}."]
    lines += [
        f"- {one.limit.measure} of {cell(one.name or 'all')}: {one.before:g} -> {one.after:g}" for one in worse[:rows]
    ]
    return "\n".join([*lines, ""])


def _differs(before: Case, after: Case) -> bool:
    return (before.cycles, before.hit, before.verdict, before.ulp) != (
        after.cycles,
        after.hit,
        after.verdict,
        after.ulp,
    )


def _size(pair: tuple[Case, Case]) -> tuple[bool, float]:
    before, after = pair
    ratio = abs(after.cycles / before.cycles - 1) if before.cycles and after.cycles else 0.0
    return before.verdict != after.verdict, ratio


def _row(before: Case, after: Case) -> str:
    cycles = [number(case.cycles) if case.cycles else "" for case in (before, after)]
    change = f"{100 * (after.cycles / before.cycles - 1):+.2f} %" if before.cycles and after.cycles else ""
    speed = [
        f"{case.cycles / case.seconds / 1e3:.1f}" if case.cycles and case.seconds else "" for case in (before, after)
    ]
    bins = [f"{case.hit}/{case.stated}" if case.stated else "" for case in (before, after)]
    verdict = after.verdict if before.verdict == after.verdict else f"{before.verdict} -> {after.verdict}"
    return f"| {' | '.join([cell(after.name), *cycles, change, *speed, *bins, verdict])} |"


def _commit(past: Past) -> str:
    return f"{past.commit[:12] or 'no commit'}{' and changes' if past.dirty else ''}"


def find(history: History, name: str, plan_name: str | None, settings: Settings) -> Past | None:
    """The newest regression called ``name``: by its id, or of the commit of that name, clean if there is one."""
    past = history.regressions(plan_name)
    for one in reversed(past):
        if one.id == name:
            return one
    commit = git_or_none(settings.checkout, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip() or name
    of_commit = [one for one in past if re.fullmatch(r"[0-9a-f]{7,40}", commit) and one.commit.startswith(commit)]
    return max(of_commit, key=lambda one: (not one.dirty, one.date), default=None)


def compare(settings: Settings, a: str, b: str, plan_name: str | None = None) -> str:
    """The table of two regressions that the history has; UserError if it lacks one."""
    with History(settings.history) as history:
        found = [find(history, name, plan_name, settings) for name in (a, b)]
        for name, one in zip((a, b), found, strict=True):
            if one is None:
                raise UserError(
                    f"{settings.history}: no regression of {name!r}: expected an id, or a commit that was run"
                )
        first, second = (trends.night(history, one) for one in found if one is not None)
        return markdown(first, second)


def at_commit(settings: Settings, commit: str, console: Console) -> tuple[RegressionRecord, Folder]:
    """Run the plan at another commit, in a private worktree."""
    name = resolve(settings.checkout, commit)
    with worktree(name, settings.checkout) as place:
        return regress(replace(settings, checkout=place, resume=False), console)


def against(settings: Settings, base: str, ident: str, console: Console) -> str:
    """Regression ``ident`` against the commit ``base``, which is run in a worktree if the history lacks it."""
    plan_name = plan.load(settings.plan, settings.checkout)[0]
    commit = resolve(settings.checkout, base)
    with History(settings.history) as history:
        known = find(history, commit, plan_name, settings)
    first = at_commit(settings, commit, console)[0].id if known is None or known.dirty else known.id
    return compare(settings, first, ident)
