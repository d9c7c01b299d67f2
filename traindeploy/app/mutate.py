# SPDX-License-Identifier: Apache-2.0
"""``traindeploy mutate``: plant generated mistakes, see whether the tests notice, write the page about it."""

import datetime
import os
from collections.abc import Sequence
from dataclasses import dataclass

import click

from tb.mutate import drive, page, tried
from tb.mutate.judged import judged
from tb.mutate.text import coverage_map
from tb.mutate.text.draw import clone, draw
from tb.mutate.tried import state_of
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records import case
from traindeploy.records.case import CaseRecord
from traindeploy.records.verdict import Verdict


@dataclass(frozen=True)
class Wanted:
    """``count`` mutants of each area of text, and as many of all the named blocks together; 0: all of the blocks.

    ``survivors``: instead, those that the page calls holes.
    """

    where: Sequence[str] = ()
    count: int = 20
    seed: str = ""
    name: str = ""
    stages: int = drive.ALL
    jobs: int = 2
    survivors: bool = False


def tonight() -> str:
    """The seed of a night: its date."""
    return f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"


def mutate(wanted: Wanted) -> Verdict:
    """Try what is wanted and has no result yet; FAILED if a mutant survives that nobody has judged."""
    seed = wanted.seed or tonight()
    areas, blocks = drive.chosen_places(wanted.where)
    reasons = judged()
    folder = os.environ.pop(case.REPORTS, "")  # mutants' own tests leave nothing there
    alive = 0

    def report(record: CaseRecord) -> None:
        nonlocal alive
        state = state_of(record, reasons)
        alive += state == "survive"
        case.leave(record, folder)
        click.echo(f"{record.configuration['area']}: {record.test}: {record.note or state.upper()}")

    if wanted.name:
        areas, blocks = ([], blocks) if wanted.name.startswith("rtl/") else (areas, [])
    elif wanted.count == 0 and areas:
        raise UserError("all mutants are for blocks of the RTL only: name some, or give a count")
    holes = [m for m in tried.read() if m.state == "survive"] if wanted.survivors else None
    if areas:
        drive.in_text(areas, wanted.count, seed, report, stages=wanted.stages, name=wanted.name, survivors=holes)
    if blocks:
        drive.in_rtl(blocks, wanted.count, seed, report, jobs=wanted.jobs, only=wanted.name, survivors=holes)
    return Verdict.FAILED if alive else Verdict.PASSED


def listed(wanted: Wanted) -> list[str]:
    """What ``mutate`` would try, a line each."""
    seed = wanted.seed or tonight()
    areas, blocks = drive.chosen_places(wanted.where)
    copy = clone(ROOT) if areas else ROOT
    lines = [f"{area}: {mutant.name}" for area in areas for mutant in draw(copy, area, seed, wanted.count)]
    return lines + [f"rtl: {mutant.name}" for _, mutant in drive.rtl_drawn(blocks, wanted.count, seed, wanted.name)]


def write_page() -> None:
    """The page about what is listed in the checkout and all results of this clone since."""
    records = list(drive.known().values())
    if not records:
        raise UserError(f"{page.RECORDS} holds no results: run `traindeploy mutate` first")
    for row in page.write(records):
        click.echo(f"{row.area}: {row.noticed} noticed, {row.judged} judged, {row.survive} survive ({row.rate:.1f} %)")


def measure() -> None:
    """Measure afresh which tests run which line, on what is committed now."""
    coverage_map.measure(clone(ROOT, renew=True))
