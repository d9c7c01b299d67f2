# SPDX-License-Identifier: Apache-2.0
"""What self-checks look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from golden.accuracy import Accuracy, of_step
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

    @cached_property
    def accuracy(self) -> list[tuple[int, Accuracy]]:
        """(training step, error over bound) of every output."""
        return [(step, each) for step, values in enumerate(self.steps) for each in of_step(self.graph, values)]

    @property
    def added(self) -> list[str]:
        """Parameters that training has added to the model: adapters, and the optimizer's state."""
        tensors = self.graph.tensors
        return [n for n, t in tensors.items() if t.kind == "parameter" and n not in self.imported.tensors]

    @property
    def image(self) -> str:
        """The name of the graph's input."""
        return next(name for name in self.graph.inputs if self.graph.tensors[name].kind == "input")

    @property
    def random_sample(self) -> Values:
        """The first sample with an image of random numbers, as large as its own, or as 1 if it is blank."""
        sample = self.samples[0]
        largest = float(np.max(np.abs(sample[self.image]))) or 1.0
        random = np.random.default_rng([self.options.seed, 7])
        numbers = largest * random.uniform(-1, 1, sample[self.image].shape)
        return {**sample, self.image: numbers.astype(np.float32)}


@dataclass(frozen=True)
class Facts:
    """A simulated run: the program, its description, which the reports show, and what the bench found."""

    program: Program
    description: ProgramDescription
    bench: BenchRecord
