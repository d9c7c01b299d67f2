# SPDX-License-Identifier: Apache-2.0
"""A small run with all its records, and with ``name`` wherever a name of the user's may stand."""

from dataclasses import replace

from tests.report.figures.runs import BY_HAND, CYCLES_BY_HAND, MEASURED_BY_HAND
from traindeploy.records.bench import (
    CoreCounters,
    Counters,
    OperatorResult,
    RedmuleCounters,
    StepSpan,
    TransferCounters,
)
from traindeploy.records.program import Engine, OperatorDescription, Placement, ProgramDescription
from traindeploy.records.run import RunResult
from traindeploy.records.schedule import OperandDescription, OperatorDetail
from traindeploy.report.run_files import RunFiles

STARTS = (55, 480, 470)
ENDS = (360, 1000, 600)


def full_run(result: RunResult, name: str = "fc") -> RunFiles:
    """``result`` as that of the program of figures/runs.py: operators ``name``.0 to ``name``.2."""
    described = tuple(_described(index, name) for index in range(3))
    operators = tuple(
        OperatorResult(
            index=op.index,
            name=op.name,
            kind=op.kind,
            engine=op.engine,
            phase=op.phase,
            step=0,
            start=STARTS[op.index],
            cycles=ENDS[op.index] - STARTS[op.index],
            flop=op.flop,
            tensors=1,
            elements=8,
            max_ulp=0,
        )
        for op in described
    )
    core = CoreCounters(active=700, asleep=330, load_stall=70, tcdm_conflict=30, fetch_stall=20, fpu_contention=10)
    counters = Counters(
        cores=(core,) * 8,
        redmule=RedmuleCounters(busy=520, stalled=52, tcdm_conflict=5),
        dma=TransferCounters(1024, 90),
        hyperbus=TransferCounters(1024, 290),
    )
    details = tuple(
        OperatorDetail(
            index=index,
            attributes={"axis": name},
            inputs=(
                OperandDescription(tensor=f"{name}.x", shape=(2, 4), dtype="float32", kind="activation", view=name),
            ),
        )
        for index in range(3)
    )
    slots = [
        replace(
            slot,
            calls=tuple(replace(c, label=f"{name} rows 0:8") for c in slot.calls),
            dma=tuple(replace(t, label=f"load {name}") for t in slot.dma),
        )
        for slot in BY_HAND.slots
    ]
    ran = replace(
        result,
        operators=operators,
        cycles=CYCLES_BY_HAND,
        counters=counters,
        step_spans=(StepSpan(step=0, start=50, end=1010),),
        accuracy={f"{name}.y1": 0.25, f"{name}.y2": 0.5},
    )
    program = ProgramDescription(operators=described, flop=2400, l2_bytes=1024, estimated_cycles=1000)
    return RunFiles(ran, program, replace(BY_HAND, slots=tuple(slots), operators=details), MEASURED_BY_HAND)


def _described(index: int, name: str) -> OperatorDescription:
    engine: Engine = "redmule" if index == 1 else "cores"
    output = Placement(tensor=f"{name}.y{index}", level="L2", address=0x1C00_0000 + 64 * index, shape=(2, 4))
    return OperatorDescription(
        index=index,
        name=f"{name}.{index}",
        kind=("Add", "Gemm", "Relu")[index],
        engine=engine,
        phase="forward",
        flop=2400 if index == 1 else 0,
        origin=f"{name}.node{index}",
        kernel="RedMule" if index == 1 else "td_relu",
        source="firmware/kernels/activation.c",
        reads=(index - 1,) if index else (),
        outputs=(output,),
    )
