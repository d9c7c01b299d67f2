# SPDX-License-Identifier: Apache-2.0
"""docs/results/mutation.md from the records of a campaign: the rate by area, and every mutant that no test notices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tb.mutate import tried
from tb.mutate.judged import Place, judged
from tb.mutate.tried import LIST, place_of, state_of
from traindeploy.platform.paths import BUILD, ROOT
from traindeploy.records.case import CaseRecord

PAGE = ROOT / "docs/results/mutation.md"
RECORDS = BUILD / "reports" / "mutation.jsonl"  # of campaigns; named here, where nothing of the tests is imported

INTRODUCTION = """# Mutation: would the tests have noticed?

`traindeploy mutate --page` writes this page from the campaign's records, and [mutants.txt](mutants.txt), which holds
every mutant with what noticed it, and is what the pages of kernels show.
A mutant is one small mistake, generated and drawn at random, planted into what is otherwise right.
It counts as noticed when a test fails that passes without it.
Of those that survive, some compute the same as the original, or differ in what nobody promises: each is judged below.
`survive` counts what is left: holes in the tests.
"""


@dataclass(frozen=True)
class Row:
    """Counts of an area; ``stillborn`` did not build and count for nothing."""

    area: str
    noticed: int
    judged: int
    survive: int
    stillborn: int

    @property
    def rate(self) -> float:
        """% noticed of those that could be."""
        known = self.noticed + self.survive
        return 100 * self.noticed / known if known else 100.0


def rows(records: Sequence[CaseRecord], reasons: dict[Place, str]) -> list[Row]:
    """A row for each area, in the order of the records, and one for all."""
    areas = list(dict.fromkeys(str(record.configuration["area"]) for record in records))
    found = [_row(a, [r for r in records if r.configuration["area"] == a], reasons) for a in areas]
    return [*found, _row("all", records, reasons)]


def _row(area: str, records: Iterable[CaseRecord], reasons: dict[Place, str]) -> Row:
    counts = {"noticed": 0, "judged": 0, "survive": 0, "stillborn": 0}
    for record in records:
        counts[state_of(record, reasons)] += 1
    return Row(area, **counts)


def write(records: Sequence[CaseRecord], page: Path = PAGE, listed: Path = LIST) -> list[Row]:
    """Write the page and the list; the rows of the page."""
    reasons = judged()
    table = rows(records, reasons)
    lines = [INTRODUCTION, "| area | mutants | noticed | judged | survive | noticed, % |", "|---|---|---|---|---|---|"]
    for row in table:
        total = row.noticed + row.judged + row.survive
        lines.append(f"| {row.area} | {total} | {row.noticed} | {row.judged} | {row.survive} | {row.rate:.1f} |")
    alive = [record for record in records if state_of(record, reasons) == "survive"]
    lines += ["", "## What survives", ""]
    lines += _table(alive, ["what is missing"], lambda record: record.detail or "not looked at yet")
    excused = [record for record in records if state_of(record, reasons) == "judged"]
    lines += ["", "## What no test can notice, or need not", ""]
    lines += _table(excused, ["why"], lambda record: reasons[place_of(record)])
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tried.write([tried.tried(record, reasons) for record in records], listed)
    return table


def _table(records: Sequence[CaseRecord], heads: Sequence[str], last) -> list[str]:  # type: ignore[no-untyped-def]
    if not records:
        return ["None."]
    lines = [f"| where | line | change | {' | '.join(heads)} |", f"|---|---|---|{'---|' * len(heads)}"]
    for record in records:
        where = place_of(record)
        cells = [record.test.split(" ")[0], f"`{where.text}`", f"`{where.change}`", last(record)]
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return lines
