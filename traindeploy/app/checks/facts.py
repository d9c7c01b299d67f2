# SPDX-License-Identifier: Apache-2.0
"""What self-checks look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from traindeploy.app.options import Options
from traindeploy.ir import Graph
from traindeploy.ir.program import Program
from traindeploy.records.bench import BenchRecord
from traindeploy.records.program import ProgramDescription

Values = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Compiled:
    """What was compiled: ``imported`` is the forward graph before training, ``graph`` the training step.

    ``samples`` and ``steps`` hold, for each training step, what was fed and every tensor's value in the machine model.
    """

    options: Options
    imported: Graph
    graph: Graph
    samples: Sequence[Values]
    steps: Sequence[Values]

    @property
    def added(self) -> list[str]:
        """Parameters that training has added to the model: adapters, and the optimizer's state."""
        tensors = self.graph.tensors
        return [n for n, t in tensors.items() if t.kind == "parameter" and n not in self.imported.tensors]


@dataclass(frozen=True)
class Facts:
    """A simulated run: the program, its description, which the reports show, and what the bench found."""

    program: Program
    description: ProgramDescription
    bench: BenchRecord
