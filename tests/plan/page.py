# SPDX-License-Identifier: Apache-2.0
"""docs/reference/testplan.md: the plan as a page."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tb.blocks.catalogue import CATALOGUE
from tb.blocks.description import Block
from tb.plan import PLANS, Entry, Stage
from tests.plan import PLAN
from traindeploy.platform.paths import ROOT
from traindeploy.records.case import Kind

PAGE = ROOT / "docs" / "reference" / "testplan.md"
STAGES = {
    Stage.V1: "the documented function, at least once",
    Stage.V2: "every feature and every mistake, at random, functional coverage closed",
    Stage.V3: "long random runs, speed, code coverage, deliberate defects noticed",
}
KINDS = {
    Kind.PROGRAM: "Programs on the whole platform",
    Kind.KERNEL: "Kernels",
    Kind.RUN: "Networks",
    Kind.BENCH: "The bench itself",
    Kind.COVERAGE: "Code coverage",
    Kind.NETLIST: "The netlist",
}


def page() -> str:
    """The whole page."""
    lines = [
        "# Test plan",
        "",
        "`python -m tests.plan` writes this page from [tests/plan](../../tests/plan) and `tb/blocks/<block>/block.py`.",
        "[Add a test](../guide/add-a-test.md) says how to add to it.",
        "[Run tests](../guide/run-tests.md) says how to run one entry.",
        "An entry runs with each of its seeds in each of its configurations; a run of both is a case.",
        "",
        *table(("stage", "is reached when these hold"), ((stage.value, what) for stage, what in STAGES.items())),
        "",
        *table(("run by", "cases"), ((plan, count) for plan, count in cases_by_plan().items())),
        "",
        "A night runs what a push runs besides, a week runs both besides.",
        "",
        "## Blocks",
        *table(
            ("block", "what it is", "benches", "tests", "coverage points", "mutants"),
            (_block_row(block) for block in CATALOGUE.values()),
        ),
        "",
    ]
    for block in CATALOGUE.values():
        lines += [f"### {block.name}", *entries(block.tests), ""]
    for kind, title in KINDS.items():
        chosen = [entry for entry in PLAN.values() if entry.kind is kind]
        lines += [f"## {title}", *entries(chosen), ""]
    return "\n".join(lines).rstrip() + "\n"


def cases_by_plan() -> dict[str, int]:
    """How many cases push, night and week have; functions with parameters of their own count once."""
    counts = Counter(case.plan for entry in PLAN.values() for case in entry.cases())
    return {plan: counts[plan] for plan in PLANS}


def entries(chosen: Iterable[Entry]) -> list[str]:
    """The table of some entries."""
    return table(
        ("stage", "name", "what must hold", "configurations", "push", "night", "week", "limit, s"),
        (_row(entry) for entry in chosen),
    )


def _row(entry: Entry) -> tuple[object, ...]:
    local = entry.name if entry.kind is not Kind.BLOCK else entry.name.split(".", 1)[1]
    seeds = entry.seeds
    numbers = (len(seeds.push) or "", len(seeds.night) or "", len(seeds.week) or "")
    configurations = ", ".join(name for name in entry.configurations if name)
    return (entry.stage.value, f"`{local}`", entry.holds, configurations, *numbers, entry.seconds)


def _block_row(block: Block) -> tuple[object, ...]:
    points = sum(map(len, block.coverage.values()))
    mutants = len(block.mutation.mutants) if block.mutation else ""
    benches = ", ".join(f"`{bench.top}`" for bench in block.benches.values())
    return (f"[{block.name}](#{block.name})", block.title, benches, len(block.tests), points or "", mutants)


def table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> list[str]:
    """A Markdown table."""
    return [*_lines((head, ("---",) * len(head))), *_lines(rows)]


def _lines(rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    return (f"| {' | '.join(map(str, row))} |" for row in rows)
