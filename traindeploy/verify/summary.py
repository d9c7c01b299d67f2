# SPDX-License-Identifier: Apache-2.0
"""What a kernel's cases add up to: stages, tallies, distributions."""

from collections.abc import Callable, Sequence

import numpy as np

from traindeploy.platform import NUM_CORES
from traindeploy.records.kernel import Distribution, KernelCase, Stage, StageResult, Tally
from traindeploy.records.verdict import Verdict

STAGES: dict[Stage, str] = {
    "V1": "directed shapes",
    "V2": "random shapes, alignments, pitches, value classes",
    "V3": "1 to 8 cores, every engine, configurations, delays",
}
DIMENSIONS: dict[str, Callable[[KernelCase], str]] = {
    "values": lambda case: case.values,
    "cores": lambda case: str(case.cores) if case.cores else "redmule",
    "engine": lambda case: case.engine,
    "configuration": lambda case: f"{case.configuration}{', delays' if case.delays else ''}",
    "alignment": lambda case: str(case.alignment),
    "padding": lambda case: str(case.padding),
}


def verdict_of(cases: Sequence[KernelCase]) -> Verdict:
    """FAILED if one is; ERROR if one had no verdict."""
    found = {case.verdict for case in cases}
    return next((v for v in (Verdict.FAILED, Verdict.ERROR) if v in found), Verdict.PASSED)


def stages(cases: Sequence[KernelCase]) -> tuple[StageResult, ...]:
    """Every stage, those without a case too."""
    found = []
    for stage, what in STAGES.items():
        own = [case for case in cases if case.stage == stage]
        failed = sum(not case.passed for case in own)
        verdict = verdict_of(own) if own else None
        found.append(StageResult(stage=stage, what=what, cases=len(own), failed=failed, verdict=verdict))
    return tuple(found)


def tallies(cases: Sequence[KernelCase]) -> tuple[Tally, ...]:
    """By each dimension and value."""
    found = []
    for dimension, value_of in DIMENSIONS.items():
        groups: dict[str, list[KernelCase]] = {}
        for case in cases:
            groups.setdefault(value_of(case), []).append(case)
        for value, group in sorted(groups.items(), key=lambda item: _order(item[0])):
            found.append(_tally(dimension, value, group))
    return tuple(found)


def _order(value: str) -> tuple[int, str]:
    return (int(value), "") if value.isdigit() else (1 << 30, value)


def _tally(dimension: str, value: str, group: Sequence[KernelCase]) -> Tally:
    failing = [case for case in group if not case.passed]
    bounded = [case for case in group if case.share is not None]
    worst = max(bounded, key=lambda case: case.share or 0.0, default=None)
    named = failing[0] if failing else worst
    distances = [case.max_ulp for case in group]
    return Tally(
        dimension=dimension,
        value=value,
        cases=len(group),
        failed=len(failing),
        max_ulp=-1 if -1 in distances else max(distances),
        share=worst.share if worst else None,
        worst=named.index if named else None,
    )


def model_ratio(cases: Sequence[KernelCase]) -> tuple[Distribution, ...]:
    """Measured over modelled cycles, of cases on all cores or on RedMule."""
    groups: dict[tuple[str, str], list[KernelCase]] = {}
    for case in cases:
        if case.cycles and case.cycles_model and case.cores in (0, NUM_CORES) and not case.delays:
            groups.setdefault((case.engine, case.configuration), []).append(case)
    found = []
    for group in groups.values():
        least, tenth, median, ninetieth, largest = (
            float(v) for v in np.quantile([case.cycles_over_model for case in group], (0, 0.1, 0.5, 0.9, 1))
        )
        found.append(
            Distribution(
                engine=group[0].engine, configuration=group[0].configuration, cases=len(group), least=least,
                tenth=tenth, median=median, ninetieth=ninetieth, largest=largest,
            )
        )  # fmt: skip
    return tuple(found)
