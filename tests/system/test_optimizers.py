# SPDX-License-Identifier: Apache-2.0
"""Every weight and moment of several updates on the RTL, by each optimizer, and of a batch."""

import pytest

from tests.system.running import on_rtl, write_run
from traindeploy.app.pipeline import build_training_graph
from traindeploy.frontend.data import load_samples
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program
from traindeploy.training.rates import Updates, feeds

WAYS = (
    Updates("sgd", 0.01, "cosine", decay=0.01, steps=10),
    Updates("momentum", 0.01, steps=10),
    Updates("nesterov", 0.01, steps=10),
    Updates("adam", 0.01, steps=10),
    Updates("adamw", 0.01, "cosine", warmup=3, decay=0.1, steps=10),
    Updates("momentum", 0.01, steps=10, batch=3),
)


@pytest.mark.parametrize("updates", WAYS, ids=lambda one: f"{one.optimizer}-batch{one.batch}")
def test_ten_steps_of_each_optimizer_are_bit_identical(tmp_path, updates: Updates) -> None:
    graph = build_training_graph(
        "cct_tiny", "lp", optimizer=updates.operator, numbers=updates.attributes, batch=updates.batch
    )
    samples = load_samples("", graph, updates.steps, 1)
    samples = [sample | feeds(graph, updates, step) for step, sample in enumerate(samples, 1)]
    program = build_program(graph, CONFIGS["compact"], "redmule", steps=updates.steps)
    result = on_rtl(write_run(tmp_path / "run", program, samples, graph))
    assert result.failure == ""
    assert result.tensors_compared == updates.steps * sum(len(node.outputs) for node in graph.nodes)
    replaced = [name for name in graph.outputs if name.endswith(".new")]
    states = 0 if updates.optimizer == "sgd" else 2 if updates.optimizer.startswith("adam") else 1
    assert len(replaced) == 2 * (1 + states + (updates.batch > 1))
