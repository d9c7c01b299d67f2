# SPDX-License-Identifier: Apache-2.0
"""Measure RedMule over shapes and write docs/results/redmule_cycles.md: ``python -m tb.blocks.redmule.cycles_page``."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import matplotlib

from tb.blocks.catalogue import CATALOGUE
from tb.blocks.redmule.block import CONFIGURATIONS, SHIPPED
from tb.blocks.run import build, simulate
from traindeploy.platform.paths import ROOT

matplotlib.use("Agg")
from matplotlib import pyplot as plt

PARAMETERS = ("Height", "Rows", "PipeRegs")
Shape = tuple[int, int, int]  # M, N, K
Result = dict[str, list[list[int]]]  # what test_grid.py writes


class Engine(NamedTuple):
    """An engine of H x L multiply-adders with P pipeline registers each."""

    height: int
    rows: int
    pipe: int


SHAPES = {name: Engine(*(CONFIGURATIONS[name].parameters[p] for p in PARAMETERS)) for name in SHIPPED}
PICTURE = "images/redmule_utilisation.png"


def measure(config: str) -> Result:
    with tempfile.TemporaryDirectory() as scratch:
        entry = CATALOGUE["redmule"].test("grid")
        simulate(build("redmule", configuration=config), entry, config, 1, Path(scratch))
        result: Result = json.loads((Path(scratch) / "cycles.json").read_text())
        return result


def array_cycles(m: int, n: int, k: int, height: int, rows: int, pipe: int) -> int:
    """The cycle model of docs/reference/redmule.md while the array is the limit (GEMM in place)."""
    columns = height * (pipe + 1)
    first, last = min(m, rows), (m - 1) % rows + 1
    return 7 + 2 * first + steps(m, n, k, height, rows, pipe) + (k - 1) % columns + 1 + last


def steps(m: int, n: int, k: int, height: int, rows: int, pipe: int) -> int:
    """Array steps of all tiles."""
    columns = height * (pipe + 1)
    return -(-m // rows) * -(-k // columns) * -(-n // height) * columns


def beats(m: int, n: int, k: int, height: int, rows: int, pipe: int) -> int:
    """Beats on the port: W, X, Y and Z."""
    columns = height * (pipe + 1)
    tiles_m, tiles_k = -(-m // rows), -(-k // columns)
    return tiles_m * tiles_k * n + m * -(-n // columns) * (1 if n <= 32 else tiles_k) + 2 * m * tiles_k


def heat_map(results: dict[str, Result]) -> None:
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
    figure.savefig(ROOT / "docs/results" / PICTURE, dpi=90)


def table(head: list[str], rows: list[list[object]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows), ""]


Errors = list[tuple[int, Shape]]  # cycles measured over the model's, and the shape


def errors(cycles: dict[Shape, int], engine: Engine) -> tuple[Errors, Errors]:
    """The model's errors where the array is the limit, and where the port is."""
    array, port = [], []
    for shape, measured in cycles.items():
        model = array_cycles(*shape, *engine)
        if beats(*shape, *engine) <= steps(*shape, *engine):
            array.append((measured - model, shape))
        else:
            port.append((measured - max(model, 7 + beats(*shape, *engine)), shape))
    return array, port


def worst(found: Errors, cycles: dict[Shape, int]) -> str:
    error, shape = max(found, key=lambda e: abs(e[0]) / cycles[e[1]])
    return f"{error:+d} of {cycles[shape]} cycles ({' x '.join(map(str, shape))})"


def page(results: dict[str, Result], published: Mapping[Shape, tuple[int | None, int | None]]) -> str:
    lines = [
        "# RedMule: measured cycles",
        "",
        "`python -m tb.blocks.redmule.cycles_page` writes this page.",
        "Each job is a GEMM in place on an idle engine with ideal memory (a beat a cycle, latency 1).",
        "Cycles count from the trigger write to the done event; each result was compared with the model.",
        "",
        f"![utilisation over shapes]({PICTURE})",
        "",
        "## Against the published engine",
        "Its figures were measured on its RTL, 48 multiply-adds at FP16, 16 at FP32; `-`: hangs, or not measured.",
        "",
    ]
    cycles = {c: {(row[0], row[1], row[2]): row[3] for row in result["grid"]} for c, result in results.items()}
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
        "The first four shapes are multiples of the tile.",
        "The first rows of a transposed W are there when all of its first columns are.",
        "That costs D - 1 cycles once a job, which small jobs feel unless they are queued.",
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
        array, port = errors(cycles[config], SHAPES[config])
        exact, near = (sum(abs(error) <= limit for error, _ in array) for limit in (0, 5))
        relative = sorted(100 * error / cycles[config][shape] for error, shape in port)
        lines += [
            f"`{config}`: in {len(array)} of {len(cycles[config])} shapes the array is the limit.",
            f"The closed form is exact on {exact} of them, at most 5 cycles off on {near}, at worst",
            f"{worst(array, cycles[config])}.",
            f"In the other {len(port)} the port is the limit:",
            f"T exceeds the beats' bound by {relative[len(relative) // 2]:.0f} % in the median, at worst",
            f"{worst(port, cycles[config])}.",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    from tb.blocks.redmule.published import PUBLISHED

    measured = {config: measure(config) for config in SHIPPED}
    heat_map(measured)
    (ROOT / "docs/results/redmule_cycles.md").write_text(page(measured, PUBLISHED))
