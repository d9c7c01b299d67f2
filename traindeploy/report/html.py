# SPDX-License-Identifier: Apache-2.0
"""``report.html``: one self-contained page of a run, from its result alone."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from traindeploy.platform import FREQUENCY_HZ
from traindeploy.records.bench import OperatorResult
from traindeploy.records.run import RunResult
from traindeploy.records.self_check import Claim
from traindeploy.records.verdict import Verdict
from traindeploy.report.text import bytes_text, figure, number

CLAIMS: dict[Claim, str] = {
    "data": "the data are the user's",
    "model": "the model is the user's",
    "gradients": "the gradients are right",
    "arithmetic": "the arithmetic is right",
    "hardware": "the hardware is right",
    "figures": "the figures are right",
    "numbers": "nothing was NaN, and nothing vanished",
}
ENGINE_NAMES = {"redmule": "RedMule", "cores": "Cores"}


@dataclass(frozen=True)
class Bar:
    """One operator in the timeline; ``left`` and ``width`` in percent of the run."""

    left: float
    width: float
    phase: str
    title: str


@dataclass(frozen=True)
class Share:
    """What a kind of operator takes of the run."""

    kind: str
    engine: str
    count: int
    cycles: int
    flop: int
    percent: float


def render(result: RunResult) -> str:
    """The page's HTML: no other file, network or library is needed to show it."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("traindeploy.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "bytes": bytes_text, "figure": figure}
    memories = [
        (level, peak, result.capacity_bytes[level], 100 * peak / result.capacity_bytes[level])
        for level, peak in result.peak_bytes.items()
    ]
    return environment.get_template("report.html.j2").render(
        result=result,
        word={Verdict.PASSED: "PASSED", Verdict.FAILED: "FAILED"}.get(result.verdict, "NO VERDICT"),
        lanes=timeline(result.operators, result.cycles),
        ticks=axis(result.cycles),
        shares=shares(result.operators),
        memories=memories,
        engine_names=ENGINE_NAMES,
        claims=CLAIMS,
        frequency_mhz=FREQUENCY_HZ // 1_000_000,
        simulated_khz=result.cycles / result.sim_seconds / 1e3 if result.sim_seconds else 0.0,
    )


def write(result: RunResult, path: Path) -> None:
    """Write the page to ``path``."""
    path.write_text(
        render(result), encoding="utf-8", errors="backslashreplace"
    )  # paths may hold bytes that are no text


def timeline(operators: Sequence[OperatorResult], cycles: int) -> dict[str, list[Bar]]:
    """The bars of each engine's lane, in time order."""
    lanes: dict[str, list[Bar]] = {name: [] for name in ENGINE_NAMES.values()}
    total = max([cycles, 1, *(op.start + op.cycles for op in operators)])
    for op in operators:
        title = f"{op.name} ({op.kind}, step {op.step}): {number(op.cycles)} cycles from {number(op.start)}"
        if op.flop:
            title += f", {op.flop_per_cycle:.2f} FLOP/cycle"
        bar = Bar(100 * op.start / total, max(100 * op.cycles / total, 0.02), op.phase, title)
        lanes.setdefault(ENGINE_NAMES.get(op.engine, op.engine), []).append(bar)
    return {name: bars for name, bars in lanes.items() if bars}


def axis(cycles: int, wanted: int = 8) -> list[tuple[float, str]]:
    """Round marks of the time axis: position in percent and label."""
    if cycles <= 0:
        return []
    magnitude = 10 ** (len(str(max(cycles // wanted, 1))) - 1)
    step = next(magnitude * factor for factor in (1, 2, 5, 10) if magnitude * factor * wanted >= cycles)
    unit, suffix = (1_000_000, "M") if cycles >= 2_000_000 else (1_000, "k") if cycles >= 2_000 else (1, "")
    return [(100 * at / cycles, f"{at / unit:g}{suffix}") for at in range(0, cycles + 1, step)]


def shares(operators: Sequence[OperatorResult]) -> list[Share]:
    """Cycles by kind of operator and engine, largest first."""
    groups: dict[tuple[str, str], list[OperatorResult]] = defaultdict(list)
    for op in operators:
        groups[op.kind, ENGINE_NAMES.get(op.engine, op.engine)].append(op)
    total = max(sum(op.cycles for op in operators), 1)
    rows = []
    for (kind, engine), members in groups.items():
        cycles = sum(op.cycles for op in members)
        rows.append(Share(kind, engine, len(members), cycles, sum(op.flop for op in members), 100 * cycles / total))
    return sorted(rows, key=lambda row: (-row.cycles, row.kind, row.engine))
