# SPDX-License-Identifier: Apache-2.0
"""Draw mistakes of an area at random, from a clone of what is committed."""

import os
import random
import shutil
import subprocess
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from tb.mutate.judged import Place
from tb.mutate.text import coverage_map
from tb.mutate.text.areas import AREAS
from tb.mutate.text.sites import Mutant, mutants, parses
from tb.mutate.tried import Tried


def draw(root: Path, area: str, seed: str, count: int) -> list[Mutant]:
    """``count`` mistakes of ``area`` at random, all equally likely."""
    everything = [mutant for file in AREAS[area].sources(root) for mutant in mutants(root, file)]
    random.Random(f"{seed} {area}").shuffle(everything)
    return list(islice((mutant for mutant in everything if parses(mutant, root)), count))


def named(root: Path, name: str) -> list[tuple[str, Mutant]]:
    """The mutant ``name`` with its area, if there is one."""
    file = name.split(":")[0]
    areas = [area for area, known in AREAS.items() if file in known.sources(root)]
    return [(areas[0], mutant) for mutant in mutants(root, file) if mutant.name == name] if areas else []


def again(root: Path, survivors: Iterable[Tried]) -> list[tuple[str, Mutant]]:
    """Those of ``survivors`` that are of text, in ``root`` as it is: the nearest that changes such a line so."""
    found = []
    for old in survivors:
        if old.area == "rtl" or not (root / old.place.file).exists():
            continue
        lines = [line.strip() for line in (root / old.place.file).read_text(encoding="utf-8").splitlines()]
        alike = [m for m in mutants(root, old.place.file) if Place(m.file, lines[m.line - 1], change(m)) == old.place]
        if alike:
            found.append((old.area, min(alike, key=lambda m: abs(m.start - old.start))))
    return found


def change(mutant: Mutant) -> str:
    """What becomes what, as records and judgements have it."""
    return f"{mutant.old!r} -> {mutant.new!r}"


def clone(root: Path, renew: bool = False) -> Path:
    """A clone of what is committed, which shares simulators and objects by their contents.

    It stays at its commit, for which the map was measured, unless it is to ``renew``. The environment's MUTATE_WORKER
    tells clones apart, so that several campaigns can run at a time.
    """
    copy = coverage_map.FOLDER / f"checkout{os.environ.get('MUTATE_WORKER', '')}"
    if not copy.exists():
        subprocess.run(["git", "clone", "-q", str(root), str(copy)], check=True)
        (copy / "build").mkdir(exist_ok=True)
        for shared in ("sim", "objects"):
            (root / "build" / shared).mkdir(parents=True, exist_ok=True)
            (copy / "build" / shared).symlink_to((root / "build" / shared).resolve())
    subprocess.run(["git", "checkout", "-q", "--", "."], cwd=copy, check=True)  # what a killed run has left broken
    if renew:
        shutil.rmtree(coverage_map.MAP, ignore_errors=True)
        for words in (("fetch", "-q"), ("reset", "-q", "--hard", "origin/HEAD")):
            subprocess.run(["git", *words], cwd=copy, check=True)
    return copy
