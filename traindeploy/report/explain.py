# SPDX-License-Identifier: Apache-2.0
"""Everything about one operator of a run as text: what ``traindeploy explain`` prints."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from traindeploy.errors import UserError
from traindeploy.records.names import printable
from traindeploy.records.program import OperatorDescription, Placement
from traindeploy.records.schedule import OperandDescription
from traindeploy.report.figures.operators import View, views
from traindeploy.report.run_files import RunFiles
from traindeploy.report.text import LANE_NAMES, OWNER_NAMES, bytes_text, figure, number

NEIGHBOURS = "Neighbours"  # a part's title
LONGEST_LIST = 24  # tiles, transfers or buffers that are shown unless all are asked for


@dataclass(frozen=True)
class Part:
    """A heading, with lines of text or a table (``head`` and ``rows``) below it."""

    title: str
    lines: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    left_out: int = 0


def find(run: RunFiles, name: str) -> View:
    """The operator called ``name``, or that comes from the node of that name, or writes the tensor of that name.

    UserError with the nearest names if there is none.
    """
    known = views(run)
    if not known:
        raise UserError("this run has no program.json, which says what its operators are: make it again")
    ways = (
        lambda v: v.name == name,
        lambda v: name in {output.tensor for output in v.description.outputs},
        lambda v: name == v.description.origin,
        lambda v: v.name.lower() == name.lower(),
    )
    for way in ways:
        found = [view for view in known if way(view)]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(view.name for view in found[:6])
            raise UserError(f"{name}: {len(found)} operators come from it: {names}: say which")
    called = [view.name for view in known]
    near = difflib.get_close_matches(name, called, 4, 0.4) or [n for n in called if name.lower() in n.lower()][:4]
    hint = f"nearest are {', '.join(near)}" if near else f"the first are {', '.join(called[:4])}"
    raise UserError(f"no operator is called {name}: {hint}")


def parts(view: View, run: RunFiles, everything: bool = False) -> list[Part]:
    """What is to be said about the operator; long tables are cut unless ``everything``."""
    told = [
        _what(view, run),
        _where(view),
        _neighbours(view),
        _cycles(view, run),
        *_tables(view, everything),
        _checked(view, run),
    ]
    return [part for part in told if part.lines or part.rows]


def _what(view: View, run: RunFiles) -> Part:
    d = view.description
    lines = [
        f"{d.kind}, {d.phase}, on {'RedMule' if d.engine == 'redmule' else 'the cores'}; operator {d.index} of the run"
    ]
    lines.append(f"comes from {d.origin or d.name!r} of {run.result.model}")
    if view.detail is not None and view.detail.attributes:
        lines.append("attributes: " + ", ".join(f"{k} = {v}" for k, v in view.detail.attributes.items()))
    lines.append(f"computed by {d.kernel} in {d.source}" if d.kernel else "computed by nothing that is on record")
    if d.flop:
        lines.append(f"{number(d.flop)} FLOP a training step")
    return Part(d.name, tuple(lines))


def _where(view: View) -> Part:
    inputs = view.detail.inputs if view.detail is not None else ()
    lines = [f"reads {_operand(operand)}" for operand in inputs]
    lines += [f"writes {_output(output)}" for output in view.description.outputs]
    return Part("Inputs and outputs", tuple(lines))


def _neighbours(view: View) -> Part:
    lines = [f"after {_neighbour(op)}" for op in view.producers]
    lines += [f"for {_neighbour(op)}" for op in view.consumers]
    return Part(NEIGHBOURS, tuple(lines))


def _operand(operand: OperandDescription) -> str:
    view = f", a view of {operand.view}" if operand.view else ""
    return f"{operand.tensor} {list(operand.shape)} {operand.dtype}, {operand.kind}{view}"


def _output(output: Placement) -> str:
    strides = f", strides {list(output.strides)} bytes" if output.strides else ""
    return f"{output.tensor} {list(output.shape)} {output.dtype} to {output.level} at {output.address:#010x}{strides}"


def _neighbour(op: OperatorDescription) -> str:
    return f"{op.name} ({op.kind}, {op.engine})"


def _cycles(view: View, run: RunFiles) -> Part:
    lines = []
    for result in view.results:
        step = f"step {result.step}: " if run.result.steps > 1 else ""
        rate = f", {result.flop_per_cycle:.2f} FLOP/cycle" if result.flop else ""
        lines.append(f"{step}from cycle {number(result.start)} to {number(result.end)}: {number(result.cycles)}{rate}")
    if not view.results:
        lines.append("it was never complete in this run")
    if view.tiles:
        measured = f", {number(view.tile_cycles)} measured" if run.measured is not None else ""
        deviation = (
            f" ({100 * (view.tile_cycles / view.model_cycles - 1):+.1f} %)" if measured and view.model_cycles else ""
        )
        lines.append(
            f"its {len(view.tiles)} tiles: {number(view.model_cycles)} cycles by the model{measured}{deviation}"
        )
    if run.measured is not None:
        for name, split in (("exclusive", view.exclusive), ("on the critical path", view.critical)):
            told = ", ".join(f"{OWNER_NAMES[o]} {number(c)}" for o, c in split.items() if c)
            share = f" ({100 * sum(split.values()) / max(run.result.cycles, 1):.2f} % of the run)"
            lines.append(f"{name}: {number(sum(split.values()))}{share}{': ' + told if told else ''}")
    if view.stalls is not None and view.stalls.total:
        causes = ("working", "load_stall", "tcdm_conflict", "fetch_stall", "fpu_contention", "asleep")
        shares = [(c.replace("_", " "), getattr(view.stalls, c) / view.stalls.total) for c in causes]
        lines.append("the cores meanwhile: " + ", ".join(f"{name} {100 * share:.1f} %" for name, share in shares))
    if view.moves:
        lines.append(
            f"moved for it: {bytes_text(view.moved('dma'))} by DMA, {bytes_text(view.moved('hyperbus'))} by HyperBus"
        )
    return Part("Cycles", tuple(lines))


def _tables(view: View, everything: bool) -> Iterable[Part]:
    slots = f", slots {view.slots[0]} to {view.slots[1]}" if view.slots else ""
    tiles = [
        (
            str(t.slot),
            LANE_NAMES[t.lane],
            t.work.kernel,
            t.work.label.removeprefix(view.name).strip() or "whole",
            number(t.work.cycles),
            _known(t.cycles),
            _known(t.begin),
        )
        for t in view.tiles
    ]
    yield _table(
        f"Tiles{slots}", ("slot", "engine", "kernel", "tile", "model", "measured", "from cycle"), tiles, everything
    )
    moves = [
        (
            str(m.slot),
            LANE_NAMES[m.lane],
            m.transfer.label,
            f"{m.transfer.source:#010x}",
            f"{m.transfer.destination:#010x}",
            number(m.transfer.bytes),
            _known(m.cycles),
            _known(m.begin),
        )
        for m in view.moves
    ]
    yield _table(
        "Transfers", ("slot", "engine", "what", "from", "to", "bytes", "cycles", "from cycle"), moves, everything
    )
    buffers = [
        (b.level, f"{b.address:#010x}", number(b.bytes), f"{b.first} to {b.last}", b.name)
        for b in sorted(view.buffers, key=lambda b: (b.level, b.address, b.first))
    ]
    yield _table("Buffers that its tiles use", ("level", "address", "bytes", "slots", "holds"), buffers, everything)


def _table(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]], everything: bool) -> Part:
    kept = rows if everything else rows[:LONGEST_LIST]
    return Part(title, head=head, rows=tuple(kept), left_out=len(rows) - len(kept))


def _checked(view: View, run: RunFiles) -> Part:
    lines = []
    for result in view.results:
        step = f"step {result.step}: " if run.result.steps > 1 else ""
        told = "a NaN is involved" if result.max_ulp < 0 else f"{number(result.max_ulp)} ULP"
        lines.append(
            f"{step}{number(result.elements)} elements of {result.tensors} tensors against the machine model: {told}"
        )
    lines += [f"{m.tensor} step {m.step} {m}" for m in view.mismatches]
    lines += [f"{tensor}: largest error over its bound {figure(share)}" for tensor, share in view.accuracy.items()]
    return Part("Checked", tuple(lines))


def _known(value: int | None) -> str:
    return "\N{EN DASH}" if value is None else number(value)


def text(parts_: Sequence[Part]) -> str:
    """The parts as plain text."""
    lines: list[str] = []
    for part in parts_:
        lines += ["", printable(part.title)] if lines else [printable(part.title)]
        lines += [f"  {printable(line)}" for line in part.lines]
        if part.rows:
            widths = [max(map(len, column)) for column in zip(part.head, *part.rows, strict=True)]
            lines += [f"  {_aligned(row, widths)}" for row in (part.head, *part.rows)]
        if part.left_out:
            lines.append(f"  and {part.left_out} more: --all shows them")
    return "\n".join(lines) + "\n"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(printable(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def document(view: View, run: RunFiles) -> Mapping[str, Any]:
    """The same as JSON's types: the parts by title."""
    return {
        part.title: [dict(zip(part.head, row, strict=True)) for row in part.rows] if part.rows else list(part.lines)
        for part in parts(view, run, everything=True)
    }
