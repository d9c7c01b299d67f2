# SPDX-License-Identifier: Apache-2.0
"""Runs that were compiled but not simulated, and what a bench would say of them."""

from collections.abc import Callable, Iterable, Iterator

import pytest
from threadpoolctl import threadpool_limits

from golden.training import execute_steps
from traindeploy.app.checks import Compiled, Facts
from traindeploy.app.options import Options
from traindeploy.codegen.image import describe
from traindeploy.frontend import load_model
from traindeploy.frontend.data import load_samples
from traindeploy.ir import Graph
from traindeploy.platform import CONFIGS
from traindeploy.records.bench import (
    BenchRecord,
    CoreCounters,
    Counters,
    OperatorResult,
    RedmuleCounters,
    StepSpan,
    TransferCounters,
)
from traindeploy.records.self_check import SelfCheck
from traindeploy.records.verdict import Verdict
from traindeploy.schedule import build_program
from traindeploy.training import build_step
from traindeploy.training.rates import feeds

Damage = Callable[[Graph], None]
CYCLES_EACH = 100  # of an operator


def compiled_run(options: Options, damage: Damage = lambda graph: None, *, runs: bool = True) -> Compiled:
    """All that the compiler and the machine model make of ``options``; ``damage`` is done to the training graph.

    ``runs`` False leaves the machine model out, for checks that do not look at its tensors.
    """
    graph = build_step(load_model(options.model, options.seed), options.training)
    damage(graph)
    samples = load_samples(options.data, graph, options.steps, options.seed)
    samples = [sample | feeds(graph, options.updates, step) for step, sample in enumerate(samples, 1)]
    imported = load_model(options.model, options.seed)
    return Compiled(options, imported, graph, samples, execute_steps(graph, samples) if runs else [])


def failed(checks: Iterable[SelfCheck]) -> list[str]:
    """Names of those that do not hold."""
    return [check.name for check in checks if not check.passed]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """As the checks run in the product."""
    with threadpool_limits(1, user_api="blas"):
        yield


@pytest.fixture(scope="session")
def tiny() -> Compiled:
    """Two steps of cct_tiny with adapters."""
    return compiled_run(Options(model="cct_tiny", strategy="lora1", lora_b="random", steps=2))


@pytest.fixture
def facts(tiny: Compiled) -> Facts:
    """A simulation of ``tiny`` as it should be: operators one after the other."""
    program = build_program(tiny.graph, CONFIGS["paper"], "redmule", steps=2)
    description, graph = describe(program), tiny.graph
    operators, now = [], 0
    for step in range(2):
        for operator in description.operators:
            sizes = [graph.tensors[output.tensor].size for output in operator.outputs]
            operators.append(
                OperatorResult(
                    index=operator.index, name=operator.name, kind=operator.kind, engine=operator.engine,
                    phase=operator.phase, step=step, start=now, cycles=CYCLES_EACH, flop=operator.flop,
                    tensors=len(sizes), elements=sum(sizes), max_ulp=0,
                )
            )  # fmt: skip
            now += CYCLES_EACH
    core = CoreCounters(now - 50, 64, 0, 0, 0, 0)
    counters = Counters(
        cores=(core,) * 8, redmule=RedmuleCounters(500, 0, 0),
        dma=TransferCounters(2 * description.l2_bytes, 0), hyperbus=TransferCounters(2 * description.l3_bytes, 0),
    )  # fmt: skip
    bench = BenchRecord(
        verdict=Verdict.PASSED, cycles=now, counters=counters, operators=tuple(operators),
        tensors_compared=sum(o.tensors for o in operators), elements_compared=sum(o.elements for o in operators),
        step_spans=tuple(StepSpan(step=s, start=s * now // 2, end=(s + 1) * now // 2) for s in range(2)),
        losses=tuple(float(values["loss"][0]) for values in tiny.steps),
    )  # fmt: skip
    return Facts(program, description, bench)
