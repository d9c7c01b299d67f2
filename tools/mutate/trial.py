# SPDX-License-Identifier: Apache-2.0
"""One mutant: break a copy of the checkout, ask its tests until one fails, mend it."""

import re
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.mutate.areas import stages
from tools.mutate.sites import Mutant

SECONDS = 1200  # a stage; a mutant for which the tests never end is noticed
MEMORY = 16 << 30
NOTHING_COLLECTED = 5
STILLBORN = re.compile(r"does not build|does not compile|%Error: .*syntax error|error: expected")


@dataclass(frozen=True)
class Verdict:
    """``by``: the test that failed, "" if the mutant survives; ``stillborn``: it does not even build."""

    by: str
    stillborn: bool
    seconds: float


def tried(mutant: Mutant, area: str, copy: Path, near: Sequence[str] = ()) -> Verdict:
    """What becomes of ``mutant`` in ``copy``, a checkout of its own; ``near``: tests that run its line, asked first."""
    path, begun = copy / mutant.file, time.monotonic()
    original = path.read_text(encoding="utf-8")
    for stage in [*([tuple(near)] if near else []), *stages(area, mutant.file)]:
        asked = stage
        while True:
            path.write_text(mutant.apply(original), encoding="utf-8")
            try:
                failed, output = _failing(asked, copy)
            finally:
                path.write_text(original, encoding="utf-8")
            # A test that fails on the original too has noticed nothing.
            if not failed or not _failing([failed], copy)[0]:
                break
            asked = (*asked, "--deselect", failed)
        if failed:
            stillborn = bool(STILLBORN.search(output)) and not mutant.file.endswith(".py")
            return Verdict(failed, stillborn, time.monotonic() - begun)
    return Verdict("", False, time.monotonic() - begun)


def _failing(stage: Sequence[str], copy: Path) -> tuple[str, str]:
    """The first test of ``stage`` that fails, and what pytest printed; "" if none does."""
    known = [word for word in stage if not word.startswith("tests/") or (copy / word.split("::")[0]).exists()]
    if not any(word.startswith("tests/") for word in known):
        return "", ""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *known]
    try:
        done = subprocess.run(
            command, cwd=copy, capture_output=True, text=True, timeout=SECONDS, preexec_fn=_limited, check=False
        )
    except subprocess.TimeoutExpired:
        return "no end within the time", ""
    if done.returncode in (0, NOTHING_COLLECTED):
        return "", done.stdout
    named = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return named[1] if named else f"pytest ended with {done.returncode}", done.stdout + done.stderr


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
