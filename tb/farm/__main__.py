# SPDX-License-Identifier: Apache-2.0
"""``python -m tb.farm FOLDER NUMBER`` runs a job of the regression in FOLDER: what a task of an array does.

The exit status is 0 whatever became of the job: its result is on disk. 2: there is no such job.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from tb.farm.arrays import run_task


def main(words: Sequence[str]) -> int:
    """Run it and say how it ended."""
    if len(words) != 2 or not words[1].isdecimal() or not (Path(words[0]) / "jobs.jsonl").is_file():
        print(
            "usage: python -m tb.farm FOLDER NUMBER   (a regression's folder, a line of its jobs.jsonl)",
            file=sys.stderr,
        )
        return 2
    result = run_task(Path(words[0]), int(words[1]))
    print(f"{result.name}: {result.outcome.value}, exit status {result.status} {result.reason}".rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
