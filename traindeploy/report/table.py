# SPDX-License-Identifier: Apache-2.0
"""Several runs side by side, as a Markdown table."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from traindeploy.records import serial
from traindeploy.records.names import printable
from traindeploy.records.run import RunResult
from traindeploy.records.serial import RecordError
from traindeploy.report.text import bytes_text, number


def read_runs(build: Path, strategies: Sequence[str]) -> list[RunResult]:
    """The results of all runs in ``build``, those of a model as ``strategies`` stand; of another version: left out."""
    results = []
    for path in sorted(build.glob("*/result.json")):
        if path.parent.is_symlink():
            continue
        try:
            results.append(serial.read(RunResult, path))
        except RecordError:
            continue
    return sorted(results, key=partial(_order, strategies))


def markdown(results: Sequence[RunResult]) -> str:
    """One line a run; cycles and FLOP of all its steps together."""
    head = ("model", "strategy", "engine", "config", "steps", "result", "tensors", "elements", "max ULP", "cycles",
            "ms at 360 MHz", "FLOP/cycle", "L3<->L2", "L1 peak", "L2 peak")  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for r in results:
        row = (r.model, r.strategy, r.engine, r.config, str(r.steps), "passed" if r.passed else "FAILED",
               f"{r.tensors_compared} of {r.tensors_in_graph}", number(r.elements_compared), str(r.max_ulp),
               number(r.cycles), f"{r.milliseconds:.2f}", f"{r.flop_per_cycle:.2f}", bytes_text(r.l3_bytes),
               bytes_text(r.peak_bytes["L1"]), bytes_text(r.peak_bytes["L2"]))  # fmt: skip
        lines.append("| " + " | ".join(map(cell, row)) + " |")
    return "\n".join(lines)


def cell(text: str) -> str:
    """``text`` as it can stand in a row: a bar would end the cell, a backslash take the next bar's meaning away."""
    return printable(text).replace("\\", "\\\\").replace("|", "\\|")


def _order(strategies: Sequence[str], r: RunResult) -> tuple[object, ...]:
    rank = strategies.index(r.strategy) if r.strategy in strategies else len(strategies)
    return r.model, r.engine != "redmule", r.config != "paper", rank, r.steps, r.seed
