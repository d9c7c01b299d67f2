# SPDX-License-Identifier: Apache-2.0
"""The figures are right: each that the report shows is counted a second time, from another source."""

import math
from collections.abc import Iterable, Iterator, Mapping

from traindeploy.app.checks.facts import Facts
from traindeploy.ir.program import Buffer, Call, Program
from traindeploy.memory.home import aligned
from traindeploy.ops import is_update
from traindeploy.platform import FREQUENCY_HZ, L2_ARENA, TCDM
from traindeploy.records.bench import OperatorResult, StepSpan
from traindeploy.records.self_check import SelfCheck, at_most, counted_twice

WRAP = 1 << 32  # the hardware's counters have 32 bits
# Cycles that the counters run before the cores first fetch: 10 that the bench waits behind reset, then fetch enable.
BOOT = 16
BASES = {"L1": TCDM.base, "L2": L2_ARENA.base}


def check(facts: Facts) -> list[SelfCheck]:
    """FLOP, parameters, traffic, peak memory, cycles and milliseconds."""
    return [*_flop(facts), *_parameters(facts), *_traffic(facts), *_memory(facts), *_cycles(facts)]


def _flop(facts: Facts) -> Iterator[SelfCheck]:
    """The catalogue's formulas against the sizes of the matrix products that were emitted, operator by operator."""
    found: dict[int, int] = {}
    for call in _calls(facts.program):
        if call.kernel == "td_gemm":
            m, n, k = (int(call.args[size]) for size in ("m", "n", "k"))  # type: ignore[arg-type]  # sizes are numbers
            found[call.operator] = found.get(call.operator, 0) + 2 * m * n * k
    wrong = [o for o in facts.description.operators if o.flop != found.get(o.index, 0)]
    text = "by the operators' formulas, and by the sizes of the matrix products in the program"
    if wrong:
        text = f"operator {wrong[0].name!r} has {wrong[0].flop} by its formula, {found.get(wrong[0].index, 0)} by calls"
    yield counted_twice("FLOP of a step", "figures", facts.description.flop, sum(found.values()), "FLOP", text)
    yield counted_twice("operators with that FLOP", "figures", len(wrong), 0, "wrong", text)


def _parameters(facts: Facts) -> Iterator[SelfCheck]:
    """The trained parameters against the elements that updates store in L3, where parameters have their homes."""
    updates = [o for o in facts.program.operators if is_update(o.node)]
    home = {output.tensor for output in facts.program.at_end} | {
        output.tensor for o in updates for output in o.outputs if output.level == "L3"
    }
    stored = sum(math.prod(o.outputs[0].shape) for o in updates if o.outputs[0].tensor in home)
    text = "by the graph's parameters, and by what updates store in L3"
    yield counted_twice("trainable parameters", "figures", facts.description.trainable_parameters, stored, "", text)


def _traffic(facts: Facts) -> Iterator[SelfCheck]:
    """What the compiler counted against the byte counters of the hardware's transfer engines."""
    counters, steps, said = facts.bench.counters, facts.program.training_steps, facts.description
    moved = (counters.hyperbus.bytes, counters.dma.bytes) if counters is not None else (-1, -1)
    text = "by the compiler, and by the byte counter of the {}; in all steps"
    l3, l2 = steps * said.l3_bytes + said.l3_bytes_once, steps * said.l2_bytes
    yield counted_twice("bytes between L3 and L2", "figures", l3 % WRAP, moved[0], "B", text.format("HyperBus"))
    yield counted_twice("bytes between L2 and L1", "figures", l2 % WRAP, moved[1], "B", text.format("DMA"))


def _memory(facts: Facts) -> Iterator[SelfCheck]:
    """The allocator's figure against the end of the highest buffer that a transfer or call of the program names."""
    program, said = facts.program, facts.description.peak_bytes
    named = {id(buffer): buffer for buffer in _buffers(program)}.values()
    text = "by the allocator, and where the highest buffer ends that the program names"
    for level, base in BASES.items():
        end = max((b.address + b.nbytes - base for b in named if b.level == level), default=0)
        yield counted_twice(f"peak of {level}", "figures", said.get(level, 0), end, "B", text)
    text = "by the allocator, and where the last parameter or sample ends"
    yield counted_twice("peak of L3", "figures", said.get("L3", 0), _end_of_l3(program), "B", text)


def _end_of_l3(program: Program) -> int:
    ends = [0]
    for name, address in program.homes.items():
        tensor = program.graph.tensors[name]
        later = program.sample_stride * (program.training_steps - 1) if tensor.kind in ("input", "label") else 0
        ends.append(aligned(address + later + tensor.nbytes))
    return max(ends)


def _cycles(facts: Facts) -> Iterator[SelfCheck]:
    """The bench's figures, from simulated time, against the counters in the cluster's hardware."""
    bench = facts.bench
    counters = bench.counters
    cores = counters.cores if counters is not None else ()
    counted = [core.active + core.asleep for core in cores] or [-1]
    text = "cycles by which a core's own counters (active and asleep, from reset) differ from simulated time"
    off = max((each - bench.cycles) % WRAP for each in counted)
    yield at_most("cycles", "figures", off, BOOT, "cycles", text)
    yield at_most(
        "milliseconds", "figures", 1e3 * off / FREQUENCY_HZ, 1e3 * BOOT / FREQUENCY_HZ, "ms",
        f"{1e3 * bench.cycles / FREQUENCY_HZ:.4f} ms by simulated time; the core's counters differ by so much",
    )  # fmt: skip
    text = "largest distance of simulated time from core 0's counters, at the begin and end of any operator"
    skew = bench.clock_skew if counters is not None else WRAP
    yield counted_twice("cycles per operator", "figures", skew, 0, "cycles", text)
    spans = {span.step: span for span in bench.step_spans}
    outside = [o for o in bench.operators if not _inside(o, spans)]
    text = "operators whose interval leaves its training step"
    yield counted_twice("operators within their step", "figures", len(outside), 0, "outside", text)
    covered = _union((o.start, o.end) for o in bench.operators if o.engine == "redmule")
    busy = counters.redmule.busy if counters is not None else WRAP
    text = f"cycles in which RedMule was busy; operators that use it take {covered} together"
    yield at_most("cycles of RedMule within its operators", "figures", busy, covered, "cycles", text)


def _inside(operator: OperatorResult, spans: Mapping[int, StepSpan]) -> bool:
    span = spans.get(operator.step)
    return span is not None and span.start <= operator.start <= operator.end <= span.end


def _union(intervals: Iterable[tuple[int, int]]) -> int:
    """Cycles in at least one of ``intervals``.

    >>> _union([(0, 10), (5, 12), (20, 21)])
    13
    """
    total = reached = 0
    for start, end in sorted(intervals):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _calls(program: Program) -> Iterator[Call]:
    for slot in program.slots:
        yield from slot.jobs
        yield from slot.calls


def _buffers(program: Program) -> Iterator[Buffer]:
    """Every buffer that a transfer, job or call reads or writes."""
    for slot in program.slots:
        for dma in slot.dma:
            yield from (dma.source.buffer, dma.destination.buffer)
        yield from (hyper.l2.buffer for hyper in slot.hyper)
    for call in _calls(program):
        yield from (ref.buffer for ref, _ in (*call.reads, *call.writes))
