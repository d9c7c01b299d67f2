# SPDX-License-Identifier: Apache-2.0
"""Activation functions and their gradients."""

from collections.abc import Callable

import numpy as np

from golden.model import Arrays
from traindeploy.verify.stimulus import SIZES, Attrs, Shape, Stimulus, over
from traindeploy.verify.values import Draw

POINTS = (0.0, -0.0, 1.0, -1.0, -0.7518, 1e-8, -12.0, 12.0)  # kinks, saturated outputs, zero slope, tails


def with_points(inputs: int) -> Callable[[Draw, Shape, Attrs], Arrays]:
    """Random inputs of which the last, x, begins with the notable points (where it is long enough)."""

    def draw(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
        arrays = [d.normal(*shape, scale=3.0) for _ in range(inputs)]
        if d.values == "normal" and not d.smooth and arrays[-1].size > len(POINTS):
            arrays[-1].reshape(-1)[: len(POINTS)] = POINTS
        return arrays

    return draw


_ONE, _TWO = Stimulus(draw=with_points(1)), Stimulus(draw=with_points(2))
# dY and Y, which these have no bounds for where no sigmoid or tanh can be.
_OF_OUTPUT = Stimulus(draw=with_points(2), unbounded={"huge": "the square of Y, which is at most 1, overflows"})
LIMITS = ({"low": 0.0, "high": 6.0}, {"low": -1.0, "high": 6.0}, {"low": 0.0, "high": 1.0})
ALPHAS = ({"alpha": 1.0}, {"alpha": float(np.float32(0.3))})
STIMULI = {
    **dict.fromkeys(("Relu", "Gelu", "Sigmoid", "Tanh"), _ONE),
    **dict.fromkeys(("ReluGrad", "GeluGrad"), _TWO),
    "Softplus": _ONE,
    "Clip": Stimulus(cases=over(SIZES, *LIMITS), draw=with_points(1)),
    "ClipGrad": Stimulus(cases=over(SIZES, *LIMITS), draw=with_points(2)),
    "Elu": Stimulus(cases=over(SIZES, *ALPHAS), draw=with_points(1)),
    "EluGrad": Stimulus(cases=over(SIZES, *ALPHAS), draw=with_points(2)),
    **dict.fromkeys(("SigmoidGrad", "TanhGrad"), _OF_OUTPUT),
}
