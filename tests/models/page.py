# SPDX-License-Identifier: Apache-2.0
"""docs/reference/models.md: the support matrix as a page."""

from collections.abc import Sequence

from tests.models.matrix import EXPORTERS, STRATEGIES, Row
from tests.models.networks import NETWORKS
from traindeploy.platform.paths import ROOT

PAGE = ROOT / "docs" / "reference" / "models.md"
INSTEAD = (
    ("LSTM, GRU, RNN", "a convolution of one dimension, or attention, over the same sequence"),
    ("ConvTranspose", "an Upsample of whole numbers (Resize, nearest) and a convolution"),
    ("If, Loop, Scan", "an export for one fixed path; an If that constants decide is taken by itself"),
    ("QLinearConv, QuantizeLinear and the like", "the float32 model that it was made from"),
    ("shapes that are known at run time only", "an export with static shapes; a first dimension without a number is 1"),
    ("Resize, linear or cubic", "nearest, by whole numbers"),
    ("Gather and Where by what is computed", "indices and masks that are constants"),
    ("Exp, Log, Sin, and other functions that are no activation", "an activation of the list that an error names"),
)


def page(rows: Sequence[Row]) -> str:
    """The whole page."""
    running = sum(row.verdict == "runs" for row in rows)
    lines = [
        "# Which models run",
        "",
        "`python -m tests.models` writes this page: it exports each network of",
        "[tests/models/networks.py](../../tests/models/networks.py) and brings it in.",
        "A test holds it.",
        "",
        "What runs has passed the self-checks of a run: logits and first loss against onnxruntime, on random numbers",
        "too, and gradients against the slope of the loss; and its program is placed and legal.",
        "The RTL is not simulated here.",
        f"Tried are the strategies {', '.join(STRATEGIES)}.",
        "Those that need an encoder block are refused where there is none.",
        "",
        f"**{running} of {len(rows)}** exports run.",
        "",
        f"| model | {' | '.join(f'{e.name}, opset {e.opset}' for e in EXPORTERS)} |",
        f"|---|{'---|' * len(EXPORTERS)}",
    ]
    for name in NETWORKS:
        found = {(row.exporter, row.opset): row for row in rows if row.model == name}
        cells = (cell(found[e.name, e.opset]) for e in EXPORTERS if (e.name, e.opset) in found)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", "## What to use instead", "| not supported | use |", "|---|---|"]
    lines += [f"| {what} | {instead} |" for what, instead in INSTEAD]
    return "\n".join([*lines, ""])


def cell(row: Row) -> str:
    """The strategies that run, or why none does."""
    text = ", ".join(row.strategies) if row.verdict == "runs" else row.verdict
    return text.replace("|", "\\|")
