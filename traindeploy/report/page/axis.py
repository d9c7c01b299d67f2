# SPDX-License-Identifier: Apache-2.0
"""Axes: from values to places in a chart, and the round marks along them. interact.js does the same after a zoom."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True)
class Axis:
    """What an axis shows; without ``low`` and ``high`` it spans the values, from 0 on if it is linear."""

    label: str
    log: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Scale:
    """A span of values on a span of pixels."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def place(self, value: float) -> float:
        """The pixel of ``value``; what a logarithm does not have lies at the low end."""
        low, high, at = self.low, self.high, value
        if self.log:
            low, high = math.log10(low), math.log10(high)
            at = math.log10(value) if value > 0 else low
        return self.start + (at - low) / (high - low) * (self.end - self.start)

    def ticks(self, wanted: int) -> list[float]:
        """Round values within the span, about ``wanted`` of them."""
        if self.log:
            return decades(self.low, self.high)
        step = round_step((self.high - self.low) / max(wanted, 1))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def scale(axis: Axis, values: Iterable[float], start: float, end: float) -> Scale:
    """The scale of ``axis`` over the finite ones of ``values``, with whole steps or decades at its ends."""
    usable = [value for value in values if math.isfinite(value) and (value > 0 or not axis.log)]
    low = axis.low if axis.low is not None else min(usable, default=1.0 if axis.log else 0.0)
    high = axis.high if axis.high is not None else max(usable, default=1.0)
    if axis.log:
        low = low if axis.low is not None else 10.0 ** math.floor(math.log10(low) + 1e-9)
        high = high if axis.high is not None else 10.0 ** math.ceil(math.log10(high) - 1e-9)
        return Scale(low, high if high > low else low * 10, start, end, log=True)
    low = low if axis.low is not None else min(low, 0.0)
    step = round_step(max(high - low, 1e-300) / 5)
    high = high if axis.high is not None else math.ceil(high / step - 1e-9) * step
    return Scale(low, high if high > low else low + 1.0, start, end)


def decades(low: float, high: float) -> list[float]:
    """Powers of ten within the span; 2 and 5 between them if there are few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    factors = (1, 2, 5) if last - first <= 2 else (1,)
    every = max((last - first) // 8, 1)
    all_ = [factor * 10.0**power for power in range(first, last + 1, every) for factor in factors]
    return [float(f"{value:.12g}") for value in all_ if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]


def round_step(rough: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def short(value: float) -> str:
    """A value at an axis: 1500000 -> ``1.5M``, 0.00002 -> ``2e-5``."""
    size = abs(value)
    for factor, prefix in PREFIXES:
        if factor <= size < 1e13:
            return f"{value / factor:.3g}{prefix}" if size / factor < 1000 else f"{value / factor:.0f}{prefix}"
    if size and (size < 1e-3 or size >= 1e13):
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:.4g}"
