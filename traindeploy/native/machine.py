# SPDX-License-Identifier: Apache-2.0
"""``NativeMachine``: training steps in native code, weights carrying over, as ``golden.training`` computes them."""

import ctypes
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from golden.machine import OPS
from traindeploy.ir import Graph, Node, strided
from traindeploy.native.calls import Call, Calls, add_node
from traindeploy.ops import replacements

Run = Callable[[], None]


class NativeMachine:
    """All tensors of ``graph`` in memory that its nodes' calls know; what replaces a tensor lies in its place.

    A node that native code does not know runs in the NumPy machine model; ``in_numpy`` names their operators.
    """

    def __init__(self, graph: Graph, library: ctypes.CDLL) -> None:
        self.graph = graph
        self.in_numpy: set[str] = set()
        self._library = library
        self._places = replacements(graph)
        self._storage: dict[str, np.ndarray] = {}
        for name, tensor in graph.tensors.items():
            if tensor.data is not None and tensor.view is None:
                self.value(name)[...] = tensor.data
        self._all = self._compiled(graph.nodes)
        self._parts: dict[int, list[Run]] = {}

    def value(self, name: str) -> np.ndarray:
        """The tensor's window on its storage: what it holds now, and where it is changed."""
        owner = self.graph.storage(name)
        place = self.graph.storage(self._places.get(owner.name, owner.name))
        if place.name not in self._storage:
            self._storage[place.name] = np.zeros(place.shape, place.dtype)
        return strided(self._storage[place.name], self.graph.tensors[name])

    def put(self, name: str, value: np.ndarray) -> None:
        """Change a parameter."""
        self.value(name)[...] = value

    def step(self, feeds: Mapping[str, np.ndarray]) -> None:
        """One training step: ``feeds`` are inputs and labels. ValueError if one is of another shape."""
        self._feed(feeds)
        for run in self._all:
            run()

    def forward(self, feeds: Mapping[str, np.ndarray], nodes: int) -> None:
        """Only the first ``nodes`` nodes."""
        if nodes not in self._parts:
            self._parts[nodes] = self._compiled(self.graph.nodes[:nodes])
        self._feed(feeds)
        for run in self._parts[nodes]:
            run()

    def _feed(self, feeds: Mapping[str, np.ndarray]) -> None:
        for name, value in feeds.items():
            place = self.value(name)
            if np.shape(value) != place.shape:
                raise ValueError(f"feed {name!r} has shape {np.shape(value)}, expected {place.shape}")
            place[...] = value

    def _compiled(self, nodes: Sequence[Node]) -> list[Run]:
        """``nodes`` as calls of the library, interrupted by those that NumPy computes."""
        runs: list[Run] = []
        calls = Calls(self._library)
        for node in nodes:
            inputs, outputs = ([self.value(name) for name in names] for names in (node.inputs, node.outputs))
            if not add_node(calls, node, inputs, outputs):
                self.in_numpy.add(node.op)
                runs += [*self._native(calls), _in_numpy(node, inputs, outputs)]
                calls = Calls(self._library)
        return [*runs, *self._native(calls)]

    def _native(self, calls: Calls) -> list[Run]:
        if not calls.found:
            return []
        array = (Call * len(calls.found))(*calls.found)
        run, kept = self._library.td_native_run, calls.kept

        def native(_kept: object = kept) -> None:
            run(array, ctypes.c_uint32(len(array)))

        return [native]


def _in_numpy(node: Node, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> Run:
    def run() -> None:
        results = OPS[node.op](node, [array.copy() for array in inputs], node.attrs)
        for output, result in zip(outputs, results, strict=True):
            output[...] = result

    return run
