# SPDX-License-Identifier: Apache-2.0
"""How far results lie from the definition, measured by each operator's bound."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from golden.math import BOUNDS, OPS
from golden.model import Arrays
from traindeploy.ir import Graph, Node


@dataclass(frozen=True)
class Accuracy:
    """Of one operator's output: the largest error over bound; infinite for NaN, or an error where none may be."""

    node: Node
    tensor: str
    share: float


def shares(node: Node, inputs: Arrays, actual: Arrays) -> list[float]:
    """The largest error over bound of each output. ValueError if the shapes are not those of the definition."""
    with np.errstate(over="ignore", invalid="ignore"):
        exact = OPS[node.op](node, inputs, node.attrs)
        bounds = BOUNDS[node.op](node, inputs, exact)
    found = []
    for a, e, b in zip(actual, exact, bounds, strict=True):
        if not a.shape == e.shape == b.shape:
            raise ValueError(
                f"node {node.name!r}: {node.op} gives {a.shape}, its definition {e.shape}, bound {b.shape}"
            )
        found.append(float(np.max(_over(a.astype(np.float64), e, b))))
    return found


def of_step(graph: Graph, values: Mapping[str, np.ndarray]) -> Iterator[Accuracy]:
    """Every output of every operator in one training step, given all tensors' ``values``, as ``execute`` gives them."""
    for node in graph.nodes:
        found = shares(node, [values[name] for name in node.inputs], [values[name] for name in node.outputs])
        yield from (Accuracy(node, name, share) for name, share in zip(node.outputs, found, strict=True))


def _over(actual: np.ndarray, exact: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """Element by element |actual - exact| / bound: infinite for a NaN or a bound that is no number, 0 if equal."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = np.abs(actual - exact) / bound
    quotient = np.where(np.isfinite(bound) & ~np.isnan(quotient), quotient, np.inf)
    return np.where(actual == exact, 0.0, quotient)
