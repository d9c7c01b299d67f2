# SPDX-License-Identifier: Apache-2.0
"""The mutants of a kernel's C, and of RedMule where it ran: of docs/results/mutants.txt, and of campaigns here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tb.mutate.judged import Place, judged
from tb.mutate.page import RECORDS
from tb.mutate.tried import LIST, Tried, merged, read
from traindeploy.platform.paths import ROOT
from traindeploy.records.case import Kind, read_all
from traindeploy.records.kernel import KernelRecord, Mutant

REDMULE = "rtl/redmule"
NEEDED = {"area", "file", "text", "change"}


def recorded(
    path: Path = RECORDS, listed: Path = LIST, reasons: Mapping[Place, str] | None = None, root: Path = ROOT
) -> list[Tried]:
    """The mutants that have a result: those that are committed, and in their place what ``path`` says since."""
    records = [r for r in (read_all(path) if path.exists() else ()) if r.kind is Kind.MUTANT]
    usable = [record for record in records if set(record.configuration) >= NEEDED]
    return merged(read(listed), usable, judged() if reasons is None else reasons, root)


def mutants_of(record: KernelRecord, campaign: Sequence[Tried], root: Path = ROOT) -> tuple[Mutant, ...]:
    """Those of ``campaign`` in lines of the kernel, which its coverage of the firmware names, and in RedMule's.

    A line is known by its text, as in tb/mutate/judged.txt: lines move, and a mutant of a line that was changed since
    says nothing any more. What did not build is no mutant. Without coverage of the firmware there are none of the C.
    """
    own = {*_lines(record, root), *_of_redmule(record, root)}
    found = []
    for mutant in campaign:
        if mutant.state != "stillborn" and (mutant.place.file, mutant.place.text) in own:
            found.append(
                Mutant(
                    name=mutant.name, place=mutant.where, change=mutant.place.change, by=mutant.by,
                    killed=mutant.state == "noticed", date=mutant.date, commit=mutant.commit,
                )
            )  # fmt: skip
    return tuple(found)


def _lines(record: KernelRecord, root: Path) -> list[tuple[str, str]]:
    """File and text of each line of the kernel's C."""
    found = []
    for point in record.coverage:
        if point.metric == "line" and point.name.startswith("firmware/"):
            text = (root / point.name).read_text(encoding="utf-8").splitlines()
            found += [(point.name, text[int(line) - 1].strip()) for line in point.hits if int(line) <= len(text)]
    return found


def _of_redmule(record: KernelRecord, root: Path) -> list[tuple[str, str]]:
    """File and text of each line of RedMule, if a case ran there."""
    if not any(case.engine == "redmule" for case in record.cases):
        return []
    files = sorted((root / REDMULE).glob("*.sv"))
    return [(f"{REDMULE}/{path.name}", line.strip()) for path in files for line in path.read_text("utf-8").splitlines()]
