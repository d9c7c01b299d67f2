# SPDX-License-Identifier: Apache-2.0
"""Some slots of a run's generated C on the memories that they found, for faults of which no single action is to blame.

Transfers that were under way at its begin are begun again, so that nothing of what came before is missing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tb.run import simulate
from tb.run_dir import write_expected
from traindeploy.codegen import firmware
from traindeploy.codegen.network_c import emit_c
from traindeploy.ir.program import Operator, Program
from traindeploy.platform import L2_ARENA, TCDM_ARENA
from traindeploy.records import serial
from traindeploy.records.arrays import Array
from traindeploy.records.bench import BenchRecord
from traindeploy.records.program import OperatorDescription, Placement, ProgramDescription
from traindeploy.triage.actions import Action
from traindeploy.triage.case import Bytes, write_state
from traindeploy.triage.replay import Simulator, function, link_inputs
from traindeploy.triage.state import BASES, State

FILES = ("network.c", "program.json", "l3.npz", "state.npz", "expected")
CALL = re.compile(r"\s*(slot_\d+)\(")
REPORT = re.compile(r"td_report\((OPERATOR_BEGINS \| )?(\d+)\)")
OTHERS = 0x10_0000  # with an operator's number a mailbox word that means nothing
BOOT_CYCLES, SLOT_CYCLES = 1_000_000, 200_000  # after which an excerpt hangs: before its slots, and for each of them
MAX_SECONDS = 600.0
SLOT = " void slot_"  # a program that is data has none
QUIET = '#pragma clang diagnostic ignored "-Wunused-function" // slots that are left out\n'


@dataclass(frozen=True)
class Excerpt:
    """Slots ``first`` to ``last``; ``operator`` is reported at the end of the last.

    ``under_way``: transfers that slots before the first have begun and others wait for, in order.
    """

    first: int
    last: int
    operator: Operator
    under_way: tuple[Action, ...]


def first_slot(everything: Sequence[Action], slot: int) -> int:
    """The last slot up to ``slot`` that no job is under way into: a job cannot be begun again on its own result."""
    busy = {at for a in everything if a.agent == "redmule" for at in range(a.slot + 1, a.waited + 1)}
    return next((at for at in range(slot, 0, -1) if at not in busy), 0)


def excerpt_of(program: Program, everything: Sequence[Action], operator: Operator, slot: int) -> Excerpt:
    """From ``slot``, or a little before it, to the slot that reports ``operator``."""
    first = first_slot(everything, slot)
    last = next(number for number, each in enumerate(program.slots) if operator.index in each.reports)
    under_way = tuple(a for a in everything if a.slot < first <= a.waited)
    return Excerpt(first, last, operator, under_way)


def code(source: str, part: Excerpt) -> str:
    """The generated C with the excerpt's slots only.

    Its operator is number 0; other operators' reports become words that name none, and take the time that they took.
    """
    wanted = {function(slot) for slot in range(part.first, part.last + 1)}
    begin = source.index("void td_main(")
    calls = []
    for line in source[begin:].splitlines():
        if (called := CALL.match(line)) is None or called[1] in wanted:
            calls.append(line)
        if "td_report(STEP_BEGINS" in line:
            calls += [f"        if (core == 0) {_start(action)}" for action in part.under_way]
    shorter = "\n".join([*calls, ""]).replace("training_step < TRAINING_STEPS", "training_step < 1u")

    def renumbered(report: re.Match[str]) -> str:
        own = int(report[2]) == part.operator.index
        return f"td_report({report[1] or ''}0)" if own else f"td_report({int(report[2]) | OTHERS:#x}u)"

    return QUIET + REPORT.sub(renumbered, source[:begin]) + shorter


def max_cycles(source: str) -> int:
    """After how many cycles an excerpt is taken to hang, which a fault in a wait may make it do."""
    calls = [line for line in source[source.index("void td_main(") :].splitlines() if CALL.match(line)]
    return BOOT_CYCLES + SLOT_CYCLES * len(calls)


def _start(action: Action) -> str:
    """The statement that begins a transfer."""
    family = {"dma": "dma", "hyperbus": "hyper"}[action.agent]
    return f"last_{family} = td_{family}_start(&{family}[{action.row}]);"


def write(
    folder: Path, run_dir: Path, program: Program, part: Excerpt, before: State, values: Mapping[str, Array]
) -> None:
    """The excerpt and all that it reads, to be repeated from ``folder``: as code, whatever form the run had."""
    folder.mkdir(parents=True, exist_ok=True)
    source = (run_dir / "network.c").read_text(encoding="utf-8")
    source = source if SLOT in source else emit_c(program)
    (folder / "network.c").write_text(code(source, part), encoding="utf-8")
    memory: dict[tuple[str, int], Bytes] = {}
    for level, arena in (("L1", TCDM_ARENA), ("L2", L2_ARENA)):
        base = BASES[level]  # type: ignore[index]
        memory[level, arena.base] = before.parts[level, base][arena.base - base : arena.end - base]  # type: ignore[index]
    write_state(folder / "state.npz", memory)  # type: ignore[arg-type]
    link_inputs(run_dir, folder, ["l3.npz"])
    outputs = tuple(
        Placement(
            tensor=output.tensor, level=output.level, address=output.address, shape=tuple(output.shape),
            dtype=output.dtype, strides=output.strides,
        )
        for output in part.operator.outputs
    )  # fmt: skip
    node = part.operator.node
    described = OperatorDescription(
        index=0, name=node.name, kind=node.op, engine=part.operator.engine, phase=node.phase, outputs=outputs
    )
    serial.write(ProgramDescription(operators=(described,), config=program.config.choice), folder / "program.json")
    write_expected(folder, 0, {output.tensor: np.asarray(values[output.tensor]) for output in outputs})


def repeat(folder: Path, on: Simulator, scratch: Path) -> BenchRecord:
    """Run the excerpt in ``folder``, with runtime and kernels as they are now, in ``scratch``."""
    link_inputs(folder, scratch, FILES)
    limit = max_cycles((scratch / "network.c").read_text(encoding="utf-8"))
    firmware.build([scratch / "network.c"], scratch / "firmware.elf")
    return simulate(
        scratch, on.config, max_cycles=limit, max_seconds=MAX_SECONDS, arithmetic=on.arithmetic, build=on.build,
        disturb_row=on.disturb_row,
    )  # fmt: skip
