# SPDX-License-Identifier: Apache-2.0
"""The mutants of a kernel's C, from the records that ``traindeploy mutate`` has left."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tb.mutate.judged import Place, judged
from tb.mutate.page import RECORDS, place_of
from traindeploy.platform.paths import ROOT
from traindeploy.records.case import CaseRecord, Kind, read_all
from traindeploy.records.kernel import KernelRecord, Mutant
from traindeploy.records.verdict import Verdict


def recorded(path: Path = RECORDS) -> list[CaseRecord]:
    """The mutants that have a result; none if no campaign has run."""
    return [record for record in read_all(path) if record.kind is Kind.MUTANT] if path.exists() else []


def mutants_of(
    record: KernelRecord, campaign: Sequence[CaseRecord], reasons: Mapping[Place, str] | None = None, root: Path = ROOT
) -> tuple[Mutant, ...]:
    """Those of ``campaign`` in lines of the kernel, which its coverage of the firmware names; none without coverage.

    A line is known by its text, as in tb/mutate/judged.txt: lines move. What did not build is no mutant. ``reasons``:
    why survivors may live (judged.txt if None).
    """
    own = set(_lines(record, root))
    known = judged() if reasons is None else reasons
    found = []
    for mutant in campaign:
        if mutant.verdict is Verdict.ERROR or not {"file", "text", "change"} <= set(mutant.configuration):
            continue
        place = place_of(mutant)
        if (place.file, place.text) in own:
            killed = mutant.passed
            why = mutant.note if killed else known.get(place, mutant.detail)
            line = re.match(r"\S+:\d+", mutant.test)
            found.append(
                Mutant(
                    name=mutant.test, place=line[0] if line else place.file, change=place.change, killed=killed, by=why
                )
            )
    return tuple(found)


def _lines(record: KernelRecord, root: Path) -> list[tuple[str, str]]:
    """File and text of each line of the kernel."""
    found = []
    for point in record.coverage:
        if point.metric == "line" and point.name.startswith("firmware/"):
            text = (root / point.name).read_text(encoding="utf-8").splitlines()
            found += [(point.name, text[int(line) - 1].strip()) for line in point.hits if int(line) <= len(text)]
    return found
