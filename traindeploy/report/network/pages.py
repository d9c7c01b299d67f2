# SPDX-License-Identifier: Apache-2.0
"""``report.html`` and ``operators.html``: which sections they have, and how they are kept below a page's limit."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from traindeploy.platform import FREQUENCY_HZ
from traindeploy.records.run import RunResult
from traindeploy.records.verdict import Verdict
from traindeploy.report import page
from traindeploy.report.network import cycles, findings, operators, tables, timeline, triage, usage
from traindeploy.report.page import Section, Statement, Tile
from traindeploy.report.page.origin import origin
from traindeploy.report.page.shell import PageError, Tone
from traindeploy.report.run_files import RunFiles
from traindeploy.report.text import bytes_text, number

WORDS: dict[Verdict, tuple[Tone, str]] = {
    Verdict.PASSED: ("good", "PASSED"),
    Verdict.FAILED: ("bad", "FAILED"),
    Verdict.ERROR: ("unknown", "NO VERDICT"),
}
ENGINES = {"redmule": "RedMule", "cores": "the cores"}
# (bars in the timeline, rows in its tables) of the first page that is small enough.
DETAIL = ((3_000, 6_000), (1_500, 3_000), (600, 1_000), (200, 200))


@dataclass(frozen=True)
class Beside:
    """What a page may show that is in no record: kernels' sources, and addresses of kernels' own reports by kernel."""

    sources: dict[str, str] = field(default_factory=dict)
    reports: dict[str, str] = field(default_factory=dict)


def render(run: RunFiles, beside: Beside | None = None) -> dict[str, str]:
    """HTML by file name: no other file, network or library is needed to show it."""
    details = operators.pages(run, beside or Beside())
    where = {index: f"{name}#{operators.anchor(index)}" for name, _, shown in details for index in shown}
    pages = {"report.html": _overview(run, where)}
    for name, sections, shown in details:
        pages[name] = page.render(
            f"Operators of {_title(run.result)}",
            sections,
            contents=False,
            subtitle=f"{len(shown)} operators: where each comes from, what it does when, and what was checked.",
            crumbs=[(_title(run.result), "report.html")],
        )
    return pages


def write(run: RunFiles, folder: Path, beside: Beside | None = None) -> None:
    """Write the pages into ``folder``."""
    for name, html in render(run, beside).items():
        page.write(html, folder / name)


def _overview(run: RunFiles, where: dict[int, str]) -> str:
    error = PageError("no page")
    for bars, rows in DETAIL:
        try:
            return page.render(
                _title(run.result),
                _sections(run, where, bars, rows),
                statement=_statement(run.result),
                subtitle=_subtitle(run.result),
                tiles=_tiles(run.result),
                provenance=origin(run.result),
            )
        except PageError as too_large:
            error = too_large
    raise error


def _sections(run: RunFiles, where: dict[int, str], bars: int, rows: int) -> list[Section]:
    result = run.result
    parts = [
        findings.notes(result),
        findings.failure(result),
        triage.section(run),
        *timeline.sections(run, bars),
        *cycles.sections(run, bars // 2),
        *timeline.memory_over_time(run),
        *usage.sections(run),
        findings.self_checks(result),
        findings.trained(result),
        *tables.sections(run, where, rows),
        findings.facts(run),
    ]
    return [replace(part, body=part.body) for part in parts if part is not None]


def _title(result: RunResult) -> str:
    return f"{result.model} · {result.strategy}"


def _subtitle(result: RunResult) -> str:
    steps = "one training step" if result.steps == 1 else f"{result.steps} training steps"
    fma = "the host" if result.options.arithmetic == "host" else "RTL"
    return (
        f"{steps} · matrix products on {ENGINES.get(result.engine, result.engine)} · configuration {result.config} "
        f"· FMA by {fma} · seed {result.seed}"
    )


def _statement(result: RunResult) -> Statement:
    tone, word = WORDS[result.verdict]
    compared = (
        f"{number(result.tensors_compared)} of {number(result.tensors_in_graph)} tensors, "
        f"{number(result.elements_compared)} elements compared bit for bit with the golden model: "
    )
    return Statement(tone, word, compared + _outcome(result))


def _outcome(result: RunResult) -> str:
    if result.passed:
        return "every forward tensor, gradient, updated weight and the loss is identical (0 ULP)."
    if count := len(result.mismatches):
        far = ", NaN among them" if result.max_ulp == -1 else f", by up to {number(result.max_ulp or 0)} ULP"
        return f"{count} {'tensor differs' if count == 1 else 'tensors differ'}{far if result.max_ulp else ''}."
    if result.self_checks and result.tensors_compared == result.tensors_in_graph:
        return "all are identical, but a self-check failed."
    return "the run did not finish."


def _further(result: RunResult) -> list[Tile]:
    """The steady state, where there is one."""
    if result.further_step is None or result.options.weights == "l3":
        return []
    return [Tile(number(result.further_step), "cycles, a further step")]


def _tiles(result: RunResult) -> list[Tile]:
    first = f", from {result.losses[0]:.6f}" if len(result.losses) > 1 else ""
    return [
        Tile(number(result.cycles), "cycles" if result.steps == 1 else "cycles, all steps"),
        *_further(result),
        Tile(f"{result.milliseconds:.2f} ms", f"at {FREQUENCY_HZ // 1_000_000} MHz, an assumption"),
        Tile(f"{result.flop_per_cycle:.2f}", f"FLOP/cycle of {result.flop / 1e6:.1f} MFLOP"),
        Tile(f"{result.losses[-1]:.6f}" if result.losses else "\N{EN DASH}", f"loss{first}"),
        Tile(number(result.trainable_parameters), "trainable parameters"),
        Tile(bytes_text(result.l3_bytes), f"between L3 and L2; {result.contract.partition(',')[0]}"),
        Tile(
            bytes_text(result.peak_bytes.get("L1", 0)), f"peak L1 of {bytes_text(result.capacity_bytes.get('L1', 0))}"
        ),
    ]
