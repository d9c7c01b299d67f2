# SPDX-License-Identifier: Apache-2.0
"""docs/results/mutation.md from docs/results/mutants.txt and the records of a campaign: rates, and what survives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tb.mutate import tried
from tb.mutate.judged import judged
from tb.mutate.tried import LIST, Tried
from traindeploy.platform.paths import BUILD, ROOT
from traindeploy.records.case import CaseRecord

PAGE = ROOT / "docs/results/mutation.md"
RECORDS = BUILD / "reports" / "mutation.jsonl"  # of campaigns; named here, where nothing of the tests is imported

INTRODUCTION = """# Mutation: would the tests have noticed?

`traindeploy mutate --page` writes this page and [mutants.txt](mutants.txt), which holds every mutant with what noticed
it, and is what the pages of kernels show.
Results of this clone replace those of the same mutants and add to the others; a mutant whose line is gone is left out.
A mutant is one small mistake, generated and drawn at random, planted into what is otherwise right.
It counts as noticed when a test fails that passes without it.
Of those that survive, some compute the same as the original, or differ in what nobody promises: each is judged below.
`survive` counts what is left: holes in the tests.
Survivors become tests, so these rates are of mutants that the tests have been mended for.
What a night's regression draws (`mutate.text`, `mutate.rtl`) nobody has seen before.
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


def rows(mutants: Sequence[Tried]) -> list[Row]:
    """A row for each area, in the order of the mutants, and one for all."""
    areas = list(dict.fromkeys(mutant.area for mutant in mutants))
    return [*(_row(a, [m for m in mutants if m.area == a]) for a in areas), _row("all", mutants)]


def _row(area: str, mutants: Iterable[Tried]) -> Row:
    counts = {"noticed": 0, "judged": 0, "survive": 0, "stillborn": 0}
    for mutant in mutants:
        counts[mutant.state] += 1
    return Row(area, **counts)


def write(records: Sequence[CaseRecord], page: Path = PAGE, listed: Path = LIST, root: Path = ROOT) -> list[Row]:
    """Write the page and the list, of what the list holds and ``records`` say since; the rows of the page."""
    mutants = tried.merged(tried.read(listed), records, judged(), root)
    table = rows(mutants)
    lines = [INTRODUCTION, "| area | mutants | noticed | judged | survive | noticed, % |", "|---|---|---|---|---|---|"]
    for row in table:
        total = row.noticed + row.judged + row.survive
        lines.append(f"| {row.area} | {total} | {row.noticed} | {row.judged} | {row.survive} | {row.rate:.1f} |")
    lines += ["", "## What survives", ""]
    lines += _table([m for m in mutants if m.state == "survive"], "what is missing")
    lines += ["", "## What no test can notice, or need not", ""]
    lines += _table([m for m in mutants if m.state == "judged"], "why")
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tried.write(mutants, listed)
    return table


def _table(mutants: Sequence[Tried], last: str) -> list[str]:
    if not mutants:
        return ["None."]
    lines = [f"| where | line | change | {last} |", "|---|---|---|---|"]
    for m in mutants:
        cells = [m.where, f"`{m.place.text}`", f"`{m.place.change}`", m.by or "not looked at yet"]
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return lines
