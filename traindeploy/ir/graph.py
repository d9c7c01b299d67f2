# SPDX-License-Identifier: Apache-2.0
"""The graph that every part of the compiler, the golden models and the bench share.

A graph is a topologically ordered list of nodes over named tensors. A tensor either owns dense row-major storage or is
a strided view of a tensor that does: after ``ir.views.fold_views`` every reshape and transposition that needs no
data movement is such a view. docs/reference/operators.md lists the operators with their inputs, outputs, attributes
and order of operations.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from traindeploy.records.program import Phase as Phase

Kind = Literal["input", "label", "parameter", "constant", "activation", "gradient", "updated", "loss"]


def dense_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Row-major strides in elements.

    >>> dense_strides((2, 64, 128))
    (8192, 128, 1)
    """
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


@dataclass(frozen=True)
class View:
    """A strided window on another tensor's storage; ``strides`` (one per dimension) and ``offset`` count elements."""

    base: str
    strides: tuple[int, ...]
    offset: int = 0


@dataclass
class Tensor:
    """``data``: initial values of parameters and constants (dense, of ``shape``); None for what the step computes.

    ``shared`` names the weight of the file whose values it holds, if others hold them too: not to be trained alone.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    kind: Kind = "activation"
    data: np.ndarray | None = None
    trainable: bool = False
    view: View | None = None
    shared: str = ""

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def strides(self) -> tuple[int, ...]:
        """Elements from one index to the next, one per dimension: the view's, or those of dense row-major storage."""
        return dense_strides(self.shape) if self.view is None else self.view.strides

    @property
    def itemsize(self) -> int:
        """Bytes of an element."""
        return np.dtype(self.dtype).itemsize

    @property
    def nbytes(self) -> int:
        return self.size * self.itemsize


@dataclass
class Node:
    """``origin`` names the ONNX node(s) or the forward node that this one was derived from."""

    name: str
    op: str
    inputs: list[str]
    outputs: list[str]
    attrs: dict[str, Any] = field(default_factory=dict)
    phase: Phase = "forward"
    origin: str = ""


@dataclass
class Graph:
    """Tensors by name, and nodes in the order in which they run.

    ``reserved``: names of the user's file, which nothing that the compiler makes may bear (``emit.fresh``).
    ``notes``: sentences on what was done to the model, for who reads the report. ``taken_off``: the Softmax or
    LogSoftmax that the file ends in, which only cross-entropy takes in itself.
    """

    name: str
    tensors: dict[str, Tensor] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    reserved: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)
    taken_off: str = ""

    def add(self, tensor: Tensor) -> Tensor:
        """Add a tensor; ValueError if the name is taken."""
        if tensor.name in self.tensors:
            raise ValueError(f"tensor {tensor.name!r} exists already")
        self.tensors[tensor.name] = tensor
        return tensor

    def storage(self, name: str) -> Tensor:
        """The tensor that owns the storage behind ``name`` (itself unless it is a view)."""
        tensor = self.tensors[name]
        return tensor if tensor.view is None else self.tensors[tensor.view.base]

    def producer(self, name: str) -> Node | None:
        return next((n for n in self.nodes if name in n.outputs), None)

    def consumers(self, name: str) -> list[Node]:
        return [n for n in self.nodes if name in n.inputs]

    def check(self) -> None:
        """Raise ValueError naming the first node or tensor that breaks the rules: run between passes."""
        for tensor in self.tensors.values():
            if tensor.view is not None:
                base = self.tensors.get(tensor.view.base)
                if base is None or base.view is not None:
                    raise ValueError(f"tensor {tensor.name!r} is a view of {tensor.view.base!r}, which owns no storage")
        given = {n for n, t in self.tensors.items() if t.kind in ("input", "label", "parameter", "constant")}
        written: set[str] = set()
        names: set[str] = set()
        for node in self.nodes:
            if node.name in names:
                raise ValueError(f"two nodes are called {node.name!r}")
            names.add(node.name)
            self._check_inputs(node, given | written)
            self._check_outputs(node, written)
            written |= {owned for name in node.outputs for owned in (name, self.storage(name).name)}

    def _check_inputs(self, node: Node, known: set[str]) -> None:
        """``known``: what a node may read, or the storage of what it may read."""
        for name in node.inputs:
            if name not in self.tensors:
                raise ValueError(f"node {node.name!r} reads unknown tensor {name!r}")
            if name not in known and self.storage(name).name not in known:
                raise ValueError(f"node {node.name!r} reads {name!r} before anything writes it")

    def _check_outputs(self, node: Node, written: set[str]) -> None:
        for i, name in enumerate(node.outputs):
            if name not in self.tensors:
                raise ValueError(f"node {node.name!r} writes unknown tensor {name!r}")
            if name in written or name in node.outputs[:i]:
                raise ValueError(f"tensor {name!r} is written twice, again by node {node.name!r}")


def strided(array: np.ndarray, tensor: Tensor) -> np.ndarray:
    """``tensor``'s view of ``array``, the dense storage of its base (no copy; writable if ``array`` is)."""
    if tensor.view is None:
        return array.reshape(tensor.shape)
    flat = array.reshape(-1)
    itemsize = flat.itemsize
    return np.lib.stride_tricks.as_strided(
        flat[tensor.view.offset :], shape=tensor.shape, strides=tuple(s * itemsize for s in tensor.view.strides)
    )
