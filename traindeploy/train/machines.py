# SPDX-License-Identifier: Apache-2.0
"""Who computes the steps: native code, or NumPy where nothing compiles it. The bits are the same."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from golden.executor import execute
from golden.forward import loss_node
from traindeploy.errors import UserError
from traindeploy.ir import Graph
from traindeploy.native import NativeMachine, load_library
from traindeploy.ops import replacements
from traindeploy.records.training import Arithmetic

Arrays = Mapping[str, np.ndarray]


class Machine(Protocol):
    """A training graph's tensors, and its steps."""

    def step(self, feeds: Arrays) -> None:
        """One training step."""

    def forward(self, feeds: Arrays, nodes: int) -> None:
        """Only the first ``nodes`` nodes."""

    def value(self, name: str) -> np.ndarray:
        """What a tensor holds now; a copy or not."""

    def put(self, name: str, value: np.ndarray) -> None:
        """Change a parameter."""


class NumpyMachine:
    """``golden.executor`` with weights that carry over."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._weights: dict[str, np.ndarray] = {}
        self._values: Arrays = {}

    def step(self, feeds: Arrays) -> None:
        self._values = execute(self.graph, {**feeds, **self._weights})
        self._weights |= {old: self._values[new] for new, old in replacements(self.graph).items()}

    def forward(self, feeds: Arrays, nodes: int) -> None:
        part = Graph(self.graph.name, self.graph.tensors, self.graph.nodes[:nodes])
        self._values = execute(part, {**feeds, **self._weights})

    def value(self, name: str) -> np.ndarray:
        tensor = self.graph.tensors[name]
        if tensor.kind != "parameter":
            return self._values[name]
        found = self._weights.get(name, tensor.data)
        assert found is not None, f"{name} has no values"
        return found

    def put(self, name: str, value: np.ndarray) -> None:
        self._weights[name] = value.copy()


def host_machine(graph: Graph) -> tuple[Machine, Arithmetic, str]:
    """The fastest machine there is, what it is called, and a line if that is not native code for every operator."""
    try:
        native = NativeMachine(graph, load_library())
    except UserError as refused:
        return NumpyMachine(graph), "numpy", f"training in NumPy, which is some fifty times slower: {refused}"
    slow = ", ".join(sorted(native.in_numpy))
    return native, "native", f"in NumPy, slowly: the operators {slow}" if slow else ""


def forward_nodes(graph: Graph) -> int:
    """How many nodes, from the first on, lead to the loss."""
    return graph.nodes.index(loss_node(graph)) + 1
