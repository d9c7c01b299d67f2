# SPDX-License-Identifier: Apache-2.0
"""Activation functions and their gradients."""

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Arrays, Attrs, Draw, Shape, Spec, autograd

POINTS = (0.0, -0.0, -0.7518, 1e-8, -12.0, 12.0)  # kinks, zero slope, tails


def with_points(inputs: int) -> Callable[[Draw, Shape, Attrs], Arrays]:
    """Random inputs of which the last, x, begins with the notable points (where it is long enough)."""

    def draw(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
        arrays = [d.normal(*shape, scale=3.0) for _ in range(inputs)]
        if not (d.special or d.smooth) and arrays[-1].size > len(POINTS):
            arrays[-1].reshape(-1)[: len(POINTS)] = POINTS
        return arrays

    return draw


def of(function: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    """dY, X -> dX by autograd."""
    return lambda dy, x: autograd(function, dy, x)


EXACT = "exact: nothing is rounded"

SPECS = {
    "Relu": Spec(torch=F.relu, draw=with_points(1), share=EXACT),
    "ReluGrad": Spec(torch=of(F.relu), draw=with_points(2), share=EXACT),
    "Gelu": Spec(torch=F.gelu, draw=with_points(1), share=0.4),
    "GeluGrad": Spec(torch=of(F.gelu), draw=with_points(2), share=0.7),
    "Sigmoid": Spec(torch=torch.sigmoid, draw=with_points(1), share=0.35),
    "Tanh": Spec(torch=torch.tanh, draw=with_points(1), share=0.35),
    "TanhGrad": Spec(torch=lambda dy, y: dy * (1 - y * y), draw=with_points(2), share=0.5),
    "SigmoidGrad": Spec(torch=lambda dy, y: dy * y * (1 - y), draw=with_points(2), share=0.5),
}
