# SPDX-License-Identifier: Apache-2.0
"""Ask tests of a checkout, and stop at the first that fails."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SERVER = Path(__file__).with_name("forks.py")
SLOW = (  # to import; the checkout's own modules must not be among them
    "numpy", "onnx", "onnx.helper", "onnx.numpy_helper", "onnx.shape_inference", "onnxruntime", "torch", "pytest",
    "xdist", "hypothesis", "jinja2", "rich.console", "rich.table", "click", "jsonschema", "scipy.special",
    "pygments.lexers", "elftools.elf.elffile", "cocotb_tools.runner", "systemrdl",
)  # fmt: skip
CPU, WALL = 600, 2400  # seconds that one process, and one question, may take
NEVER_ENDS = "no end: the processor's time is used up"
OPTIONS = ("-x", "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider", "-p", "no:timeout")
USAGE, NOTHING_COLLECTED = 4, 5


class UndecidedError(Exception):
    """The question took too long by the clock, which says nothing of the mutant: the machine may be busy."""


@dataclass(frozen=True)
class Reply:
    """``failed``: the first test that fails, "" if none does; ``said``: what pytest printed; ``cpu`` in seconds."""

    failed: str
    said: str
    cpu: float


def first_failed(said: str) -> str:
    """The first test that pytest's summary calls failed, "" for none; what tests have logged is no summary."""
    named = re.search(r"^(?:FAILED|ERROR) (tests/.+?)(?: - .*)?$", said, re.MULTILINE)
    return named[1] if named else ""


class Asker:
    """pytest in ``copy``, started once and forked for every question.

    Limits are of the processor's time, so that a busy machine does not make a test fail; tests' own limits of time by
    the clock are off.
    """

    def __init__(self, copy: Path, slow: Sequence[str] = SLOW) -> None:
        self.copy, self.known = copy, dict[str, bool]()
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self.scratch = tempfile.TemporaryDirectory(prefix="mutate-")
        environment["HYPOTHESIS_STORAGE_DIRECTORY"] = f"{self.scratch.name}/hypothesis"
        self.server = subprocess.Popen(
            [sys.executable, str(SERVER), *slow],
            cwd=copy,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.server.stdout is not None
        if self.server.stdout.readline() != "ready\n":
            raise RuntimeError("the server of forks does not start")

    def __call__(self, tests: Sequence[str], *, cpu: int = CPU, wall: int = WALL) -> Reply:
        """What the tests say of the copy as it is; UndecidedError after ``wall`` seconds."""
        known = [word for word in tests if not word.startswith("tests/") or self._exists(word)]
        if not any(word.startswith("tests/") for word in known):
            return Reply("", "", 0.0)
        log = Path(self.scratch.name) / "log"
        request = {"arguments": [*OPTIONS, *known], "cpu": cpu, "wall": wall, "log": str(log)}
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        print(json.dumps(request), file=self.server.stdin, flush=True)
        answer = json.loads(self.server.stdout.readline())
        said = log.read_text(errors="replace")
        if answer["wall"]:
            raise UndecidedError(f"no answer within {wall} s by the clock: {' '.join(known)}")
        if answer["endless"]:
            return Reply(NEVER_ENDS, said, answer["cpu"])
        if answer["code"] in (0, NOTHING_COLLECTED):
            return Reply("", said, answer["cpu"])
        if answer["code"] == USAGE:
            raise RuntimeError(f"pytest does not understand the question: {said[-1000:]}")
        return Reply(first_failed(said) or f"pytest ends with {answer['code']}", said, answer["cpu"])

    def passes(self, test: str) -> bool:
        """Whether ``test`` passes on the copy without a mutant, asked once; so does what is not a test's name."""
        if test.startswith("tests/") and test not in self.known:
            self.known[test] = not self([test]).failed
        return self.known.get(test, True)

    def _exists(self, word: str) -> bool:
        return (self.copy / word.split("::")[0]).exists()

    def close(self) -> None:
        """End the server."""
        assert self.server.stdin is not None
        self.server.stdin.close()
        self.server.wait()
        self.scratch.cleanup()
