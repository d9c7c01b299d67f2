# SPDX-License-Identifier: Apache-2.0
"""The compiler from end to end: ``frontend -> training -> schedule and memory -> codegen``, and what each pass left."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from traindeploy.app.options import Options
from traindeploy.codegen import check_program, l3_image, write_program
from traindeploy.frontend import load_model
from traindeploy.frontend.data import Sample, load_samples
from traindeploy.ir import Graph
from traindeploy.ir.program import Engine, Program
from traindeploy.ir.text import graph_text, program_text
from traindeploy.memory.home import place_homes
from traindeploy.platform import HardwareConfig, configuration
from traindeploy.records.program import AskedForm, Weights
from traindeploy.schedule import build_program
from traindeploy.training import Training, build_step
from traindeploy.training.rates import feeds


class Dump:
    """Writes what each pass left behind as text into ``folder``, numbered in the order of the passes; None: nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.count = 0

    def graph(self, name: str, graph: Graph) -> None:
        self._write(name, lambda: graph_text(graph))

    def program(self, name: str, program: Program) -> None:
        self._write(name, lambda: program_text(program))

    def _write(self, name: str, text: Callable[[], str]) -> None:
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{self.count:02d}-{name.replace(' ', '-')}.txt").write_text(text(), encoding="utf-8")
        self.count += 1


def compile_run(options: Options, run_dir: Path, dump: Path | None = None) -> tuple[Program, Sequence[Sample]]:
    """Compile what ``options`` ask for into ``run_dir``; the program, and the samples that it trains on.

    UserError for bad input, or for what does not fit or is not supported; ``run_dir`` is then not written.
    """
    watch = Dump(dump)
    graph = load_model(options.model, options.seed)
    watch.graph("import", graph)
    graph = build_step(graph, options.training, watch.graph)
    place_homes(graph, options.steps)  # so many samples fit L3, or nobody needs to load them
    samples = load_samples(options.data, graph, options.steps, options.seed)
    samples = [sample | feeds(graph, options.updates, step) for step, sample in enumerate(samples, 1)]
    config = configuration(options.config)
    program = compile_program(
        graph,
        config,
        options.engine,
        run_dir,
        steps=options.steps,
        samples=samples,
        watch=watch,
        form=options.form,
        weights=options.weights,
    )
    return program, samples


def compile_program(
    graph: Graph, config: HardwareConfig, engine: Engine, run_dir: Path, *, steps: int = 1,
    samples: Sequence[Mapping[str, np.ndarray]], watch: Dump | None = None, form: AskedForm = "auto",
    weights: Weights = "l3",
) -> Program:  # fmt: skip
    """Compile a training step: network.c, firmware.elf, l3.npz (arrays by hexadecimal L3 address), program.json.

    ``samples`` holds, for each of the ``steps`` training steps, arrays by name of the graph's inputs and labels. Raises
    UserError if something does not fit or is not supported; nothing is written before the program is placed and
    checked.
    """
    program = build_program(graph, config, engine, steps=steps, weights=weights)
    if watch is not None:
        watch.program("schedule and place", program)
    check_program(program)
    write_program(program, l3_image(program, samples), run_dir, form)
    return program


def build_training_graph(model: str, strategy: str, **training: Any) -> Graph:
    """The step of ``model`` (a built-in name or an ONNX file) under ``strategy``; keywords are those of ``Training``.

    ``seed`` seeds the weights of a built-in model too. UserError as ``build_step``.
    """
    wanted = Training(strategy, **training)
    return build_step(load_model(model, wanted.seed), wanted)
