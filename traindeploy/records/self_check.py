# SPDX-License-Identifier: Apache-2.0
"""What a run checks about itself, beside the comparison of hardware and machine model."""

from dataclasses import dataclass
from typing import Annotated, Literal

Claim = Literal["data", "model", "gradients", "arithmetic", "hardware", "figures", "numbers"]


@dataclass(frozen=True, kw_only=True)
class SelfCheck:
    """One of the things that must hold for PASSED to be said (docs/reference/self-checks.md)."""

    name: Annotated[str, "what is checked"]
    claim: Annotated[Claim, "the part of PASSED that it stands for"]
    passed: bool
    figure: Annotated[float, "what was found"]
    relation: Annotated[Literal["at most", "equal to"], "what the figure must be, to the limit"]
    limit: Annotated[float, "a bound that was derived, or of a thing counted twice the other count"]
    unit: str = ""
    text: Annotated[str, "what was compared and found, in one line"]


def at_most(name: str, claim: Claim, figure: float, limit: float, unit: str, text: str) -> SelfCheck:
    """Passed if ``figure`` is a number up to ``limit``."""
    return SelfCheck(
        name=name, claim=claim, passed=bool(figure <= limit), figure=float(figure), relation="at most",
        limit=float(limit), unit=unit, text=text,
    )  # fmt: skip


def counted_twice(name: str, claim: Claim, figure: float, other: float, unit: str, text: str) -> SelfCheck:
    """Passed if both counts are the same number."""
    return SelfCheck(
        name=name, claim=claim, passed=bool(figure == other), figure=float(figure), relation="equal to",
        limit=float(other), unit=unit, text=text,
    )  # fmt: skip
