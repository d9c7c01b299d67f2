# SPDX-License-Identifier: Apache-2.0
"""``traindeploy check``: what a training step would need, in seconds and without simulating it."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from traindeploy.app.options import Options
from traindeploy.codegen import check_program, firmware
from traindeploy.codegen.form import chosen
from traindeploy.codegen.network_c import emit_c
from traindeploy.errors import UserError
from traindeploy.frontend import load_model
from traindeploy.ir import Graph
from traindeploy.ir.program import Program
from traindeploy.memory.home import aligned
from traindeploy.platform import FREQUENCY_HZ, L2_ARENA, L2_FIRMWARE, L3, TCDM_ARENA, configuration
from traindeploy.report.text import bytes_text
from traindeploy.schedule import build_program
from traindeploy.training import build_step

ENGINES = {"redmule": "RedMule", "cores": "cores"}
NAMED = 3  # of the largest tensors of what does not fit


def check(options: Options) -> Iterator[str]:
    """What there is to know about the step that ``options`` mean, in lines.

    UserError for bad input, and for what does not fit: it names memory and bytes.
    """
    graph = build_step(load_model(options.model, options.seed), options.training)
    fits_l3(graph, options.steps)
    program = build_program(
        graph, configuration(options.config), options.engine, steps=options.steps, weights=options.weights
    )
    check_program(program)
    form = chosen(program, options.form)
    with tempfile.TemporaryDirectory(prefix="td_check_") as temporary:
        source = Path(temporary) / "network.c"
        source.write_text(emit_c(program, form), encoding="utf-8")
        size = firmware.build([source], source.with_suffix(".elf")).l2
    yield f"{options.model}, {options.strategy}, on {ENGINES[options.engine]}, {options.config}: it fits"
    yield from where(program)
    yield from figures(program)
    yield _line("firmware", size, L2_FIRMWARE.size, f", the step as {form}, {len(program.slots):,} slots")


def fits_l3(graph: Graph, steps: int) -> None:
    """UserError with the bytes of all that lives in L3, and its largest tensors, if that is more than L3 has."""
    own = {tensor.name: aligned(tensor.nbytes) for tensor in graph.tensors.values() if tensor.view is None}
    kinds = {name: graph.tensors[name].kind for name in own}
    weights = {name: size for name, size in own.items() if kinds[name] in ("parameter", "constant")}
    samples = sum(size for name, size in own.items() if kinds[name] in ("input", "label"))
    needed = sum(weights.values()) + samples * steps
    if needed > L3.size:
        largest = sorted(weights.items(), key=lambda item: -item[1])[:NAMED]
        told = ", ".join(f"{name!r} {size:,}" for name, size in largest)
        over = needed - L3.size
        raise UserError(
            f"L3: weights ({sum(weights.values()):,} bytes) and samples ({samples * steps:,}) need {needed:,} "
            f"bytes, {over:,} more than the {L3.size:,} that there are; largest: {told}"
        )


def where(program: Program) -> Iterator[str]:
    """What runs where: kinds of operators by engine, with the cycles that their jobs and calls are estimated at."""
    rows: dict[tuple[str, str], list[int]] = {}
    cycles = [0] * len(program.operators)
    for slot in program.slots:
        for call in (*slot.jobs, *slot.calls):
            cycles[call.operator] += call.cycles
    for operator in program.operators:
        row = rows.setdefault((ENGINES[operator.engine], operator.node.op), [0, 0, 0])
        for i, more in enumerate((1, cycles[operator.index], operator.flop)):
            row[i] += more
    ordered = sorted(rows.items(), key=lambda item: (item[0][0], -item[1][1]))
    cells = [(engine, kind, f"{n:,}", f"{busy:,}", f"{flop:,}") for (engine, kind), (n, busy, flop) in ordered]
    yield from _table(("engine", "operator", "number", "cycles", "FLOP"), cells)


def figures(program: Program) -> Iterator[str]:
    """Cycles, memory by level, traffic."""
    cycles, flop = program.estimated_cycles, sum(operator.flop for operator in program.operators)
    yield f"{'cycles':10} about {cycles:,} ({1e3 * cycles / FREQUENCY_HZ:.2f} ms), {flop / cycles:.2f} FLOP/cycle"
    for level, room in (("L1", TCDM_ARENA.size), ("L2", L2_ARENA.size), ("L3", L3.size)):
        yield _line(level, program.peak_bytes[level], room)
    yield f"{'traffic':10} L3<->L2 {bytes_text(program.l3_bytes)}, L2<->L1 {bytes_text(program.l2_bytes)} a step"
    if program.l3_bytes_once:
        yield f"{'':10} L3<->L2 {bytes_text(program.l3_bytes_once)} before the first step and behind the last"


def _line(what: str, used: int, room: int, more: str = "") -> str:
    return f"{what:10} {used:,} of {room:,} bytes ({used / room:.0%}){more}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Aligned columns: the first two to the left, numbers to the right."""
    cells = [head, *rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for row in cells:
        columns = zip(row, widths, strict=True)
        yield "  ".join(text.ljust(n) if i < 2 else text.rjust(n) for i, (text, n) in enumerate(columns)).rstrip()
