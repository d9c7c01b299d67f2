# SPDX-License-Identifier: Apache-2.0
"""A kernel's record as a verification would write it, of any number of cases, without one."""

import random
from typing import Any

from traindeploy.records.bench import CoreCounters
from traindeploy.records.case import Kind
from traindeploy.records.kernel import (
    Ceiling,
    Distribution,
    Element,
    KernelCase,
    KernelRecord,
    Mutant,
    Stage,
    StageResult,
    Tally,
)
from traindeploy.records.provenance import Provenance
from traindeploy.records.verdict import CoveragePoint, Verdict, functional

PROVENANCE = Provenance(commit="0" * 40, dirty=False, python="3.11.2", date="2026-11-27T00:00:00+00:00", machine="here")
STAGES: tuple[Stage, ...] = ("V1", "V2", "V3")
VALUES = ("normal", "tiny", "huge", "subnormal", "zeros", "special")
COMMAND = "make verify KERNEL=layernorm_grad"
FAILURE = "dx[3, 7]: 0x3f800001, expected 0x3f800000, 1 ULP"


def case(index: int, *, fails: bool = False) -> KernelCase:
    """Case ``index``: figures of a kernel that takes 300 cycles and 1.3 an element and core."""
    drawn = random.Random(index)
    rows, width, cores = drawn.randint(1, 96), drawn.randint(1, 96), drawn.choice((8, 8, 8, 1, 3))
    elements = rows * width
    model = 300 + elements * 13 // cores
    share = drawn.random() * 0.9
    element = Element(
        output="dx", index=(3, 7), operands={"x": (1.5, -0.25), "gamma": (3.0,)},
        got_hex="0x3f800001" if fails else "0x3f800000", expected_hex="0x3f800000", exact=1.0 + share * 1e-7,
        error=share * 1e-7, bound=1e-7, ulp=int(fails),
    )  # fmt: skip
    return KernelCase(
        index=index, name=f"{rows}x{width} normal, {cores} cores", stage=STAGES[index % 3], shape=f"{rows}x{width}",
        sizes={"rows": rows, "width": width}, values=drawn.choice(VALUES),
        engine="cores", configuration=drawn.choice(("paper", "compact")), delays=index % 50 == 0, cores=cores,
        alignment=4 * drawn.randint(0, 3), padding=drawn.randint(0, 2), seed=index,
        verdict=Verdict.FAILED if fails else Verdict.PASSED, failure=FAILURE if fails else "", elements=elements,
        wrong=int(fails), max_ulp=int(fails), worst=element if index % 20 == 0 or fails else None, share=share,
        cycles=int(model * (0.95 + drawn.random() / 10)), cycles_model=model, flop=8 * elements, bytes=12 * elements,
        stalls=CoreCounters(model * 4, 200, elements, elements // 3, 40, elements // 5),
        command=f"{COMMAND} CASE={index}",
    )  # fmt: skip


def stage_of(stage: Stage, what: str, cases: tuple[KernelCase, ...]) -> StageResult:
    own = [one for one in cases if one.stage == stage]
    failed = sum(not one.passed for one in own)
    return StageResult(
        stage=stage, what=what, cases=len(own), failed=failed, verdict=Verdict.FAILED if failed else Verdict.PASSED
    )  # fmt: skip


def tally(value: str, cases: tuple[KernelCase, ...]) -> Tally:
    count = sum(one.values == value for one in cases)
    return Tally(dimension="values", value=value, cases=count, failed=0, max_ulp=0, share=0.9, worst=0)


def ratio(configuration: str) -> Distribution:
    return Distribution(
        engine="cores", configuration=configuration, cases=10, least=0.95, tenth=0.97, median=1.0, ninetieth=1.03,
        largest=1.05,
    )  # fmt: skip


def made(count: int = 30, failing: tuple[int, ...] = (), **changed: Any) -> KernelRecord:
    """A record of ``count`` cases, of which ``failing`` fail; fields by name."""
    cases = tuple(case(i, fails=i in failing) for i in range(count))
    quarter = count // 4
    values: dict[str, Any] = dict(
        kind=Kind.KERNEL,
        test="verify",
        seed=1,
        command=COMMAND,
        provenance=PROVENANCE,
        kernel="layernorm_grad",
        function="td_layernorm_grad",
        operators=("LayerNormalizationGrad",),
        family="norm",
        formula="dx = rstd (g - mean(g) - xhat mean(g xhat))",
        order="rows left to right, one fused multiply-add each",
        source="firmware/kernels/norm.c",
        cases=cases,
        seconds=61.0,
        overhead=97,
        verdict=Verdict.FAILED if failing else Verdict.PASSED,
        failure=f"{len(failing)} of {count} cases differ" if failing else "",
        max_ulp=int(bool(failing)),
        stages=tuple(map(stage_of, STAGES, ("directed", "random", "cores, delays"), [cases] * 3)),
        tallies=tuple(tally(value, cases) for value in VALUES),
        ulp_from_machine={"0": sum(c.elements for c in cases) - len(failing), "1": len(failing), "2-3": 0, "NaN": 0},
        ulp_from_exact={"0": 50_000, "1": 12_000, "2-3": 900, "4-7": 4, "8+": 0},
        shares={"0-0.25": quarter, "0.25-0.5": quarter, "0.5-1": count - 2 * quarter, ">1": 0},
        model_ratio=(ratio("paper"), ratio("compact")),
        ceilings=(Ceiling(engine="cores", configuration="paper", flop_per_cycle=8.0, bytes_per_cycle=32.0),),
        mutants=(
            Mutant(name="m1", place="norm.c:31", change="i < n -> i <= n", killed=True, by="case 0"),
            Mutant(name="m2", place="norm.c:40", change="+ -> -", killed=False, by="equal: the term is 0"),
        ),
        coverage=(
            functional("values", {"normal": 5, "tiny": 2, "NaN": 0}, ["NaN in gamma: the definition leaves it open"]),
            CoveragePoint(name="norm.c", metric="line", stated=40, hit=39, holes=("31: return;",), hits={"30": 7}),
        ),
    )
    return KernelRecord(**{**values, **changed})
