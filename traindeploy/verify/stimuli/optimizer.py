# SPDX-License-Identifier: Apache-2.0
"""Updates of parameters."""

from collections.abc import Callable, Mapping

import numpy as np

from golden.model import Arrays
from traindeploy.verify.stimulus import LARGEST, SIZES, Attrs, Case, Shape, Stimulus, over, upto
from traindeploy.verify.values import Draw

RATES = tuple({"lr": float(np.float32(lr))} for lr in (0.01, 1e-3, 1.0))


def rounded(**numbers: float) -> dict[str, float]:
    """As float32 holds them."""
    return {name: float(np.float32(number)) for name, number in numbers.items()}


def each(first: Mapping[str, float], **others: float) -> tuple[dict[str, float], ...]:
    """``first``, and with one number changed at a time."""
    return (rounded(**first), *(rounded(**{**first, name: number}) for name, number in others.items()))


MOMENTA = each({"momentum": 0.9, "decay": 0.0}, momentum=0.5, decay=0.01)
ADAMWS = each({"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}, beta1=0.5, beta2=0.9, epsilon=1e-3)
ADAMS = (*({**attrs, "decay": 0.0} for attrs in ADAMWS), {**ADAMWS[0], **rounded(decay=0.01)})
# Powers of ten that a tensor of one element is drawn from.
RATE, SCALE, KEEP = (-4.0, 0.0), (0.0, 1.5), (-0.05, 0.0)


RARE = 4  # sizes of this remainder by 8 find the gate as it seldom is


def rated(rng: np.random.Generator) -> Case:
    """Any length, learning rates from 1e-6 to 10."""
    return Case((upto(rng, LARGEST),), {"lr": float(np.float32(10 ** rng.uniform(-6, 1)))})


def updating(
    states: int, *numbers: tuple[float, float], accumulates: bool = False
) -> Callable[[Draw, Shape, Attrs], Arrays]:
    """w, g, of ``states`` the first of any sign, a second one of none, and numbers from these powers of ten."""

    def drawn(draw: Draw, shape: Shape, attrs: Attrs) -> Arrays:
        arrays = [draw.normal(*shape) for _ in range(2 + min(states, 1))]
        if states > 1:
            arrays.append(draw.normal(*shape) ** 2)
        arrays += [10 ** draw.random.uniform(low, high, 1) for low, high in numbers]
        return [*arrays, np.array([float((shape[0] % 8 == RARE) == accumulates)])]

    return drawn


def update(states: int, attrs: tuple[Mapping[str, float], ...], *numbers: tuple[float, float]) -> Stimulus:
    """The usual sizes of an update with ``states``, with each of ``attrs``."""
    return Stimulus(cases=over(SIZES, *attrs), draw=updating(states, *numbers))


STIMULI = {
    "Sgd": Stimulus(cases=over(SIZES, *RATES), random=rated),
    "SgdRate": update(0, (rounded(decay=0.0), rounded(decay=0.01)), RATE),
    "Momentum": update(1, MOMENTA, RATE),
    "Nesterov": update(1, MOMENTA, RATE),
    "Adam": update(2, ADAMS, RATE, SCALE),
    "AdamW": update(2, ADAMWS, RATE, SCALE, KEEP),
    "ScaleBy": Stimulus(draw=lambda draw, shape, _: [draw.normal(*shape), 10 ** draw.random.uniform(*RATE, 1)]),
    "Accumulate": Stimulus(
        cases=over(SIZES, rounded(share=1.0), rounded(share=1 / 3)), draw=updating(0, accumulates=True)
    ),
}
