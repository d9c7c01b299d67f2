# SPDX-License-Identifier: Apache-2.0
"""Counts of the design: parameters of the model, trained parameters, and FLOP of a step."""

import pytest

from traindeploy.app.pipeline import build_training_graph
from traindeploy.frontend import load_model
from traindeploy.ops import flop
from traindeploy.training import trainable_parameters


def test_cct2_has_283723_parameters():
    graph = load_model("cct2")
    assert sum(t.size for t in graph.tensors.values() if t.kind == "parameter") == 283_723


@pytest.mark.parametrize(
    ("strategy", "parameters", "flops"),
    [
        ("lp", 1_290, 70_685_696),
        ("ft1", 99_723, 93_822_464),
        ("lora1", 7_563, 84_188_672),
        ("ft2", 198_027, 123_182_592),
        ("lora2", 13_707, 102_538_752),
    ],
)
def test_cct2_counts_of_each_strategy(strategy, parameters, flops):
    graph = build_training_graph("cct2", strategy)
    assert trainable_parameters(graph) == parameters
    assert flop(graph) == flops
    updated = [graph.tensors[o] for o in graph.outputs if graph.tensors[o].kind == "updated"]
    assert sum(t.size for t in updated) == parameters


@pytest.mark.parametrize("rank", [1, 8])
def test_lora_parameters_grow_with_the_rank(rank):
    graph = build_training_graph("cct2", "lora1", lora_rank=rank)
    assert trainable_parameters(graph) == 6 * rank * 256 + 129 + 1290
