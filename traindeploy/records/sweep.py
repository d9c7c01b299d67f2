# SPDX-License-Identifier: Apache-2.0
"""``sweep.json``: the same run on several configurations of the hardware."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from traindeploy.records.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One configuration. Figures are those of a run that passed; 0: there is none."""

    name: str
    hardware: Annotated[Mapping[str, int], "the RTL's parameters that make it"]
    verdict: Verdict
    failure: str = ""
    cycles: int = 0
    flop: int = 0
    cells: Annotated[int, "bits of flip-flops and of other cells at the word level, memories aside; 0: not counted"] = 0
    command: str = ""
    report: Annotated[str, "of the run, as seen from the page of the sweep"] = ""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """``command`` repeats it."""

    VERSION: ClassVar[int] = 1

    title: str
    command: str
    variants: tuple[Variant, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of them."""
        worst = [Verdict.ERROR, Verdict.FAILED, Verdict.PASSED]
        return min((v.verdict for v in self.variants), key=worst.index, default=Verdict.ERROR)
