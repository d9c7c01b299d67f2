# SPDX-License-Identifier: Apache-2.0
"""Steps of a training, run again on the RTL: from the same weights with the same sample, equal in every bit."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from golden.executor import execute
from tb.run import simulate
from tb.run_dir import write_expected
from traindeploy.app.pipeline import compile_program
from traindeploy.codegen import l3_image
from traindeploy.ir import Graph
from traindeploy.ir.program import Engine
from traindeploy.ops import replacements
from traindeploy.platform import HardwareConfig
from traindeploy.records import serial
from traindeploy.records.arrays import write_arrays
from traindeploy.records.bench import BenchRecord
from traindeploy.records.program import ProgramDescription
from traindeploy.records.training import ProvenStep
from traindeploy.records.verdict import Verdict
from traindeploy.train.checkpoint import digest
from traindeploy.train.proof import Kept

SLACK, SLOWEST_HZ = 4, 4_000  # as of a run


def prove(
    graph: Graph, steps: list[Kept], engine: Engine, config: HardwareConfig, folder: Path,
    watch: Callable[[int], None] = lambda _step: None,
) -> Iterator[ProvenStep]:  # fmt: skip
    """Run ``steps`` of the training of ``graph`` in ``folder``; UserError if the program does not fit the chip."""
    program = None
    for kept in steps:
        watch(kept.step)
        if program is None:
            program = compile_program(graph, config, engine, folder, samples=[kept.sample])
        for name, value in kept.before.items():
            program.graph.tensors[name].data = value
        image = l3_image(program, [kept.sample])
        write_arrays(folder / "l3.npz", {f"0x{address:08x}": array for address, array in sorted(image.items())})
        values = execute(graph, {**kept.sample, **kept.before})
        description = serial.read(ProgramDescription, folder / "program.json")
        write_expected(folder, 0, {output.tensor: values[output.tensor] for output in description.outputs})
        cycles = SLACK * description.estimated_cycles + 1_000_000
        bench = simulate(folder, config, max_cycles=cycles, max_seconds=120 + cycles / SLOWEST_HZ, arithmetic="host")
        found = _proven(kept, bench)
        outputs = sum(len(node.outputs) for node in graph.nodes)
        if bench.passed and bench.tensors_compared != outputs:
            text = f"{bench.tensors_compared} tensors were compared, the graph has {outputs}"
            found = replace(found, verdict=Verdict.FAILED, failure=text)
        after = {old: values[new] for new, old in replacements(graph).items()}
        if digest(after) != kept.after:
            text = "the training's weights behind this step are not those of the machine model"
            found = replace(found, verdict=Verdict.FAILED, failure=text)
        yield found


def _proven(kept: Kept, bench: BenchRecord) -> ProvenStep:
    return ProvenStep(
        step=kept.step, verdict=bench.verdict, failure=bench.failure, tensors=bench.tensors_compared,
        elements=bench.elements_compared, cycles=bench.cycles, loss=bench.losses[-1] if bench.losses else float("nan"),
    )  # fmt: skip
