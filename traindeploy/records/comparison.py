# SPDX-License-Identifier: Apache-2.0
"""``traindeploy compare``: two runs side by side, as the console, Markdown and HTML show it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from traindeploy.records.case import Scalar
from traindeploy.records.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two runs."""

    run: Annotated[str, "its folder"]
    verdict: Verdict
    failure: str = ""
    commit: str = ""
    dirty: bool = False
    date: str = ""
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """An option, or a tool's version, that is not the same; null: one side does not have it."""

    name: str
    a: Scalar | None
    b: Scalar | None


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure of both runs; null: not known."""

    DERIVED: ClassVar[tuple[str, ...]] = ("change",)

    name: str
    unit: str = ""
    a: float | None
    b: float | None

    @property
    def change(self) -> float | None:
        """What it became more, as a share of what it was; null if one is not known, or it was 0 and is not."""
        if self.a is None or self.b is None:
            return None
        if self.a == self.b:
            return 0.0
        return (self.b - self.a) / self.a if self.a else None


@dataclass(frozen=True, kw_only=True)
class OperatorPair:
    """An operator of both runs, in all their training steps; null: that run does not have it, or it is not known."""

    DERIVED: ClassVar[tuple[str, ...]] = ("weight",)

    name: str
    kind: str
    engine_a: str | None
    engine_b: str | None
    span_a: Annotated[int | None, "cycles from first call to completion"]
    span_b: int | None
    exclusive_a: Annotated[int | None, "cycles that count for nothing else"] = None
    exclusive_b: int | None = None
    critical_a: Annotated[int | None, "cycles on the critical path"] = None
    critical_b: int | None = None
    bytes_a: Annotated[int | None, "moved for it in a training step, by DMA and HyperBus"] = None
    bytes_b: int | None = None
    ulp_a: Annotated[int | None, "largest distance from the machine model; -1: a NaN is involved"] = None
    ulp_b: int | None = None

    @property
    def weight(self) -> int:
        """Cycles that B spends more: on the critical path where both know it, else from first call to completion."""
        known = self.critical_a is not None or self.critical_b is not None
        a, b = (self.critical_a, self.critical_b) if known else (self.span_a, self.span_b)
        return (b or 0) - (a or 0)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Run B against run A. ``operators`` begin with the one that changed most."""

    VERSION: ClassVar[int] = 1

    a: Side
    b: Side
    summary: Annotated[tuple[str, ...], "what is to be known, in sentences"]
    worse: Annotated[bool, "whether B passed less than A did, or takes more cycles than the limit allows"]
    differences: Annotated[tuple[Difference, ...], "options and tools that are not the same"] = ()
    figures: tuple[Figure, ...] = ()
    operators: tuple[OperatorPair, ...] = ()
