# SPDX-License-Identifier: Apache-2.0
"""Kernels and RedMule on the RTL: one program calls them all, odd shapes and special values included, in one boot."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tb.build.simulator import build_platform
from tests.plan.records import Facts
from traindeploy.platform import CONFIGS, NUM_CORES
from traindeploy.records.verdict import Verdict, Verified
from traindeploy.verify.boots import Outcome, Ran, run
from traindeploy.verify.call import Call
from traindeploy.verify.judge import judge
from traindeploy.verify.plan import Boot
from traindeploy.verify.program import Loaded
from traindeploy.verify.stimuli import STIMULI
from traindeploy.verify.stimulus import calls_of, directed, float32, inputs_of
from traindeploy.verify.values import Draw
from traindeploy.verify.window import place

WITH_KERNEL = sorted(op for op, stimulus in STIMULI.items() if not stimulus.absent)
WORDS = 1100  # of a case's inputs: larger ones are left to the host
CASES = 11  # an operator


def rtl_calls(op: str) -> Iterator[Call]:
    """Calls of some cases spread over the operator's, and of the largest of them with special values."""
    drawn = [(case, inputs_of(op, STIMULI[op], case, Draw(2))) for case in directed(op, STIMULI[op])]
    fitting = [(case, sum(i.size for i in inputs)) for case, inputs in drawn if max(i.size for i in inputs) <= WORDS]
    count = min(CASES, len(fitting))
    chosen = [fitting[i * len(fitting) // count][0] for i in range(count)]
    chosen += [case for case, _ in fitting if case.kernel_only and case not in chosen]
    largest, _ = max(fitting, key=lambda pair: pair[1])
    for name, case, draw in [
        *((f"{op}-{case.name}", case, Draw(3)) for case in chosen),
        (f"{op}-{largest.name}-special", largest, Draw(4, values="special")),
    ]:
        yield from calls_of(op, STIMULI[op], case, float32(inputs_of(op, STIMULI[op], case, draw)), name)


@dataclass(frozen=True)
class All:
    """The program's calls by operator, and what came of each."""

    found: dict[str, list[tuple[Loaded, Outcome]]]
    ran: Ran


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> All:
    folder: Path = tmp_path_factory.mktemp("all_kernels")
    rng = np.random.default_rng(1)
    calls = [(op, call) for op in WITH_KERNEL for call in rtl_calls(op)]
    loaded = [Loaded(call, place(call, rng, 0), 0 if call.redmule else NUM_CORES) for _, call in calls]
    simulator = build_platform(CONFIGS["compact"], disturbable=True, optimize="-O1")
    ran = run(folder, Boot("compact"), loaded, build=simulator)
    found: dict[str, list[tuple[Loaded, Outcome]]] = {op: [] for op in WITH_KERNEL}
    for (op, _), each, outcome in zip(calls, loaded, ran.outcomes, strict=True):
        found[op].append((each, outcome))
    return All(found, ran)


@pytest.mark.parametrize("op", WITH_KERNEL)
def test_kernels_on_the_rtl_are_the_machine_model_bit_for_bit(everything: All, op: str, facts: Facts) -> None:
    wrong, distances = [], []
    for each, outcome in everything.found[op]:
        held = each.window.after if outcome.window is None else outcome.window
        actual = {name: each.window.words_of(name, value, held) for name, value in each.call.outputs.items()}
        found = judge(each.call, "special", actual)
        distances.append(found.max_ulp)
        if outcome.failure or outcome.window is not None:
            wrong.append((each.call.name, outcome.failure or found.first_wrong or "wrote beside its outputs"))
    cycles = sum(outcome.cycles for _, outcome in everything.found[op])
    worst = -1 if -1 in distances else max(distances)
    facts.outcome = Verified(verdict=Verdict.FAILED if wrong else Verdict.PASSED, cycles=cycles, max_ulp=worst)
    facts.note = f"{len(distances)} calls"
    assert not wrong


def test_the_program_ends_without_complaint_and_times_every_call(everything: All) -> None:
    outcomes = [outcome for pairs in everything.found.values() for _, outcome in pairs]
    assert {outcome.verdict for outcome in outcomes} == {Verdict.PASSED}
    assert min(outcome.cycles for outcome in outcomes) > 0
    assert everything.ran.overhead > 0
    redmule = {each.call.kernel for pairs in everything.found.values() for each, _ in pairs if each.call.redmule}
    assert redmule == {"td_gemm"}
