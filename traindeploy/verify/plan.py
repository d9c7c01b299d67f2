# SPDX-License-Identifier: Apache-2.0
"""Which cases a kernel is verified on: each follows from kernel, seed and its number alone, so that it can be repeated.

The first numbers are the directed cases (V1). Behind them two of three are random (V2), the third is random too but on
other numbers of cores, engines, configurations or with delays (V3).
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import prod
from typing import Any

import numpy as np

from traindeploy.errors import UserError
from traindeploy.ops import KERNELS, OPERATORS
from traindeploy.platform import NUM_CORES
from traindeploy.records.kernel import Stage
from traindeploy.records.program import Engine
from traindeploy.verify.call import Call
from traindeploy.verify.stimuli import STIMULI
from traindeploy.verify.stimulus import (
    Case,
    Variant,
    call_of,
    directed,
    float32,
    inputs_of,
    random_case,
    random_variant,
    variants_of,
)
from traindeploy.verify.values import CLASSES, Draw
from traindeploy.verify.window import LARGEST, span

MOST_ELEMENTS = 4_500  # of a directed case's operand: larger ones take more time than they are worth on the RTL
ON_REDMULE = "td_gemm"
ALIGNMENTS = 16  # words that the first operand may lie behind a multiple of 64 bytes


@dataclass(frozen=True)
class Boot:
    """What cases that share a run of the simulator have in common."""

    configuration: str
    delays: bool = False


@dataclass(frozen=True)
class Choice:
    """What the cases are drawn from: ``boots`` in order, the first being that of V1 and V2."""

    seed: int = 0
    cores: tuple[int, ...] = tuple(range(1, NUM_CORES + 1))
    engines: tuple[Engine, ...] = ("cores", "redmule")
    boots: tuple[Boot, ...] = (Boot("compact"),)


@dataclass(frozen=True)
class Planned:
    """A case before its values are drawn; ``cores`` is 0 for RedMule."""

    index: int
    stage: Stage
    kernel: str
    op: str
    case: Case
    variant: Variant
    values: str
    cores: int
    boot: Boot
    alignment: int
    seed: int

    @property
    def name(self) -> str:
        """``17x33-normal-8cores``."""
        engine = "redmule" if self.variant.redmule else f"{self.cores}core{'s' * (self.cores != 1)}"
        return f"{self.case.name}-{self.values}-{engine}"


def kernels() -> tuple[str, ...]:
    """The kernels of the catalogue, as functions of the firmware."""
    return tuple(KERNELS)


def operators_of(kernel: str) -> tuple[str, ...]:
    """The operators that call ``kernel``."""
    return tuple(op for op, cases in _uses(kernel).items() if cases)


@cache
def _uses(kernel: str) -> dict[str, tuple[tuple[Case, Variant], ...]]:
    """Directed cases and calls by operator."""
    found = {}
    for op, stimulus in STIMULI.items():
        if stimulus.absent:
            continue
        pairs = [(case, v) for case in directed(op, stimulus) for v in variants_of(op, stimulus, case)]
        found[op] = tuple((case, variant) for case, variant in pairs if variant.kernel == kernel)
    return found


@cache
def directed_cases(kernel: str) -> tuple[tuple[str, Case, Variant], ...]:
    """Operator, case and call of every directed case that fits into L1."""
    found = []
    for op, uses in _uses(kernel).items():
        for case, variant in uses:
            if _elements(case) <= MOST_ELEMENTS and span(_call(op, case, variant, "normal", 0), 20) <= LARGEST:
                found.append((op, case, variant))
    return tuple(found)


def _elements(case: Case) -> int:
    """Of the largest operand, by the case's shape."""
    shapes = [s for s in case.shape if isinstance(s, tuple)] or [case.shape]
    return max(prod(abs(int(n)) for n in shape) for shape in shapes)


def _call(op: str, case: Case, variant: Variant, values: str, *seed: int) -> Call:
    inputs = float32(inputs_of(op, STIMULI[op], case, Draw(*seed, values=values)))
    call = call_of(op, STIMULI[op], case.name, inputs, case.attrs, variant)
    return replace(call, definition=None) if case.kernel_only else call


def made(planned: Planned) -> Call:
    """The call with its values drawn, and what it must leave."""
    return _call(
        planned.op, planned.case, planned.variant, planned.values, planned.seed, _key(planned.kernel), planned.index
    )


def generator(planned: Planned) -> np.random.Generator:
    """For what is drawn beside the values."""
    return np.random.default_rng((planned.seed, _key(planned.kernel), planned.index, 1))


def numbers(kernel: str, count: int, choice: Choice) -> list[int]:
    """Numbers of ``count`` cases: the directed ones, or as many of them as fill half, spread evenly; then random."""
    usable = [
        i for i, (_, _, variant) in enumerate(directed_cases(kernel))
        if ("redmule" if variant.redmule else "cores") in choice.engines
    ]  # fmt: skip
    total = len(directed_cases(kernel))
    kept = min(len(usable), -(-count // 2))
    first = [usable[i * len(usable) // kept] for i in range(kept)]
    return first + list(range(total, total + count - kept))


def planned(kernel: str, index: int, choice: Choice) -> Planned:
    """Case ``index`` of ``kernel``. UserError if what was chosen leaves no way to run it."""
    known = directed_cases(kernel)
    rng = np.random.default_rng((choice.seed, _key(kernel), index))
    most = max(choice.cores)
    alignment = 4 * int(rng.integers(ALIGNMENTS))
    if index < len(known):
        op, case, variant = known[index]
        cores = 0 if variant.redmule else most
        return Planned(index, "V1", kernel, op, case, variant, "normal", cores, choice.boots[0], 0, choice.seed)
    stage: Stage = "V3" if (index - len(known)) % 3 == 2 else "V2"
    op, case, variant = _drawn(kernel, rng, choice.engines, stage)
    values = list(CLASSES)[index % len(CLASSES)]
    cores = 0 if variant.redmule else most if stage == "V2" else int(rng.choice(choice.cores))
    turn = (index - len(known)) // 3
    boot = choice.boots[turn % len(choice.boots)] if stage == "V3" else choice.boots[0]
    return Planned(index, stage, kernel, op, case, variant, values, cores, boot, alignment, choice.seed)


def _drawn(kernel: str, rng: np.random.Generator, engines: Sequence[Engine], stage: Stage) -> tuple[str, Case, Variant]:
    """A random use that fits into L1 and runs on one of ``engines``."""
    ops = operators_of(kernel)
    for _ in range(1000):
        op = ops[rng.integers(len(ops))]
        case = random_case(op, STIMULI[op], rng)
        variant = random_variant(op, STIMULI[op], rng, case, kernel)
        if variant is None or ("redmule" if variant.redmule else "cores") not in engines:
            continue
        if stage == "V2" and variant.redmule and "cores" in engines:
            continue
        return op, case, variant
    raise UserError(f"{kernel} does not run on {' or '.join(engines)}: choose another engine")


def runs_on(kernel: str) -> tuple[Engine, ...]:
    """The engines that can run ``kernel``."""
    return ("cores", "redmule") if kernel == ON_REDMULE else ("cores",)


def _key(kernel: str) -> int:
    return zlib.crc32(kernel.encode())


def shape_text(case: Case) -> str:
    """``17x33`` of a case's shape alone."""
    return Case(case.shape).name


def unverified() -> Iterator[tuple[str, str]]:
    """Operators without a kernel to verify, with the reason in their row (empty: there is none)."""
    verified = {op for kernel in KERNELS for op in operators_of(kernel)}
    for op in OPERATORS:
        if op not in verified:
            stimulus: Any = STIMULI.get(op)
            yield op, stimulus.absent if stimulus else ""
