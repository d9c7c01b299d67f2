# SPDX-License-Identifier: Apache-2.0
"""Does the chip's FP32 train as float64 would? The same training twice, sample by sample, and how far they drift apart.

    python tools/numerics.py --output docs/results/numerics.md

All begin with the same weights and see the same samples in the same order: once in the machine model, bit for bit as
the chip computes, once in the float64 definitions of the same operators. A third one tells what a drift means: float64
again, but from weights that were changed once, by half an ULP of FP32. Nothing brings them together in between.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from golden.directional import gradients
from golden.executor import execute
from golden.forward import loss_node
from traindeploy.app.train_options import TrainOptions
from traindeploy.frontend import load_model
from traindeploy.ir import Graph
from traindeploy.ops import replacements
from traindeploy.records.run import Optimizer
from traindeploy.train.machines import Machine, NumpyMachine, forward_nodes, host_machine
from traindeploy.train.samples import Part, choose, order_of, updates_of
from traindeploy.training import build_step
from traindeploy.training.rates import feeds

Arrays = Mapping[str, np.ndarray]
# Model, strategy, optimizer, learning rate (of a cosine down to 0), epochs, training samples.
RUNS: tuple[tuple[str, str, Optimizer, float, int, int], ...] = (
    ("cct_tiny", "lora2", "sgd", 0.003, 5, 1000),
    ("cct_tiny", "ft2", "momentum", 0.0003, 5, 1000),
    ("cct_tiny", "ft2", "adamw", 0.001, 5, 1000),
    ("cct2", "lora2", "sgd", 0.003, 1, 300),
)
ULP = 2.0**-24  # half of one, relative
HEAD = (
    "| training | steps | validation accuracy, FP32 | float64 | float64, changed once | predictions unlike float64's, "
    "FP32 | changed once | first loss, FP32 | largest drift of a loss, FP32 | changed once | drift of weights, FP32 | "
    "changed once |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n"
)


class Float64(NumpyMachine):
    """The definitions of the operators, weights and all in float64."""

    def step(self, feeds: Arrays) -> None:
        """One training step."""
        self._values = execute(self.graph, {**feeds, **self._weights}, "math")
        self._weights |= {old: self._values[new] for new, old in replacements(self.graph).items()}

    def forward(self, feeds: Arrays, nodes: int) -> None:
        """Only the first ``nodes`` nodes."""
        part = Graph(self.graph.name, self.graph.tensors, self.graph.nodes[:nodes])
        self._values = execute(part, {**feeds, **self._weights}, "math")


@dataclass(frozen=True)
class Found:
    """``losses`` of each step, ``classes`` of each validation sample: (float64, FP32, float64 changed once) each.

    ``weights``: how far the latter two's parameters are from the first one's, relative to how far that has come.
    """

    losses: np.ndarray
    classes: np.ndarray
    labels: np.ndarray
    weights: tuple[float, float]

    @property
    def row(self) -> list[str]:
        """Cells of the table behind the training's name."""
        exact, fp32, changed = (f"{100 * (self.classes[:, i] == self.labels).mean():.2f} %" for i in range(3))
        differ = [str(int((self.classes[:, 0] != self.classes[:, i]).sum())) for i in (1, 2)]
        apart = [np.abs(self.losses[:, 0] - self.losses[:, i]) for i in (1, 2)]
        return [
            f"{len(self.losses):,}", fp32, exact, changed, f"{differ[0]} of {len(self.labels)}", differ[1],
            f"{apart[0][0]:.1e}", *(f"{each.max():.1e}" for each in apart), *(f"{each:.1e}" for each in self.weights),
        ]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="page whose table is written anew; without it: printed")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    rows = []
    for model, strategy, optimizer, rate, epochs, samples in RUNS:
        options = TrainOptions(
            model=model, strategy=strategy, optimizer=optimizer, learning_rate=rate, epochs=epochs, samples=samples,
            seed=given.seed, schedule="cosine",
        )  # fmt: skip
        cells = compared(options).row
        rows.append(f"| `{model}` {strategy}, {optimizer} {rate:g} | {' | '.join(cells)} |\n")
        print(rows[-1], end="", flush=True)
    if given.output:
        write(given.output, HEAD + "".join(rows))


def compared(options: TrainOptions) -> Found:
    """Train all three, side by side."""
    graph = build_step(load_model(options.model, options.seed), options.training)
    training, validation = choose(options, graph)
    machines: tuple[Machine, ...] = (Float64(graph), host_machine(graph)[0], Float64(graph))
    random = np.random.default_rng([options.seed, 9])
    for name in gradients(graph):
        start = np.asarray(machines[2].value(name), np.float64)
        machines[2].put(name, start * (1 + ULP * random.choice((-1.0, 1.0), start.shape)))
    loss = loss_node(graph)
    updates = updates_of(options, options.epochs * len(training))
    losses, step = [], 0
    for epoch in range(options.epochs):
        for place in order_of(epoch, len(training), options.seed):
            step += 1
            sample = training.sample(int(place)) | feeds(graph, updates, step)
            for machine in machines:
                machine.step(sample)
            losses.append([float(machine.value(loss.outputs[0])[0]) for machine in machines])
    classes, labels = _classified(graph, machines, validation, feeds(graph, updates, 1))
    return Found(np.array(losses), classes, labels, _apart(graph, machines))


def _classified(
    graph: Graph, machines: Sequence[Machine], validation: Part, numbers: Arrays
) -> tuple[np.ndarray, np.ndarray]:
    """Classes and labels; ``numbers`` is what the graph takes beside a sample, and no logits depend on it."""
    logits, label = loss_node(graph).inputs
    nodes = forward_nodes(graph)
    found, labels = [], []
    for place in range(len(validation)):
        sample = validation.sample(place) | dict(numbers)
        for machine in machines:
            machine.forward(sample, nodes)
        found.append([int(np.argmax(machine.value(logits))) for machine in machines])
        labels.append(int(sample[label][0]))
    return np.array(found), np.array(labels)


def _apart(graph: Graph, machines: Sequence[Machine]) -> tuple[float, float]:
    """Euclidean distances of all trained parameters from the first machine's, relative to how far that has come."""
    distances, moved = np.zeros(2), 0.0
    for name in gradients(graph):
        start = graph.tensors[name].data
        assert start is not None
        exact, *others = (np.asarray(machine.value(name), np.float64) for machine in machines)
        distances += [((other - exact) ** 2).sum() for other in others]
        moved += float(((exact - start) ** 2).sum())
    ours, changed = np.sqrt(distances / moved)
    return float(ours), float(changed)


def write(page: Path, table: str) -> None:
    """Put ``table`` between the marks of ``page``."""
    begin, end = "<!-- measured numerics: begin -->\n", "<!-- measured numerics: end -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    page.write_text(before + begin + table + end + rest.partition(end)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
