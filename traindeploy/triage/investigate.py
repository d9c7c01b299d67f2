# SPDX-License-Identifier: Apache-2.0
"""From a mismatch to its cause: chain, replay, findings, and the record of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from golden import math
from tb.env.common.elf import Firmware
from traindeploy.ir.graph import dense_strides
from traindeploy.ir.program import Call, Program
from traindeploy.ops import OPERATORS
from traindeploy.records import triage as records
from traindeploy.records.arrays import Array
from traindeploy.records.bench import BenchRecord, Mismatch
from traindeploy.triage import generated
from traindeploy.triage.actions import Action, Piece, actions
from traindeploy.triage.chain import Chain, chain
from traindeploy.triage.excerpt import Excerpt, excerpt_of, first_slot
from traindeploy.triage.findings import Evidence, Finding, first_wrong, judge
from traindeploy.triage.replay import Replay, Simulator, replay
from traindeploy.triage.state import Bits, State

ENGINE_SOURCES = {"dma": "rtl/dma", "hyperbus": "rtl/hyperbus", "redmule": "rtl/redmule"}


@dataclass(frozen=True)
class Subject:
    """A run that failed: its folder, what was compiled, what the bench found, and what should have come out.

    ``values``: every tensor of the graph in the step of the culprit, by name, from the machine model.
    """

    run_dir: Path
    program: Program
    bench: BenchRecord
    culprit: Mismatch
    values: Mapping[str, Array]
    on: Simulator


@dataclass(frozen=True)
class Case:
    """What went wrong alone: the action, and the memories that it found."""

    action: Action
    cause: records.Cause
    before: State


@dataclass(frozen=True)
class Investigated:
    """The record without reproducer and waveform, and what these are made from."""

    record: records.Triage
    case: Case | None
    excerpt: Excerpt | None
    replayed: Replay


def investigate(subject: Subject) -> Investigated:
    """Find out where the culprit's first wrong element comes from."""
    program, culprit = subject.program, subject.culprit
    operator = next(op for op in program.operators if op.node.name == culprit.operator)
    output = next(out for out in operator.outputs if out.tensor == culprit.tensor)
    dense = tuple(4 * stride for stride in dense_strides(output.shape))
    address = output.address + sum(i * s for i, s in zip(culprit.index, output.strides or dense, strict=True))
    slot = next(number for number, each in enumerate(program.slots) if operator.index in each.reports)
    everything = actions(program, culprit.step)
    found = chain(everything, output.level, address, slot)
    firmware = Firmware(subject.run_dir / "firmware.elf")
    involved = sorted({a.number: a for a in (*found.actions, *found.carriers)}.items())
    chained = [action for _, action in involved]
    begins = {first_slot(everything, action.slot) for action in chained}
    with replay(subject.run_dir, program, subject.bench, culprit, chained, begins, subject.on) as seen:
        evidence = Evidence(
            seen.states,
            seen.final,
            {name: _bits(value) for name, value in subject.values.items()},
            generated.differences(chained, firmware),
        )
        findings = judge(found, evidence)
        culprits = first_wrong(findings)
        case = _case(culprits, seen)
    part = None
    if culprits is not None and case is None and culprit.step == 0:
        begin = min(action.slot for action in chained) if culprits.cause == "schedule" else culprits.action.slot
        part = excerpt_of(program, everything, operator, begin)
    record = records.Triage(
        element=_element(subject, address),
        cause=culprits.cause if culprits else "unknown",
        explanation=_explanation(culprits, found),
        culprit=findings.index(culprits) if culprits else None,
        links=tuple(_links(subject, firmware, findings, seen)),
        untold=tuple(_untold(findings, seen)),
    )
    return Investigated(record, case, part if part and part.first in seen.states else None, seen)


def _bits(value: Array) -> Bits:
    return np.ascontiguousarray(value).view(np.uint32)


def _case(finding: Finding | None, seen: Replay) -> Case | None:
    """What can be repeated alone: a single transfer, job or call that went wrong by itself."""
    if finding is None or finding.cause not in ("kernel", "cores", "redmule", "dma", "hyperbus"):
        return None
    return Case(finding.action, finding.cause, seen.states[finding.action.slot])


def _element(subject: Subject, address: int) -> records.Element:
    culprit = subject.culprit
    node = next(node for node in subject.program.graph.nodes if node.name == culprit.operator)
    with np.errstate(all="ignore"):
        exact = math.OPS[node.op](node, [subject.values[name] for name in node.inputs], node.attrs)
    value = exact[node.outputs.index(culprit.tensor)][culprit.index]
    return records.Element(
        tensor=culprit.tensor,
        operator=culprit.operator,
        kind=culprit.kind,
        engine=culprit.engine,
        origin=node.origin,
        step=culprit.step,
        index=culprit.index,
        level=culprit.level,
        address=address,
        cycle=culprit.cycle,
        actual_hex=culprit.actual_hex,
        expected_hex=culprit.expected_hex,
        actual=culprit.actual,
        expected=culprit.expected,
        exact=float(value),
        ulp=culprit.ulp,
        wrong=culprit.wrong,
        size=culprit.size,
    )


def _explanation(finding: Finding | None, found: Chain) -> str:
    if finding is None:
        who = f"{found.producer.label!r} and all that it read" if found.producer else "its place"
        return f"every transfer, job and call that led to it was compared and right, {who} included"
    return f"{_who(finding.action)}: {finding.text}"


def _who(action: Action) -> str:
    names = {"dma": "DMA", "hyperbus": "HyperBus", "redmule": "RedMule"}
    agent = action.item.kernel if action.agent == "cores" and isinstance(action.item, Call) else names[action.agent]
    return f"{agent} in slot {action.slot} ({action.label})"


def _links(subject: Subject, firmware: Firmware, findings: Sequence[Finding], seen: Replay) -> Iterator[records.Link]:
    lines = generated.Lines(subject.run_dir / "network.c")
    for finding in findings:
        action = finding.action
        line, code = lines.of(action)
        kernel, source, instructions = _kernel(action, firmware)
        yield records.Link(
            agent=action.agent,
            label=action.label,
            operator="" if action.operator is None else subject.program.operators[action.operator].node.name,
            slot=action.slot,
            waited=action.waited,
            began=seen.entered.get(action.slot),
            ended=seen.entered.get(action.waited + 1),
            line=line,
            code=code,
            descriptor=f"{action.table}[{action.row}]",
            kernel=kernel,
            source=source,
            instructions=instructions,
            reads=tuple(_place(piece, finding) for piece in action.reads),
            writes=tuple(_place(piece, finding) for piece in action.writes),
            right=finding.right,
            found=finding.text,
        )


def _kernel(action: Action, firmware: Firmware) -> tuple[str, str, str]:
    """(kernel, source, instructions) of a link."""
    if action.agent != "cores" or not isinstance(action.item, Call):
        return ("RedMule" if action.agent == "redmule" else "", ENGINE_SOURCES[action.agent], "")
    kernel = action.item.kernel
    declared = next((op for op in OPERATORS.values() if op.kernel is not None and op.kernel.name == kernel), None)
    source = generated.source_line(firmware, kernel) or (f"firmware/kernels/{declared.family}.c" if declared else "")
    return kernel, source, generated.instructions(firmware, kernel)


def _place(piece: Piece, finding: Finding) -> records.Place:
    return records.Place(
        level=piece.level,
        address=piece.address,
        end=piece.end,
        bytes=piece.nbytes,
        holds=piece.box.base if piece.box else "",
        argument=piece.field,
        found=finding.places.get(id(piece), ""),
    )


def _untold(findings: Sequence[Finding], seen: Replay) -> Iterator[str]:
    unknown = [finding for finding in findings if finding.right is None]
    if unknown:
        yield f"{len(unknown)} of {len(findings)} links were not compared, first {unknown[0].action.label!r}"
    if not seen.final:
        yield "the replay did not come to the mismatch: the run cannot be repeated"
