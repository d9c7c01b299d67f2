# SPDX-License-Identifier: Apache-2.0
"""The plan as jobs for a regression: each case is a job, and each simulator is built once, before its cases.

``traindeploy regress`` reads what ``python -m tests.plan --jobs`` prints, so that a bisection can ask any commit.
"""

from collections.abc import Iterable, Iterator

from tb.farm.prepare import PLATFORM
from tb.mutate.text.areas import AREAS
from tb.plan import PLANS, BlockEntry, Case
from tests.plan import PLAN
from tests.plan.collect import node_of
from tests.plan.entries import NETWORK_TEST
from tests.plan.records import command
from traindeploy.ops import KERNELS
from traindeploy.records.case import Kind
from traindeploy.records.job import PYTHON, Job

PARTS = 4  # a function or file of several tests, each of which pytest ends at the entry's limit, may take so many
START = 120  # seconds that a job may take besides what pytest and the simulator limit: to start, and to say what failed
SAMPLE = 25  # mutants of each area of text
RTL_SAMPLE = 200  # of all blocks
BUILD = 3600  # seconds for a simulator on a machine that does other things, too


def jobs(plan: str) -> list[Job]:
    """The jobs of ``plan`` and of those before it: a night runs what a push runs, too."""
    wanted = PLANS[: PLANS.index(plan) + 1]
    chosen = [case for entry in PLAN.values() for case in entry.cases() if case.plan in wanted]
    return [*builds(chosen), *map(job_of, chosen), *(besides() if plan != PLANS[0] else ())]


def job_of(case: Case) -> Job:
    """The job that runs ``case``."""
    node = node_of(case)
    return Job(
        name=case.id,
        command=(PYTHON, "-m", "pytest", "-m", "", "-q", "-p", "no:cacheprovider", "-o", "addopts=", node),
        seconds=case.entry.seconds * (1 if "[" in node else PARTS) + START,
        test=case.entry.name,
        kind=case.entry.kind,
        needs=tuple(needed(case)),
        repeat=command(node),
    )


def besides() -> Iterator[Job]:
    """What a night runs that is no case of the plan: every kernel alone, a sample of mutants, the speed."""
    cli = (PYTHON, "-m", "traindeploy.app.cli")
    for function in KERNELS:
        name = function.removeprefix("td_")
        yield Job(
            name=f"verify.{name}",
            command=(*cli, "verify", name),
            seconds=3600,
            test=f"verify.{name}",
            kind=Kind.KERNEL,
            repeat=f"make verify KERNEL={name}",
        )
    yield Job(
        name="mutate.text",
        command=(*cli, "mutate", *AREAS, "--count", f"{SAMPLE}", "--jobs", "1"),
        seconds=4 * 3600,
        test="mutate.text",
        kind=Kind.MUTANT,
        scored=True,
        repeat=f"traindeploy mutate {' '.join(AREAS)} --count {SAMPLE}",
    )
    yield Job(
        name="mutate.rtl",
        command=(*cli, "mutate", "rtl", "--count", f"{RTL_SAMPLE}", "--jobs", "1"),
        seconds=2 * 3600,
        test="mutate.rtl",
        kind=Kind.MUTANT,
        scored=True,
        repeat=f"traindeploy mutate rtl --count {RTL_SAMPLE}",
    )
    yield Job(
        name="bench-sim",
        command=(PYTHON, "-m", "traindeploy.app.bench_sim"),
        seconds=3600,
        test="bench-sim",
        kind=Kind.BENCHMARK,
        leaves_records=False,
        repeat="make bench-sim",
    )


def needed(case: Case) -> Iterator[str]:
    """The simulators that many cases share; a test that alone uses a variant builds it itself."""
    entry = case.entry
    if isinstance(entry, BlockEntry):
        yield "build " + ":".join((entry.block, entry.bench, case.configuration))
    elif entry.cocotb == NETWORK_TEST:
        yield f"build {PLATFORM}:compact"
        if entry.kind is Kind.RUN:
            yield f"build {PLATFORM}:paper"


def builds(chosen: Iterable[Case]) -> list[Job]:
    """A job for each simulator that cases in ``chosen`` need."""
    names = dict.fromkeys(name for case in chosen for name in needed(case))
    return [
        Job(
            name=name,
            command=(PYTHON, "-m", "tb.farm.prepare", name.removeprefix("build ")),
            seconds=BUILD,
            leaves_records=False,
            repeat=f"python -m tb.farm.prepare {name.removeprefix('build ')}",
        )
        for name in names
    ]
