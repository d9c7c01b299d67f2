# SPDX-License-Identifier: Apache-2.0
"""``bench-sim.json``: the case record of a measurement of the simulator's speed."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from traindeploy.records.case import CaseRecord
from traindeploy.records.serial import VOLATILE


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Simulated clock cycles per second of processor time; median of the repetitions, and each of them."""

    part: Annotated[Literal["a", "b", "c", "d"], "bare cores; platform in a product; step unchecked; step compared"]
    arithmetic: Annotated[str, "who does RedMule's multiply-adds: host or rtl"]
    khz: float
    ratio: Annotated[float, "of (a), median of each repetition's"]
    all_khz: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class CheckingCost:
    """What comparing every tensor costs, as a share of the time without."""

    arithmetic: str
    by_difference: Annotated[float, "of the whole runs' times"]
    in_python: Annotated[float, "by the processor time in Python"]
    python_share: Annotated[float, "of the compared run's time that is in Python"]


@dataclass(frozen=True, kw_only=True)
class SpeedResult(CaseRecord):
    """`make bench-sim`: the verdict says whether its targets are met."""

    VERSION: ClassVar[int] = 1

    phase: Annotated[str, "operator of part (b)"]
    phase_cycles: int
    bare_multiply_adds: Annotated[float, "of part (a), per cycle and core", VOLATILE]
    rates: Annotated[tuple[Rate, ...], VOLATILE]
    costs: Annotated[tuple[CheckingCost, ...], VOLATILE]
    load: Annotated[float, "of the machine at the end", VOLATILE]
