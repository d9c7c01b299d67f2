# SPDX-License-Identifier: Apache-2.0
"""The hardware is right: nothing was left uncompared. That what was compared is identical is the bench's verdict."""

import math

from traindeploy.app.checks.facts import Facts
from traindeploy.records.self_check import SelfCheck, counted_twice


def check(facts: Facts) -> list[SelfCheck]:
    """Losses, tensors and elements that were found, against those that the graph's operators compute in all steps."""
    graph, bench, steps = facts.program.graph, facts.bench, facts.program.training_steps
    outputs = [graph.tensors[name] for node in graph.nodes for name in node.outputs]
    text = "outputs of operators in all steps: compared, and in the graph"
    elements = sum(math.prod(tensor.shape) for tensor in outputs)
    losses = [loss for loss in bench.losses if math.isfinite(loss)]
    return [
        counted_twice("losses read", "hardware", len(losses), steps, "", "losses that are numbers, and training steps"),
        counted_twice("tensors compared", "hardware", bench.tensors_compared, len(outputs) * steps, "", text),
        counted_twice("elements compared", "hardware", bench.elements_compared, elements * steps, "", text),
    ]
