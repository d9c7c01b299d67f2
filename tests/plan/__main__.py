# SPDX-License-Identifier: Apache-2.0
"""``python -m tests.plan`` writes docs/reference/testplan.md; ``python -m tests.plan night`` lists a night's cases.

A line of the list is a limit in seconds and what pytest calls the case: the unit that a farm hands out.
"""

import sys

from tb.plan import PLANS
from tests.plan import cases
from tests.plan.collect import node_of
from tests.plan.page import PAGE, page


def main(words: list[str]) -> int:
    """Write the page, or list the cases of the plans in ``words``; exit status."""
    if unknown := set(words) - set(PLANS):
        print(f"no such plan: {', '.join(sorted(unknown))}; expected {', '.join(PLANS)}", file=sys.stderr)
        return 2
    if not words:
        PAGE.write_text(page(), encoding="utf-8")
        print(PAGE)
    for case in cases():
        if case.plan in words:
            print(f"{case.entry.seconds:5} {node_of(case)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
