# SPDX-License-Identifier: Apache-2.0
"""How far the tasks have come while the schedule is made."""

from dataclasses import dataclass, field


@dataclass
class Progress:
    """Tasks by index. ``next_task`` is the first not yet admitted; ``window``: admitted and unfinished, in order;
    ``running``: those of them that RedMule has been given, with their jobs' numbers.
    """

    next_task: int = 0
    window: list[int] = field(default_factory=list)
    running: dict[int, int] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)

    def admit(self) -> None:
        self.window.append(self.next_task)
        self.next_task += 1

    def finish(self, task: int) -> None:
        self.done.add(task)
        self.window.remove(task)
        self.running.pop(task, None)
