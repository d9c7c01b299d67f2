# SPDX-License-Identifier: Apache-2.0
"""Mutants of the kernel's C, and of RedMule where it ran: how many were noticed, each that was not."""

from collections.abc import Sequence

from markupsafe import Markup

from traindeploy.records.kernel import KernelRecord, Mutant
from traindeploy.report.kernel.share import percent
from traindeploy.report.page import Column, Section, parts, table
from traindeploy.report.page.tables import Value

RTL = "rtl/"
FEW = 12  # survivors that stand open on the page


def section(record: KernelRecord) -> Section:
    """Of the C always, even to say that none was tried; of RedMule if a case ran there."""
    blocks = [_part("the kernel's C", "source", [m for m in record.mutants if not m.place.startswith(RTL)])]
    if any(case.engine == "redmule" for case in record.cases):
        blocks.append(_part("RedMule", "redmule", [m for m in record.mutants if m.place.startswith(RTL)]))
    note = "small mistakes planted by traindeploy mutate: does a test of the project fail?"
    return Section("Mutants", parts.join(*blocks), note=note, anchor="mutants")


def _part(of: str, key: str, mutants: Sequence[Mutant]) -> Markup:
    if not mutants:
        return parts.absent(f"Whether a defect of {of} would be noticed", f"no mutant of {of} was tried.")
    survivors = [mutant for mutant in mutants if not mutant.killed]
    killed = [mutant for mutant in mutants if mutant.killed]
    rate = percent(len(killed), len(mutants))
    blocks = [
        Markup("<h3>Mutants of {}</h3>").format(of),
        parts.meter(len(killed) / len(mutants), f"{rate:g} % of {len(mutants)} killed"),
        parts.paragraph(_tried(mutants)),
    ]
    same = {i for i, value in ((3, "date"), (4, "commit")) if len({getattr(m, value) for m in mutants}) == 1}
    if survivors:
        shared = survivors[0].by if len(survivors) > 1 and len({m.by for m in survivors}) == 1 else ""
        if shared:
            blocks.append(parts.paragraph(f"Of each of the {len(survivors)} that survive: {shared}."))
        left_out = same | ({2} if shared else set())
        alive = _table(f"Surviving mutants of {of}", "why it may live", survivors, f"survivors-{key}", left_out)
        blocks.append(parts.folded(f"{len(survivors)} survive", alive, is_open=len(survivors) <= FEW))
    else:
        blocks.append(parts.paragraph("None survives."))
    if killed:
        dead = _table(f"Killed mutants of {of}", "noticed by", killed, f"killed-{key}", same)
        blocks.append(parts.folded(f"{len(killed)} killed", dead, printed=len(killed) <= FEW))
    return parts.join(*blocks)


def _tried(mutants: Sequence[Mutant]) -> str:
    dates = sorted({mutant.date for mutant in mutants if mutant.date})
    commits = {mutant.commit for mutant in mutants if mutant.commit}
    if not dates:
        return "The record does not say when they were tried."
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    where = f"commit {min(commits)}" if len(commits) == 1 else f"{len(commits)} commits"
    return f"A sample, tried on {when} at {where}, of lines that have not changed since."


def _table(caption: str, why: str, mutants: Sequence[Mutant], key: str, left_out: set[int]) -> Markup:
    """Without the columns ``left_out``, whose value is said to be that of all."""
    columns = [Column("place", "code"), Column("change", "code"), Column(why), Column("tried"), Column("at", "code")]
    rows: list[list[Value]] = [
        [m.place, m.change, m.by or ("" if m.killed else "NOT EXPLAINED"), m.date or None, m.commit or None]
        for m in mutants
    ]
    kept = [i for i in range(len(columns)) if i not in left_out]
    return table(caption, [columns[i] for i in kept], [[row[i] for i in kept] for row in rows], key=key)
