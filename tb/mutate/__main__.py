# SPDX-License-Identifier: Apache-2.0
"""Break the blocks in one place after the other and see their tests fail: ``python -m tb.mutate [BLOCK | NAME ...]``.

A NAME is ``BLOCK: what is broken``, as the output has it. Each mutant is a build, about half a minute; a night tries
one a block, a week all. Exits 1 if a mutant survives. Each leaves a case record in build/reports/mutants.jsonl.
"""

import shlex
import sys
import time
from collections.abc import Sequence

from tb.blocks.catalogue import CATALOGUE
from tb.build.toolchain import versions
from tb.mutate.mutants import case_name, notices
from traindeploy.platform.paths import BUILD
from traindeploy.records.case import CaseRecord, Kind, append
from traindeploy.records.provenance import collect
from traindeploy.records.verdict import Verdict

REPORT = BUILD / "reports" / "mutants.jsonl"


def main(words: Sequence[str]) -> int:
    """Try the mutants of the blocks and names in ``words`` (default: all) and print what notices each."""
    known = {
        f"{block.name}: {name}": (block.name, name)
        for block in CATALOGUE.values()
        if block.mutation is not None
        for name in block.mutation.mutants
    }
    chosen = [name for name in known if not words or name in words or known[name][0] in words]
    if not chosen:
        print(f"no such block or mutant; blocks with mutants: {', '.join(dict(known.values()))}", file=sys.stderr)
        return 2
    survivors = 0
    for name in chosen:
        begun = time.monotonic()
        test = notices(*known[name])
        append(record(*known[name], test, round(time.monotonic() - begun, 1)), REPORT)
        print(f"{name}: {'noticed by ' + test if test else 'SURVIVES'}", flush=True)
        survivors += not test
    print(f"{len(chosen) - survivors} of {len(chosen)} mutants noticed")
    return int(survivors > 0)


def record(block: str, name: str, test: str, seconds: float) -> CaseRecord:
    """The case of mutant ``name`` of ``block``; ``test`` is what fails on it, empty if nothing does."""
    return CaseRecord(
        kind=Kind.MUTANT,
        test=case_name(block, name),
        verdict=Verdict.PASSED if test else Verdict.FAILED,
        failure="" if test else f"no test of {block} notices that {name}",
        note=test,
        seconds=seconds,
        command=f".venv/bin/python -m tb.mutate {shlex.quote(f'{block}: {name}')}",
        provenance=collect(versions()),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
