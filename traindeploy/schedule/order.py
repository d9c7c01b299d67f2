# SPDX-License-Identifier: Apache-2.0
"""The order in which tasks are admitted: the graph's, but for calls that follow what they need at once.

In the graph's order an operator's last tile is computed before the first one of the next is read, which must then come
back from L2, while cores or RedMule wait. A call that goes element by element or row by row finds its operands in L1
right behind the task that completes them, and RedMule works on the next tile beside it.
"""

from collections.abc import Mapping

from traindeploy.ops import OPERATORS
from traindeploy.schedule.dependence import analyse
from traindeploy.schedule.task import Task

# Others wait for their turn: products and convolutions load operands of their own, which would crowd L1, and windows of
# a pool overlap, so that its tiles share none with those of the convolution before it.
FOLLOWING = ("elementwise", "row")


def follow(tasks: list[Task], replaced: Mapping[str, str] | None = None) -> list[Task]:
    """The numbered ``tasks`` in their new order, numbered anew; nothing precedes what it reads, or what reads what it
    is written over (``replaced``, as ``analyse`` has it).
    """
    before = analyse(tasks, replaced).before
    missing = [len(needs) for needs in before]
    readers: list[list[int]] = [[] for _ in tasks]
    for index, needs in enumerate(before):
        for other in needs:
            readers[other].append(index)
    order: list[int] = []
    placed = [False] * len(tasks)
    for index in range(len(tasks)):
        stack = [] if placed[index] or missing[index] else [index]
        while stack:
            at = stack.pop()
            placed[at] = True
            order.append(at)
            for reader in readers[at]:
                missing[reader] -= 1
            # What was passed over, because it waits for readers of what it is written over, comes as soon as it can.
            stack += [r for r in reversed(readers[at]) if not missing[r] and (r < index or follows(tasks[r]))]
    return numbered([tasks[index] for index in order])


def numbered(tasks: list[Task]) -> list[Task]:
    """``tasks``, each of which knows its place."""
    for index, task in enumerate(tasks):
        task.index = index
    return tasks


def follows(task: Task) -> bool:
    """Whether ``task`` goes right behind what it needs."""
    return OPERATORS[task.node.op].pattern in FOLLOWING
