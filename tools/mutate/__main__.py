# SPDX-License-Identifier: Apache-2.0
"""Plant generated mistakes, one after the other, and see whether the tests notice: ``python -m tools.mutate``.

Mutants are drawn from all that could be made, the same number from every area. Each is planted in a clone of the
checkout, in which the tests that concern it run until one fails. Results go to build/mutate/results.jsonl, a case
record a line; a run that was stopped goes on where it stood.
"""

import argparse
import random
import shlex
import subprocess
import sys
from itertools import islice
from pathlib import Path

from tools.mutate import coverage_map
from tools.mutate.areas import AREAS
from tools.mutate.sites import Mutant, mutants, parses
from tools.mutate.trial import Verdict, tried
from traindeploy.platform.paths import ROOT
from traindeploy.records import verdict
from traindeploy.records.case import CaseRecord, Kind, append, read_all
from traindeploy.records.provenance import collect

RESULTS = coverage_map.FOLDER / "results.jsonl"


def main() -> int:
    """Exit status: 1 if a mutant survives."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutate", description=__doc__.split("\n\n")[0])
    parser.add_argument("--map", action="store_true", help="measure first which tests run which line")
    parser.add_argument("--areas", nargs="*", default=list(AREAS), choices=list(AREAS), metavar="AREA")
    parser.add_argument("--count", type=int, default=20, help="mutants an area")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", default="", help="only the mutant of this name")
    parser.add_argument("--list", action="store_true", help="show what would be planted")
    chosen = parser.parse_args()
    if chosen.map:
        coverage_map.measure()
    drawn = [(area, mutant) for area in chosen.areas for mutant in draw(ROOT, area, chosen.seed, chosen.count)]
    if chosen.name:
        drawn = [(area, m) for area in AREAS for f in AREAS[area].sources(ROOT) for m in mutants(ROOT, f)]
        drawn = [(area, m) for area, m in drawn if m.name == chosen.name]
    if not drawn:
        parser.error(f"no mutant {chosen.name!r}: `--list` shows what there is")
    if chosen.list:
        print(*(f"{area}: {mutant.name}" for area, mutant in drawn), sep="\n")
        return 0
    return run(drawn)


def run(drawn: list[tuple[str, Mutant]]) -> int:
    """Try all that have no result yet; 1 if one survives."""
    known = {record.test: record for record in read_all(RESULTS)} if RESULTS.exists() else {}
    copy = clone(ROOT)
    for area, mutant in drawn:
        if mutant.name not in known:
            found = tried(mutant, area, copy, coverage_map.near(ROOT, mutant.file, mutant.line))
            known[mutant.name] = record(area, mutant, found)
            append(known[mutant.name], RESULTS)
            print(f"{area}: {mutant.name}: {known[mutant.name].note or 'SURVIVES'}", flush=True)
    results = [known[mutant.name] for _, mutant in drawn]
    alive = [result for result in results if result.verdict is verdict.Verdict.FAILED]
    stillborn = [result for result in results if result.verdict is verdict.Verdict.ERROR]
    print(f"{len(results) - len(stillborn) - len(alive)} of {len(results) - len(stillborn)} mutants noticed;"
          f" {len(stillborn)} did not build")  # fmt: skip
    return int(bool(alive))


def draw(root: Path, area: str, seed: int, count: int) -> list[Mutant]:
    """``count`` mistakes of ``area`` at random, all equally likely."""
    everything = [mutant for file in AREAS[area].sources(root) for mutant in mutants(root, file)]
    random.Random(f"{seed} {area}").shuffle(everything)
    return list(islice((mutant for mutant in everything if parses(mutant, root)), count))


def clone(root: Path) -> Path:
    """A clone of what is committed, which shares simulators and objects by their contents."""
    copy = coverage_map.FOLDER / "checkout"
    if not copy.exists():
        subprocess.run(["git", "clone", "-q", str(root), str(copy)], check=True)
        (copy / "build").mkdir(exist_ok=True)
        for shared in ("sim", "objects"):
            (root / "build" / shared).mkdir(parents=True, exist_ok=True)
            (copy / "build" / shared).symlink_to((root / "build" / shared).resolve())
    for words in (("fetch", "-q"), ("reset", "-q", "--hard", "origin/HEAD")):
        subprocess.run(["git", *words], cwd=copy, check=True)
    return copy


def record(area: str, mutant: Mutant, found: Verdict) -> CaseRecord:
    """The case of ``mutant``: passed if a test noticed it, error if it does not build."""
    states = {True: verdict.Verdict.PASSED, False: verdict.Verdict.FAILED}
    return CaseRecord(
        kind=Kind.MUTANT,
        test=mutant.name,
        configuration={"area": area},
        verdict=verdict.Verdict.ERROR if found.stillborn else states[bool(found.by)],
        failure=""
        if found.by and not found.stillborn
        else "does not build"
        if found.stillborn
        else "no test notices it",
        note=found.by,
        seconds=round(found.seconds, 1),
        command=f"python -m tools.mutate --name {shlex.quote(mutant.name)}",
        provenance=collect(),
    )


if __name__ == "__main__":
    sys.exit(main())
