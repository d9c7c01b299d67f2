# SPDX-License-Identifier: Apache-2.0
"""Append nodes to a graph with fresh, readable names: shared by the importer, LoRA injection and autodiff."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from traindeploy.ir.graph import Graph, Kind, Node, Phase, Tensor

Shape = tuple[int, ...]


def fresh(graph: Graph, name: str, nodes: Sequence[Node] = ()) -> str:
    """``name``, or ``name.2``, ``name.3``, ... if a tensor or node has it, or one of the user's file will.

    ``nodes``: those that the graph will get. What is derived from another name, or has one of its own, is named here.
    """
    taken = graph.tensors.keys() | {n.name for n in (*graph.nodes, *nodes)} | graph.reserved
    candidate, count = name, 1
    while candidate in taken:
        count += 1
        candidate = f"{name}.{count}"
    return candidate


class Emitter:
    """Appends to ``nodes`` (by default the graph's own list), with one phase and kind for everything it makes.

    ``reshape``, ``transpose`` and ``cut`` emit nothing for an identity and nothing twice; ``ir.views`` removes what
    the first two do emit.
    """

    def __init__(self, graph: Graph, phase: Phase = "forward", kind: Kind = "activation") -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self.phase = phase
        self.kind = kind
        self.origin = ""
        self.layouts: dict[tuple[str, str, Shape], str] = {}

    def shape(self, name: str) -> Shape:
        return self.graph.tensors[name].shape

    def fresh(self, name: str) -> str:
        """``fresh`` in this graph, nodes that it does not have yet included."""
        return fresh(self.graph, name, self.nodes)

    def op(
        self,
        op: str,
        name: str,
        inputs: list[str],
        shapes: list[Shape],
        attrs: dict[str, Any] | None = None,
        outputs: list[str] | None = None,
    ) -> list[str]:
        """Append ``op``; returns the names of its outputs.

        With ``outputs`` it and they are called so, to the letter; without, ``name`` is what it is called if that is
        free, and its outputs are named after it.
        """
        if outputs is None:
            outputs = [self.fresh(name if i == 0 else f"{name}.{i}") for i in range(len(shapes))]
            name = self.fresh(name)
        for output, shape in zip(outputs, shapes, strict=True):
            self.graph.add(Tensor(output, shape, kind=self.kind))
        self.nodes.append(Node(name, op, inputs, outputs, attrs or {}, self.phase, self.origin))
        return outputs

    def one(self, op: str, name: str, inputs: list[str], shape: Shape, **attrs: Any) -> str:
        return self.op(op, name, inputs, [shape], attrs)[0]

    def reshape(self, x: str, shape: Shape) -> str:
        return x if self.shape(x) == shape else self._layout("Reshape", x, shape, shape)

    def transpose(self, x: str, perm: tuple[int, ...] | None = None) -> str:
        """``perm`` defaults to swapping the last two dimensions."""
        rank = len(self.shape(x))
        perm = perm or (*range(rank - 2), rank - 1, rank - 2)
        if perm == tuple(range(rank)):
            return x
        return self._layout("Transpose", x, perm, tuple(self.shape(x)[p] for p in perm), perm=perm)

    def _layout(self, op: str, x: str, parameter: Shape, shape: Shape, **attrs: Any) -> str:
        key = (op, x, parameter)
        if key not in self.layouts:
            suffix = "T" if op == "Transpose" else "reshape"
            self.layouts[key] = self.one(op, f"{x}.{suffix}", [x], shape, **attrs)
        return self.layouts[key]

    def cut(self, name: str, x: str, start: int, stop: int, step: int = 1) -> str:
        """Of X[O,A,I] every ``step``-th of A from ``start`` to below ``stop``; ``x`` itself if that is all of it."""
        outer, count, inner = self.shape(x)
        taken = len(range(start, stop, step))
        if taken == count:
            return x
        key = ("Slice", x, (start, stop, step))
        if key not in self.layouts:
            shape = (outer, taken, inner)
            self.layouts[key] = self.one("Slice", name, [x], shape, start=start, stop=stop, step=step)
        return self.layouts[key]

    def concat(self, name: str, parts: Sequence[str]) -> str:
        """Tensors [O,*,I] one behind the other: halves are put together first, so that few elements move twice."""
        if len(parts) == 1:
            return parts[0]
        half = len(parts) // 2
        a, b = self.concat(name, parts[:half]), self.concat(name, parts[half:])
        outer, count, inner = self.shape(a)
        return self.one("Concat", name, [a, b], (outer, count + self.shape(b)[1], inner))

    def filled(self, name: str, shape: Shape, value: float = 0.0) -> str:
        """A constant of ``shape`` whose elements are all ``value``."""
        data = np.full(shape, value, np.float32)
        return self.graph.add(Tensor(self.fresh(name), shape, kind="constant", data=data)).name

    def gemm(self, name: str, x: str, w: str, y: str | None = None) -> str:
        """Z = Y + X.W, shapes [*B,M,N] and [*B,N,K]; Y is [K] or Z's shape."""
        shape = (*self.shape(x)[:-1], self.shape(w)[-1])
        if self.shape(x)[:-2] != self.shape(w)[:-2] or self.shape(x)[-1] != self.shape(w)[-2]:
            raise ValueError(f"{name}: cannot multiply {self.shape(x)} by {self.shape(w)}")
        return self.one("Gemm", name, [x, w, *([y] if y else [])], shape)

    def parameter(self, name: str, data: np.ndarray, trainable: bool = False) -> str:
        data = np.ascontiguousarray(data, dtype=np.float32)
        return self.graph.add(Tensor(name, data.shape, kind="parameter", data=data, trainable=trainable)).name
