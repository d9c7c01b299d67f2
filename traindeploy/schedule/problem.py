# SPDX-License-Identifier: Apache-2.0
"""What is to be scheduled; nothing here changes while the schedule is made."""

from dataclasses import dataclass
from functools import cached_property

from traindeploy.ir import Graph
from traindeploy.ir.region import Box
from traindeploy.memory.home import Homes
from traindeploy.memory.residency import Stay
from traindeploy.ops import replacements
from traindeploy.schedule.dependence import Dependence, analyse
from traindeploy.schedule.task import Task


@dataclass(frozen=True)
class Problem:
    """``tasks`` in their order with their scratch buffers, ``stays`` of weights and inputs in L2 in the order in which
    they are fetched. ``in_place``: parameters over the last of whose copies updates write. ``residents``: parameters
    and constants whose copy stays in L2 from step to step; ``saved``: their updates are written back in each step. What
    is derived from these is made once, for all schedules of a problem.
    """

    graph: Graph
    tasks: list[Task]
    scratch: dict[str, Box]
    stays: list[Stay]
    homes: Homes
    in_place: frozenset[str] = frozenset()
    residents: frozenset[str] = frozenset()
    saved: bool = True

    @cached_property
    def dependence(self) -> Dependence:
        return analyse(self.tasks, {new: old for new, old in self.updates.items() if old in self.in_place})

    @cached_property
    def operator_of(self) -> list[int]:
        """The operator (position of its node in the graph) that each task is a part of."""
        position = {id(node): i for i, node in enumerate(self.graph.nodes)}
        return [position[id(task.node)] for task in self.tasks]

    @cached_property
    def updates(self) -> dict[str, str]:
        """Storage that an update writes -> the parameter that it replaces in L3."""
        return replacements(self.graph)

    @cached_property
    def written_back(self) -> dict[str, str]:
        """Those of ``updates`` that each step writes back."""
        return {new: old for new, old in self.updates.items() if self.saved or old not in self.residents}

    @cached_property
    def written_back_once(self) -> dict[str, str]:
        """Those of ``updates`` that are written back behind the last step."""
        return {new: old for new, old in self.updates.items() if new not in self.written_back}

    @cached_property
    def outputs(self) -> list[set[Box]]:
        """What each operator stores to L2, in boxes that are stored as a whole."""
        found: list[set[Box]] = [set() for _ in self.graph.nodes]
        for box, writers in self.dependence.outputs.items():
            if box.base not in self.scratch:
                for task in writers:
                    found[self.operator_of[task]].add(box)
        return found
