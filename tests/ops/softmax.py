# SPDX-License-Identifier: Apache-2.0
"""Softmax over the last dimension and its gradient."""

import torch

from tests.ops.spec import ROWS, Arrays, Attrs, Draw, Shape, Spec, autograd, over


def row_softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, -1)


def wide(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    return [d.normal(*shape, scale=4.0)]


def of_probabilities(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """dY and the forward node's output."""
    return [d.normal(*shape), d.probabilities(*shape)]


SHAPES = (*ROWS, (2, 3, 5), (1, 64))

SPECS = {
    "Softmax": Spec(torch=row_softmax, cases=over(SHAPES), draw=wide),
    # softmax(log y) = y: the gradient at that point
    "SoftmaxGrad": Spec(
        torch=lambda dy, y: autograd(row_softmax, dy, torch.log(y)),
        cases=over(SHAPES),
        draw=of_probabilities,
        share=0.45,
    ),
}
