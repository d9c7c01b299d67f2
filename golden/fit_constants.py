# SPDX-License-Identifier: Apache-2.0
"""Prints the polynomial coefficients of firmware/kernels/td_math_constants.h: `python -m golden.fit_constants`.

Weighted least squares in float64 on Chebyshev nodes, the weights raised where the error is largest (Lawson's
iteration); coefficients are rounded to float32 one by one from the lowest, and the rest fitted again.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from scipy.special import erfcx

Function = Callable[[np.ndarray], np.ndarray]


def fit(
    function: Function,
    weight: Function,
    interval: tuple[float, float],
    centre: float,
    degree: int,
    fixed: Sequence[float],
) -> tuple[list[float], float]:
    """Float32 coefficients of powers of (x - centre), the first ones ``fixed``, and the largest weighted error."""
    low, high = interval
    x = (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (np.arange(400) + 0.5) / 400)
    values, weights, d = function(x), weight(x), x - centre
    coefficients = list(fixed)
    while len(coefficients) <= degree:
        first = len(coefficients)
        powers = np.stack([d**i for i in range(first, degree + 1)], axis=1)
        rest = values - sum(c * d**i for i, c in enumerate(coefficients))
        lawson = weights.copy()
        for _ in range(41):
            solution, *_ = np.linalg.lstsq(powers * lawson[:, None], rest * lawson, rcond=None)
            error = np.abs((powers @ solution - rest) * weights)
            lawson *= np.sqrt(np.maximum(error / error.max(), 1e-3))
            lawson *= weights.max() / lawson.max()
        coefficients.append(float(np.float32(solution[0])))
    total = sum(c * d**i for i, c in enumerate(coefficients))
    return coefficients, float(np.abs((total - values) * weights).max())


def log_remainder(f: np.ndarray) -> np.ndarray:
    """(log(1 + f) - f + f^2/2) / f^3"""
    return np.asarray((np.log1p(f) - f + f * f / 2) / f**3)


def main() -> None:
    """Print each polynomial and its largest relative error in units of 2**-24."""

    def show(name: str, coefficients: Sequence[float], error: float) -> None:
        print(f"{name}: {', '.join(c.hex() for c in coefficients)}  (error {error * 2**24:.3f} * 2^-24)")

    half = np.log(2) / 2 * 1.001
    show("exp", *fit(np.exp, lambda x: np.exp(-x), (-half, half), 0, 6, (1.0, 1.0)))
    ends = (np.sqrt(0.5) - 1, np.sqrt(2) - 1)
    show("log", *fit(log_remainder, lambda f: np.abs(f**3 / np.log1p(f)), ends, 0, 8, ()))
    edges = [2.0**octave * (1 + quarter / 4) - 1 for octave in range(4) for quarter in range(4)] + [15.0]

    def mills(u: np.ndarray) -> np.ndarray:
        return np.asarray(0.5 * erfcx(u / np.sqrt(2)))  # Phi(-u) exp(u^2/2)

    for low, high in pairwise(edges):
        centre = (low + high) / 2
        coefficients, error = fit(mills, lambda u: 1 / mills(u), (low, high), centre, 5, ())
        show(f"normal {low}..{high}", [centre, *coefficients], error)


if __name__ == "__main__":
    main()
