# SPDX-License-Identifier: Apache-2.0
"""What a call left, compared with the machine model (bits) and with the definition in float64 (error over bound)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from golden import math
from tb.env.common.compare import bits, ulp_distance
from traindeploy.ops import KERNELS
from traindeploy.records.kernel import Element
from traindeploy.verify.call import Call, node_of
from traindeploy.verify.stimuli import STIMULI
from traindeploy.verify.values import UNBOUNDED

OPERANDS = 8  # shown of each argument
ULP_BINS = ((0, "0"), (1, "1"), (2, "2"), (4, "3-4"), (8, "5-8"), (64, "9-64"))
MORE, NOT_A_NUMBER = "more", "NaN"
SHARE_BINS = 10


@dataclass
class Judgement:
    """Of one call. ``share`` is None where the definition leaves the values open."""

    elements: int = 0
    wrong: int = 0
    max_ulp: int = 0
    share: float | None = None
    worst: Element | None = None
    first_wrong: str = ""
    from_machine: Counter[str] = field(default_factory=Counter)
    from_exact: Counter[str] = field(default_factory=Counter)


def judge(call: Call, values: str, actual: Mapping[str, np.ndarray]) -> Judgement:
    """``actual``: argument name -> what the hardware left there, of the shape of what was expected."""
    found = Judgement()
    exact, bounds = _definition(call, values)
    largest = -1.0
    for position, (name, expected) in enumerate(call.outputs.items()):
        wrote = np.ascontiguousarray(actual[name])
        distances = ulp_distance(wrote, expected) * (bits(wrote) != bits(expected))
        found.elements += wrote.size
        found.wrong += int(np.count_nonzero(distances))
        found.from_machine.update(_ulp_histogram(distances))
        worst = -1 if (distances < 0).any() else int(distances.max(initial=0))
        found.max_ulp = -1 if -1 in (worst, found.max_ulp) else max(worst, found.max_ulp)
        if exact is None or bounds is None:
            ideal, bound, shares = expected.astype(np.float64), np.zeros(expected.shape), np.zeros(expected.shape)
        else:
            stripped = call.definition.strip(wrote) if call.definition else wrote
            ideal, bound = exact[position], bounds[position]
            shares = over_bound(stripped.astype(np.float64), ideal, bound)
            with np.errstate(over="ignore"):
                found.from_exact.update(_ulp_histogram(ulp_distance(stripped, ideal.astype(np.float32))))
            found.share = max(found.share or 0.0, float(shares.max(initial=0.0)))
        wrong_here = found.wrong and not found.first_wrong and distances.any()
        at = _first(distances != 0) if wrong_here else _first(shares == shares.max(initial=0.0))
        if wrong_here or (not found.first_wrong and float(shares.max(initial=0.0)) > largest):
            largest = float(shares.max(initial=0.0))
            found.worst = _element(call, name, at, wrote, expected, ideal, bound, int(distances[at]))
        if wrong_here and found.worst is not None:
            e = found.worst
            ulp = "a NaN" if e.ulp < 0 else f"{e.ulp} ULP"
            found.first_wrong = (
                f"{name}{list(at)} is {e.got_hex} ({e.got:.9g}), expected {e.expected_hex} ({e.expected:.9g}), {ulp}"
            )
    return found


def over_bound(actual: np.ndarray, exact: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """Element by element |actual - exact| / bound: 0 if equal, infinite for a NaN or a bound that is no number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = np.abs(actual - exact) / bound
    quotient = np.where(np.isfinite(bound) & ~np.isnan(quotient), quotient, np.inf)
    return np.where(actual == exact, 0.0, quotient)


def share_bin(share: float) -> str:
    """``0.3-0.4``; what exceeds the bound is ``over 1``."""
    if share > 1.0:
        return "over 1"
    low = min(int(share * SHARE_BINS), SHARE_BINS - 1)
    return f"{low / SHARE_BINS:.1f}-{(low + 1) / SHARE_BINS:.1f}"


def _definition(call: Call, values: str) -> tuple[list[np.ndarray] | None, list[np.ndarray] | None]:
    """The call's exact outputs and bounds; None where it has none."""
    given = call.definition
    if given is None or values in UNBOUNDED or values in STIMULI[given.op].unbounded:
        return None, None
    node = node_of(given.op, given.inputs, given.attrs)
    with np.errstate(all="ignore"):
        exact = math.OPS[given.op](node, given.inputs, given.attrs)
        bounds = math.BOUNDS[given.op](node, given.inputs, exact)
    shaped = [np.broadcast_to(bound, result.shape) for bound, result in zip(bounds, exact, strict=True)]
    return given.select(exact), given.select(shaped)


def _ulp_histogram(distances: np.ndarray) -> dict[str, int]:
    known = distances[(distances >= 0) & (distances < 1 << 32)]
    counts = {NOT_A_NUMBER: int(distances.size - known.size)}
    below = 0
    for limit, name in ULP_BINS:
        upto = int(np.count_nonzero(known <= limit))
        counts[name] = upto - below
        below = upto
    counts[MORE] = int(known.size) - below
    return {name: count for name, count in counts.items() if count}


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))


def _element(
    call: Call, name: str, at: tuple[int, ...], wrote: np.ndarray, expected: np.ndarray, ideal: np.ndarray,
    bound: np.ndarray, ulp: int,
) -> Element:  # fmt: skip
    inside = all(i < n for i, n in zip(at, ideal.shape, strict=True))
    exact = float(ideal[at]) if inside else float(expected[at])
    got = float(wrote[at])
    with np.errstate(invalid="ignore"):
        error = abs(got - exact)
    return Element(
        output=name,
        index=at,
        operands=operands(call, name, at),
        got_hex=f"0x{int(bits(wrote)[at]):08x}",
        expected_hex=f"0x{int(bits(expected)[at]):08x}",
        exact=exact,
        error=0.0 if got == exact else float(error),
        bound=float(bound[at]) if inside else 0.0,
        ulp=ulp,
    )


def operands(call: Call, name: str, at: tuple[int, ...]) -> dict[str, tuple[float, ...]]:
    """What an element depends on, by the form of the kernel's ports: the same element, its row, its row and column."""
    found: dict[str, tuple[float, ...]] = {}
    for port in KERNELS[call.kernel].inputs:
        value = call.arguments[port.field]
        if isinstance(value, np.ndarray):
            found[port.field] = tuple(float(v) for v in _read(call, port.form, port.field, value, at)[:OPERANDS])
    return found


def _read(call: Call, form: str, field: str, value: np.ndarray, at: tuple[int, ...]) -> Any:
    if form == "elements" and len(at) == value.ndim:
        return [value[at]]
    if form == "matrix" and at:
        return value.reshape(-1, value.shape[-1])[at[0] if len(at) == value.ndim else 0]
    if form == "column" and at:
        return [value[at[0]]]
    if call.kernel == "td_gemm":
        flags = int(call.arguments["flags"])
        line = at[0] if field == "x" else at[1]
        if field == "y":
            return [value[min(at[0], len(value) - 1), at[1]]]
        transposed = bool(flags & (1 if field == "x" else 2))
        return value[:, line] if (field == "x") == transposed else value[line]
    if call.kernel == "td_reduce_sum":
        return value[:, at[0]]
    return value.reshape(-1)
