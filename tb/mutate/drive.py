# SPDX-License-Identifier: Apache-2.0
"""A campaign: draw mutants, try those that have no result yet, and record each as a case.

A run that was stopped goes on where it stood. Results are those of a state of the sources: begin afresh after a change
by deleting build/reports/mutation.jsonl.
"""

import random
import shlex
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from tb.blocks.catalogue import CATALOGUE
from tb.build.toolchain import versions
from tb.mutate import campaign
from tb.mutate.campaign import Bench, Check, Generated
from tb.mutate.page import RECORDS
from tb.mutate.text import coverage_map
from tb.mutate.text.areas import AREAS
from tb.mutate.text.asker import Asker, UndecidedError
from tb.mutate.text.draw import again, change, clone, draw, named
from tb.mutate.text.sites import Mutant
from tb.mutate.text.trial import tried
from tb.mutate.tried import Tried
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records.case import CaseRecord, Kind, append, read_all
from traindeploy.records.provenance import collect
from traindeploy.records.verdict import Verdict

ALL = 99  # stages
Report = Callable[[CaseRecord], None]


def known(survivors: bool = True) -> dict[str, CaseRecord]:
    """What has a result, by name; with or without what survived."""
    records = read_all(RECORDS) if RECORDS.exists() else []
    return {record.test: record for record in records if survivors or record.verdict is not Verdict.FAILED}


def in_text(
    areas: Sequence[str], count: int, seed: str, report: Report, *, stages: int = ALL, name: str = "",
    survivors: Sequence[Tried] | None = None,
) -> None:  # fmt: skip
    """Try ``count`` mutants of Python and C of each area, or the one called ``name``, or ``survivors`` again.

    Those that ``stages`` fewer than all let survive are reported, and tried again another time.
    """
    copy = clone(ROOT)
    if survivors is not None:
        drawn = [(a, mutant) for a, mutant in again(copy, survivors) if a in areas]
    else:
        drawn = named(copy, name) if name else [(a, mutant) for a in areas for mutant in draw(copy, a, seed, count)]
    done = known(survivors is None)
    if waiting := [(area, mutant) for area, mutant in drawn if mutant.name not in done]:
        ask = Asker(copy)
        try:
            for area, mutant in waiting:
                if (found := _try_text(area, mutant, ask, stages)) is None:
                    continue
                if found.verdict is not Verdict.FAILED or stages >= ALL:
                    append(found, RECORDS)
                report(found)
        finally:
            ask.close()


def _try_text(area: str, mutant: Mutant, ask: Asker, stages: int) -> CaseRecord | None:
    lines = (ask.copy / mutant.file).read_text(encoding="utf-8").splitlines()
    own = tuple(word for word in AREAS[area].stages[0] if word.startswith("tests/"))
    near = [test for test in coverage_map.near(ask.copy, mutant.file, mutant.line) if test.startswith(own)]
    try:
        found = tried(mutant, area, ask, near, stages)
    except UndecidedError:
        return None
    place = {"file": mutant.file, "text": lines[mutant.line - 1].strip(), "change": change(mutant)}
    return _record(mutant.name, {"area": area, **place}, found.by, found.stillborn, found.seconds)


def in_rtl(
    blocks: Sequence[str], count: int, seed: str, report: Report, *, jobs: int = 2, only: str = "",
    survivors: Sequence[Tried] | None = None,
) -> None:  # fmt: skip
    """Try ``count`` mutants drawn from all of the blocks' modules; 0: all. ``only``: those whose name holds it.

    ``survivors``: these again.
    """
    drawn = rtl_drawn(blocks, count if survivors is None else 0, seed, only)
    if survivors is not None:
        wanted = {mutant.name for mutant in survivors}
        drawn = [(block, mutant) for block, mutant in drawn if mutant.name in wanted]
    done = known(survivors is None)
    for name in dict.fromkeys(block for block, _ in drawn):
        waiting = [mutant for block, mutant in drawn if block == name and mutant.name not in done]
        if waiting:
            _try_block(name, waiting, report, jobs)


def rtl_drawn(blocks: Sequence[str], count: int, seed: str, only: str = "") -> list[tuple[str, Generated]]:
    """(block, mutant), drawn at random if there are more than ``count``, in the order of blocks and lines."""
    found = []
    for name in blocks:
        block = CATALOGUE[name]
        bench = block.mutation.bench if block.mutation else "main"
        found += [(name, m) for m in campaign.generated(block.benches[bench].sources, block.rtl) if only in m.name]
    if 0 < count < len(found):
        chosen = set(random.Random(f"{seed} rtl").sample(range(len(found)), count))
        found = [pair for i, pair in enumerate(found) if i in chosen]
    return found


def _try_block(name: str, waiting: Sequence[Generated], report: Report, jobs: int) -> None:
    """All checks of the block in turn, each on the mutants that none before has noticed."""
    block = CATALOGUE[name]
    mutation = block.mutation
    main = (mutation.bench, mutation.configuration) if mutation else ("main", "")
    left = {mutant.name: mutant for mutant in waiting}
    for pair in [main, *(pair for pair in _others(name) if pair != main)]:
        bench = campaign.prepare(block, *pair)
        for mutant in bench.stillborn if pair == main else ():
            if left.pop(mutant.name, None):
                _keep(name, mutant, "", 0.0, report, stillborn=True)
        for known_check in campaign.checks_of(bench, mutation.environment if mutation else {}):
            asked = [mutant for mutant in bench.mutants if mutant.name in left]
            if asked and (check := campaign.measured(bench, known_check)):
                for mutant, said, seconds in _attempts(bench, check, asked, jobs):
                    if said:
                        _keep(name, left.pop(mutant.name), check.name, seconds, report)
    for mutant in left.values():
        _keep(name, mutant, "", 0.0, report)


def _attempts(
    bench: Bench, check: Check, mutants: Sequence[Generated], jobs: int
) -> Iterator[tuple[Generated, str, float]]:
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        waiting = {pool.submit(campaign.attempt, bench, check, mutant.number): mutant for mutant in mutants}
        for future in as_completed(waiting):
            yield waiting[future], *future.result()


def _others(name: str) -> Iterator[tuple[str, str]]:
    """Benches and configurations on which a push runs the block's tests, and which run the block's own modules."""
    block = CATALOGUE[name]
    pairs = {(e.bench, c): None for e in block.tests if e.seeds.push for c in e.configurations}
    yield from (pair for pair in pairs if campaign.generated(block.benches[pair[0]].sources, block.rtl))


def _keep(block: str, mutant: Generated, by: str, seconds: float, report: Report, stillborn: bool = False) -> None:
    where = {"area": "rtl", "block": block, "file": mutant.file, "text": mutant.text, "change": mutant.said}
    record = _record(mutant.name, where, by, stillborn, seconds)
    append(record, RECORDS)
    report(record)


def _record(name: str, where: dict[str, str], by: str, stillborn: bool, seconds: float) -> CaseRecord:
    """The case of a mutant: passed if a test noticed it, error if it does not build."""
    states = {True: Verdict.PASSED, False: Verdict.FAILED}
    failure = "does not build" if stillborn else "" if by else "no test notices it"
    return CaseRecord(
        kind=Kind.MUTANT,
        test=name,
        configuration=where,
        verdict=Verdict.ERROR if stillborn else states[bool(by)],
        failure=failure,
        note="" if stillborn else by,
        seconds=round(seconds, 1),
        command=f"traindeploy mutate --name {shlex.quote(name)}",
        provenance=collect(versions()),
    )


def chosen_places(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Areas of text and blocks of the RTL that ``words`` name; all of them for none. UserError for another word."""
    areas, blocks = [area for area in AREAS if area != "rtl"], [block.name for block in campaign.blocks()]
    if strange := next((word for word in words if word not in [*areas, "rtl", *blocks]), None):
        raise UserError(f"{strange!r}: expected areas or blocks, of {', '.join([*areas, 'rtl', *blocks])}")
    if not words:
        return areas, blocks
    return [w for w in words if w in areas], blocks if "rtl" in words else [w for w in words if w in blocks]
