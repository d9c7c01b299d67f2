# SPDX-License-Identifier: Apache-2.0
"""Which tests run which line of Python, from one measured run of the tests that need no simulator."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

from coverage import CoverageData

from traindeploy.platform.paths import BUILD

FOLDER = BUILD / "mutate"
DATABASE, DURATIONS = FOLDER / "coverage", FOLDER / "durations.json"
SIMULATING = ("tests/rtl", "tests/system", "tests/tb", "tests/docs", "tests/plan", "tests/platform")
MOST = 12  # tests that are asked about a line


def measure() -> None:
    """Run the tests with coverage by test; into build/mutate, for ``near``. Takes some minutes."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    ignored = [f"--ignore={folder}" for folder in SIMULATING]
    sources = [f"--cov={part}" for part in ("traindeploy", "golden", "tb")]
    words = ["-q", *sources, "--cov-context=test", "--cov-report=", "--durations=0", "--durations-min=0.001", *ignored]
    environment = {"COVERAGE_FILE": str(DATABASE)}
    done = subprocess.run(
        ["env", *(f"{k}={v}" for k, v in environment.items()), sys.executable, "-m", "pytest", *words, "tests"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    durations: dict[str, float] = {}
    for line in done.stdout.splitlines():
        match line.split():
            case [seconds, "call" | "setup", *_] if seconds.endswith("s") and "tests/" in line:
                name = line[line.index("tests/") :].strip()
                durations[name] = durations.get(name, 0.0) + float(seconds[:-1])
    DURATIONS.write_text(json.dumps(durations))


def near(root: Path, file: str, line: int) -> list[str]:
    """Tests that run ``line`` of ``file``, the quickest first; none if nothing was measured or nothing runs it."""
    contexts = _contexts(root, file).get(line, [])
    names = sorted({context.split("|")[0] for context in contexts if "|run" in context}, key=_seconds)
    return names[:MOST]


def _seconds(name: str) -> float:
    return _durations().get(name, 0.0)


@cache
def _durations() -> dict[str, float]:
    return dict(json.loads(DURATIONS.read_text())) if DURATIONS.exists() else {}


@cache
def _contexts(root: Path, file: str) -> dict[int, list[str]]:
    if not DATABASE.exists():
        return {}
    data = CoverageData(str(DATABASE))
    data.read()
    return data.contexts_by_lineno(str(root / file))
