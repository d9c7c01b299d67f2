# SPDX-License-Identifier: Apache-2.0
"""Which operators are complete: their tasks are done and their outputs lie where the bench compares them."""

from traindeploy.schedule.l2_traffic import L2Traffic
from traindeploy.schedule.problem import Problem
from traindeploy.schedule.timeline import Timeline


class Reports:
    """``open``: operators not yet reported, in order."""

    def __init__(self, problem: Problem, timeline: Timeline, l2: L2Traffic) -> None:
        self.problem, self.timeline, self.l2 = problem, timeline, l2
        self.open = list(range(len(problem.graph.nodes)))
        self.unfinished = [0] * len(self.open)  # tasks by operator
        for operator in problem.operator_of:
            self.unfinished[operator] += 1

    def finish(self, task: int) -> None:
        """Count ``task`` as done."""
        self.unfinished[self.problem.operator_of[task]] -= 1

    def close(self) -> None:
        """Let the slot report what is complete."""
        complete = [operator for operator in self.open if self._complete(operator)]
        self.timeline.slot.reports += complete
        self.open = [operator for operator in self.open if operator not in complete]
        for box in (box for operator in complete for box in self.problem.outputs[operator]):
            self.l2.activations[box.base].touch(self.timeline.number)

    def _complete(self, operator: int) -> bool:
        return not self.unfinished[operator] and all(self.l2.landed(box) for box in self.problem.outputs[operator])
