# SPDX-License-Identifier: Apache-2.0
"""How the chip is used: the cores' cycles by cause, RedMule's multiply-adders, memories, DMA and HyperBus."""

from traindeploy.platform import CONFIGS
from traindeploy.records.bench import Counters
from traindeploy.report.figures import stalls
from traindeploy.report.page import Section, lanes, parts
from traindeploy.report.run_files import RunFiles
from traindeploy.report.text import bytes_text, number

PARTS = ("working", "load stall", "TCDM conflict", "fetch stall", "FPU contention", "asleep")
CAUSES = (
    "Load stall: a response of L1, L2 or a register is late. TCDM conflict: the bank is taken. "
    "Fetch stall: no instruction is there. FPU contention: the core that shares the FPU uses it. "
    "Asleep: at a barrier, or waiting for an engine. Working is what remains of the cycles awake. "
    "In a cycle in which two causes hold, both are counted."
)


def sections(run: RunFiles) -> list[Section]:
    """What the counters say, and the peaks of the memories."""
    counters = run.result.counters
    found = [_memories(run)]
    if counters is None:
        absent = parts.absent("What the cores and RedMule did", "the run ended before its counters were read.")
        return [Section("Cores and RedMule", absent, half=True), *found]
    return [_cores(counters), _redmule(run, counters), *found]


def _cores(counters: Counters) -> Section:
    rows = [
        lanes.Bar(
            f"core {index}", (s.working, s.load_stall, s.tcdm_conflict, s.fetch_stall, s.fpu_contention, s.asleep)
        )
        for index, s in enumerate(map(stalls.of_core, counters.cores))
    ]
    body = parts.join(lanes.bars("Cycles of each core by cause", PARTS, rows), parts.paragraph(CAUSES))
    return Section("Cores", body, note="cycles by cause, from the performance counters")


def redmule_flop(run: RunFiles) -> int:
    """FLOP of the operators whose products RedMule computes."""
    return sum(op.flop for op in run.result.operators if op.engine == "redmule")


def _fmas(run: RunFiles) -> int:
    """Multiply-adders of RedMule; 0 if nothing tells: records of earlier versions name a configuration only."""
    known = CONFIGS.get(run.result.config)
    hardware = known.parameters if known is not None else run.program.hardware if run.program is not None else {}
    return hardware.get("Height", 0) * hardware.get("Rows", 0)


def _redmule(run: RunFiles, counters: Counters) -> Section:
    result, engine = run.result, counters.redmule
    fmas = _fmas(run)
    if not fmas or not engine.busy:
        body = parts.absent(
            "RedMule's use", "it had no job in this run." if fmas else "its configuration is not known here."
        )
        return Section("RedMule", body, half=True)
    used = stalls.redmule(engine, result.cycles, redmule_flop(run), fmas)
    rate = redmule_flop(run) / 2 / engine.busy
    pairs = [
        ("Busy", parts.meter(used.busy, f"{100 * used.busy:.1f} % of the run")),
        ("Used while busy", parts.meter(used.used, f"{100 * used.used:.1f} % of its peak")),
        ("Stalled", parts.meter(used.stalled, f"{100 * used.stalled:.1f} % of busy")),
        ("TCDM conflict", parts.meter(used.conflicts, f"{100 * used.conflicts:.1f} % of busy")),
    ]
    said = (
        f"Busy are {number(engine.busy)} cycles, in which it does {rate:.1f} of {fmas} multiply-adds a cycle. "
        "Stalled: its datapath waits for data. TCDM conflict: its port is refused."
    )
    return Section("RedMule", parts.join(parts.facts(pairs), parts.paragraph(said)), half=True, note="utilisation")


def _memories(run: RunFiles) -> Section:
    result, rates = run.result, []
    pairs = []
    for level, peak in result.peak_bytes.items():
        capacity = result.capacity_bytes.get(level, 0)
        pairs.append(
            (f"Peak of {level}", parts.meter(peak / max(capacity, 1), f"{bytes_text(peak)} of {bytes_text(capacity)}"))
        )
    if counters := result.counters:
        for name, one in (("DMA", counters.dma), ("HyperBus", counters.hyperbus)):
            share = one.busy / max(result.cycles, 1)
            pairs.append((f"{name} busy", parts.meter(share, f"{100 * share:.1f} % of the run")))
            rates.append(
                f"{name} moved {bytes_text(one.bytes)}, {one.bytes / max(one.busy, 1):.2f} bytes a busy cycle."
            )
    body = parts.join(parts.facts(pairs), *([parts.paragraph(" ".join(rates))] if rates else []))
    return Section("Memories and transfers", body, half=True)
