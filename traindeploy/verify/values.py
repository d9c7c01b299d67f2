# SPDX-License-Identifier: Apache-2.0
"""Classes of input values, and the draws that operators make their inputs of."""

import numpy as np

SPECIAL = np.array(
    [0x00000000, 0x80000000, 0x00000001, 0x807FFFFF, 0x00800000, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000,
     0x3F800000, 0xBF800001, 0x4B800000, 0x33800000, 0xC2AEAC50, 0x41500000, 0xC1500001],
    np.uint32,
).view(np.float32)  # fmt: skip

# class -> magnitude of its typical value, and what it is.
CLASSES: dict[str, tuple[float, str]] = {
    "normal": (1.0, "standard normal"),
    "small": (1e-3, "normal, times 1e-3"),
    "large": (1e3, "normal, times 1e3"),
    "tiny": (2.0**-70, "normal, times 2^-70: products underflow"),
    "huge": (2.0**60, "normal, times 2^60: products of three overflow"),
    "subnormal": (2.0**-130, "subnormal numbers only"),
    "zeros": (1.0, "+0 and -0, one in ten normal"),
    "special": (1.0, "of magnitudes 2^-20 to 2^20, one in twenty a zero, subnormal, infinity, NaN or turning point"),
}
# Of these no error is asked; a row of traindeploy/verify/stimuli adds those of its operator.
UNBOUNDED = {"special": "infinities and NaN: the definition is one of numbers"}


class Draw:
    """Random float64 inputs of a class of ``CLASSES``; ``smooth`` leaves out where an operator has no derivative.

    ``scale`` is the magnitude of a typical value, and multiplies the class's own.
    """

    def __init__(self, *seed: int, scale: float = 1.0, values: str = "normal", smooth: bool = False) -> None:
        self.random = np.random.default_rng(seed)
        self.scale = scale * CLASSES[values][0]
        self.values = values
        self.smooth = smooth

    @property
    def special(self) -> bool:
        """Whether values are no numbers to compute others from."""
        return self.values == "special"

    def normal(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        if self.values == "special":
            return mixed(self.random, *shape).astype(np.float64)
        if self.values == "subnormal":
            sign = self.random.choice((-1.0, 1.0), shape)
            return np.asarray(sign * self.random.integers(1, 1 << 23, shape) * 2.0**-149)
        drawn = np.asarray(scale * self.scale * self.random.standard_normal(shape))
        if self.values == "zeros":
            zero = np.where(self.random.random(shape) < 0.5, 0.0, -0.0)
            return np.where(self.random.random(shape) < 0.1, drawn, zero)
        return drawn

    def probabilities(self, *shape: int) -> np.ndarray:
        """Positive; each row has the sum 1. Of the classes beside normal, some are as small as float32 holds, or 0."""
        if self.special:
            return self.normal(*shape)
        e = np.exp(
            self.random.standard_normal(shape) * (40.0 if self.values in ("tiny", "subnormal", "zeros") else 1.0)
        )
        return np.asarray(e / e.sum(-1, keepdims=True))


def mixed(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Normal values of wildly different magnitude, with a few zeros, subnormals, infinities and NaN (float32)."""
    values = (rng.standard_normal(shape) * np.exp2(rng.integers(-20, 20, shape))).astype(np.float32)
    chosen = rng.random(shape) < 0.05
    values[chosen] = rng.choice(SPECIAL, shape)[chosen]
    return values
