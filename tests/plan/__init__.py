# SPDX-License-Identifier: Apache-2.0
"""The test plan: what is verified by simulation, in one sentence each, and when it is run.

Entries of a block are in tb/blocks/<block>/block.py, those of programs, kernels, networks and the bench itself here.
``python -m tests.plan`` writes docs/reference/testplan.md.
"""

from collections.abc import Iterator

from tb.plan import Case, Entry
from tests.plan import blocks, kernels, networks, programs
from traindeploy.records.case import Kind


def _named() -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in (*blocks.ENTRIES, *programs.ENTRIES, *kernels.ENTRIES, *networks.ENTRIES):
        assert entry.name not in found, f"two entries of the plan are called {entry.name}"
        found[entry.name] = entry
    return found


PLAN: dict[str, Entry] = _named()


def cases(*kinds: Kind) -> Iterator[Case]:
    """All runs of the entries of these kinds (default: of all)."""
    for entry in PLAN.values():
        if not kinds or entry.kind in kinds:
            yield from entry.cases()
