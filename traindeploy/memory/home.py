# SPDX-License-Identifier: Apache-2.0
"""L3: every parameter, constant, input and label has its home there, one after the other."""

from dataclasses import dataclass

from traindeploy.errors import UserError
from traindeploy.ir import Graph
from traindeploy.platform import L3

ALIGNMENT = 64


@dataclass(frozen=True)
class Homes:
    """Byte addresses in L3; the samples of step s lie ``sample_stride * s`` bytes further on than those of step 0."""

    address: dict[str, int]
    sample_stride: int
    end: int


def aligned(nbytes: int) -> int:
    """``nbytes`` rounded up to whole units of allocation."""
    return -(-nbytes // ALIGNMENT) * ALIGNMENT


def place_homes(graph: Graph, steps: int) -> Homes:
    """Bump allocation: parameters and constants in the graph's order, then the samples of all steps. UserError if L3 is
    full.

    >>> from traindeploy.ir import Tensor
    >>> graph = Graph("g")
    >>> for tensor in (Tensor("w", (17,), kind="parameter"), Tensor("x", (5,), kind="input")):
    ...     _ = graph.add(tensor)
    >>> place_homes(graph, steps=3)
    Homes(address={'w': 0, 'x': 128}, sample_stride=64, end=320)
    """
    address, end = {}, 0
    for tensor in graph.tensors.values():
        if tensor.kind in ("parameter", "constant") and tensor.view is None:
            address[tensor.name] = end
            end += aligned(tensor.nbytes)
            if end > L3.size:
                raise UserError(
                    f"L3: tensor {tensor.name!r} ends at byte {end}, {L3.size} bytes are available; use a smaller model"
                )
    first = end
    for tensor in graph.tensors.values():
        if tensor.kind in ("input", "label") and tensor.view is None:
            address[tensor.name] = end
            end += aligned(tensor.nbytes)
    stride = end - first
    end = first + stride * steps
    if end > L3.size:
        raise UserError(f"L3: weights and {steps} samples need {end} bytes, {L3.size} are available; use fewer steps")
    return Homes(address, stride, end)
