# SPDX-License-Identifier: Apache-2.0
"""``python -m tests.plan`` writes docs/reference/testplan.md; ``python -m tests.plan night`` lists a night's cases.

A line of the list is a limit in seconds and what pytest calls the case: the unit that a farm hands out.
``python -m tests.plan --jobs night`` prints the jobs of a regression, a record a line (traindeploy/records/job.py).
"""

import sys

from tb.plan import PLANS
from tests.plan import cases
from tests.plan.collect import node_of
from tests.plan.jobs import jobs
from tests.plan.page import PAGE, page
from traindeploy.records import serial


def main(words: list[str]) -> int:
    """Write the page, or list the cases of the plans in ``words``, or their jobs; exit status."""
    as_jobs = words[:1] == ["--jobs"]
    words = words[as_jobs:]
    if (unknown := set(words) - set(PLANS)) or (as_jobs and len(words) != 1):
        print(f"no such plan: {', '.join(sorted(unknown))}; expected {', '.join(PLANS)}", file=sys.stderr)
        return 2
    if as_jobs:
        for job in jobs(words[-1]):
            print(serial.line(job))
        return 0
    if not words:
        PAGE.write_text(page(), encoding="utf-8")
        print(PAGE)
    for case in cases():
        if case.plan in words:
            print(f"{case.entry.seconds:5} {node_of(case)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
