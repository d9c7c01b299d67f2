# SPDX-License-Identifier: Apache-2.0
"""Which tests run which line of Python: measured once, a file of tests at a time, for tests that simulate little."""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from coverage import CoverageData

from traindeploy.platform.paths import BUILD

FOLDER = BUILD / "mutate"
MAP = FOLDER / "map"
SIMULATING = ("rtl", "system", "docs", "plan", "tools")


def measure(copy: Path) -> None:
    """Run the files of tests that are not in build/mutate/map yet in ``copy``, with coverage by test."""
    MAP.mkdir(parents=True, exist_ok=True)
    sources = [f"--cov={part}" for part in ("traindeploy", "golden", "tb")]
    words = ["-q", "-vv", *sources, "--cov-context=test", "--cov-report=", "--durations=0", "--durations-min=0.001"]
    for test in sorted((copy / "tests").glob("*/**/test_*.py")):
        name = "_".join(test.relative_to(copy / "tests").parts)
        log = MAP / f"{name}.out"
        if log.exists() or test.relative_to(copy / "tests").parts[0] in SIMULATING:
            continue
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words, str(test.relative_to(copy))],
            cwd=copy,
            env={**os.environ, "COVERAGE_FILE": str(MAP / f"{name}.cov")},
            capture_output=True,
            text=True,
            check=False,
        )
        log.write_text(done.stdout)


def near(copy: Path, file: str, line: int) -> list[str]:
    """Tests that run ``line`` of ``file``, the quickest first; none if nothing was measured or nothing runs it.

    Of a line that runs when its module is imported: tests that run any line of the file.
    """
    by_line: dict[int, set[str]] = {}
    for data in _measured():
        for number, contexts in data.contexts_by_lineno(str(FOLDER / "checkout" / file)).items():
            by_line.setdefault(number, set()).update(contexts)
    found = by_line.get(line, set())
    tests = _tests(found)
    if not tests and (found or not file.endswith(".py")):
        tests = _tests(set().union(*by_line.values()))
    return sorted(tests, key=lambda name: _durations().get(name, 0.0))


def _tests(contexts: set[str]) -> set[str]:
    return {context.rpartition("|")[0] for context in contexts if context.startswith("tests/")}


@cache
def _measured() -> list[CoverageData]:
    found = []
    for log in _logs():
        if log.with_suffix(".cov").exists():
            found.append(CoverageData(str(log.with_suffix(".cov"))))
            found[-1].read()
    return found


def _logs() -> Iterator[Path]:
    yield from sorted(MAP.glob("*.out"))


@cache
def _durations() -> dict[str, float]:
    durations: dict[str, float] = {}
    for log in _logs():
        for line in log.read_text().splitlines():
            match line.split():
                case [seconds, "call" | "setup", *_] if seconds.endswith("s") and "tests/" in line:
                    name = line[line.index("tests/") :].strip()
                    durations[name] = durations.get(name, 0.0) + float(seconds[:-1])
    return durations
