# SPDX-License-Identifier: Apache-2.0
"""Measure RedMule over a grid of shapes and write docs/redmule_cycles.md: ``python -m tests.rtl.redmule_grid``."""

import json
import tempfile
from pathlib import Path

import matplotlib

from tb.build.paths import ROOT
from tests.rtl.test_redmule import SHAPES, build, environment

matplotlib.use("Agg")
from matplotlib import pyplot as plt

PICTURE = "images/redmule_utilisation.png"


def measure(config: str) -> dict:
    with tempfile.TemporaryDirectory() as scratch:
        env = environment(SHAPES[config])
        build(*SHAPES[config]).test("tb.tests.redmule_grid", Path(scratch), env=env, timeout=1800)
        return json.loads((Path(scratch) / "cycles.json").read_text())


def model(m: int, n: int, k: int, height: int, rows: int, pipe: int) -> int:
    """The cycle model of docs/redmule.md (GEMM in place)."""
    columns = height * (pipe + 1)
    tiles_m, tiles_k = -(-m // rows), -(-k // columns)
    first, last = min(m, rows), (m - 1) % rows + 1
    steps = -(-n // height) * columns
    return 7 + 2 * first + tiles_m * tiles_k * steps + (k - 1) % columns + 1 + last


def port_bound(m: int, n: int, k: int, height: int, rows: int, pipe: int) -> bool:
    """Whether the beats of a full row of tiles exceed its steps."""
    columns = height * (pipe + 1)
    tiles_k = -(-k // columns)
    first = min(m, rows)
    x_beats = first * -(-n // columns) * (1 if n <= 32 else tiles_k)
    return tiles_k * (n + 2 * first) + x_beats > tiles_k * -(-n // height) * columns


def heat_map(results: dict[str, dict]) -> None:
    figure, axes = plt.subplots(1, len(results), figsize=(13, 5), constrained_layout=True)
    for axis, (config, result) in zip(axes, results.items(), strict=True):
        height, rows, _ = SHAPES[config]
        grid = {(m, n): m * n * k / (height * rows * t) for m, n, k, t in result["grid"] if m == k}
        depths, sides = sorted({n for _, n in grid}), sorted({m for m, _ in grid})
        depths = [n for n in depths if all((m, n) in grid for m in sides)]
        values = [[100 * grid[m, n] for n in depths] for m in sides]
        axis.imshow(values, vmin=0, vmax=100, origin="lower", cmap="viridis", aspect="auto")
        for i, row in enumerate(values):
            for j, value in enumerate(row):
                axis.text(
                    j, i, f"{value:.0f}", ha="center", va="center", color="white" if value < 60 else "black", size=8
                )
        axis.set_xticks(range(len(depths)), depths)
        axis.set_yticks(range(len(sides)), sides)
        axis.set(title=f"{config}: multiply-adds used, %", xlabel="N", ylabel="M = K")
    figure.savefig(ROOT / "docs" / PICTURE, dpi=90)


def table(head: list[str], rows: list[list[object]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows), ""]


def page(results: dict[str, dict], published: dict[tuple, tuple]) -> str:
    lines = [
        "# RedMule: measured cycles",
        "",
        "Written by `python -m tests.rtl.redmule_grid`. GEMM in place, ideal memory (a beat a cycle, latency 1),",
        "a job on an idle engine, from the trigger write to the done event; each result was compared with the model.",
        "",
        f"![utilisation over shapes]({PICTURE})",
        "",
        "## Against the published engine",
        "Its figures were measured on its RTL, 48 multiply-adds at FP16, 16 at FP32; `-`: hangs, or not measured.",
        "",
    ]
    cycles = {c: {tuple(row[:3]): row[3] for row in result["grid"]} for c, result in results.items()}
    rows = []
    for shape, numbers in published.items():
        row: list[object] = [" x ".join(map(str, shape))]
        for config, number in zip(("paper", "compact"), numbers, strict=True):
            ours = cycles[config][shape]
            row += [number or "-", ours, f"{100 * (ours / number - 1):+.1f} %" if number else ""]
        rows.append(row)
    lines += table(["M x N x K", "published 48", "`paper`", "", "published 16", "`compact`", ""], rows)
    lines += [
        "## Transposed operands",
        "The first four shapes are multiples of the tile. The first rows of a transposed W are there when all of its",
        "first columns are: D - 1 cycles once a job, which small jobs feel unless they are queued.",
        "",
    ]
    for config, result in results.items():
        rows = [
            [" x ".join(map(str, row[:3])), row[3], *(f"{t} ({100 * (t / row[3] - 1):+.1f} %)" for t in row[4:])]
            for row in result["transposed"]
        ]
        lines += table([f"`{config}`", "plain", "X transposed", "W transposed", "both"], rows)
    lines += ["## The cycle model's error", ""]
    for config in results:
        shape = SHAPES[config]
        errors = [(t - model(*s, *shape), s) for s, t in cycles[config].items() if not port_bound(*s, *shape)]
        exact, near = (sum(abs(e) <= limit for e, _ in errors) for limit in (0, 5))
        worst, where = max(errors, key=lambda e: abs(e[0]) / cycles[config][e[1]])
        lines += [
            f"`{config}`: {len(errors)} of {len(cycles[config])} shapes are compute bound; the closed form is exact on",
            f"{exact} of them, at most 5 cycles off on {near}, at worst {worst:+d} of {cycles[config][where]} cycles",
            f"({' x '.join(map(str, where))}, at the port's limit).",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    from tb.tests.redmule_published import PUBLISHED

    measured = {config: measure(config) for config in SHAPES}
    heat_map(measured)
    (ROOT / "docs" / "redmule_cycles.md").write_text(page(measured, PUBLISHED))
