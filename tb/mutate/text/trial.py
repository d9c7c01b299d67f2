# SPDX-License-Identifier: Apache-2.0
"""One mutant: break a copy of the checkout, ask its tests until one fails, mend it."""

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tb.mutate.text.areas import stages
from tb.mutate.text.asker import NEVER_ENDS, Asker
from tb.mutate.text.sites import Mutant

STILLBORN = re.compile(r"does not build|does not compile|%Error: .*syntax error|error: expected")
QUICKLY, NEARLY = 12, 150  # tests that run the mutant's line: how many are asked first, and how many then


@dataclass(frozen=True)
class Verdict:
    """``by``: the test that failed, "" if the mutant survives; ``stillborn``: it does not even build."""

    by: str
    stillborn: bool
    seconds: float


def tried(mutant: Mutant, area: str, ask: Asker, near: Sequence[str] = (), most: int = 99) -> Verdict:
    """What becomes of ``mutant`` in the asker's checkout; ``near``: tests that run its line, asked first.

    ``most``: stages that are asked.

    Raises:
        UndecidedError: some test takes too long by the clock.
    """
    begun = time.monotonic()
    for stage in [near[:QUICKLY], near[QUICKLY:NEARLY], near[NEARLY:], *stages(ask.copy, area, mutant.file)[:most]]:
        asked = tuple(stage)
        while asked:
            with planted(mutant, ask.copy):
                reply = ask(asked)
            # A test that fails on the original too has noticed nothing.
            if reply.failed in ("", NEVER_ENDS) or ask.passes(reply.failed):
                break
            asked = (*asked, "--deselect", reply.failed)
        if asked and reply.failed:
            stillborn = bool(STILLBORN.search(reply.said)) and not mutant.file.endswith(".py")
            return Verdict(reply.failed, stillborn, time.monotonic() - begun)
    return Verdict("", False, time.monotonic() - begun)


@contextmanager
def planted(mutant: Mutant, copy: Path) -> Iterator[None]:
    """``copy`` with the mutant in it; afterwards its file is what it was, its time included, which Python trusts."""
    path = copy / mutant.file
    original, times = path.read_text(encoding="utf-8"), path.stat()
    path.write_text(mutant.apply(original), encoding="utf-8")
    _forget_compiled(path)
    try:
        yield
    finally:
        _forget_compiled(path)
        path.write_text(original, encoding="utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _forget_compiled(path: Path) -> None:
    """Python trusts its compiled file if size and second agree, as they may for a mutant of one character."""
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink(missing_ok=True)
