# SPDX-License-Identifier: Apache-2.0
"""Adapters are LoRA's: y = xW + (alpha/r)(xA)B is what the imported model computes with W + (alpha/r)AB for W."""

import copy

import numpy as np

from golden.directional import FLOAT64
from golden.executor import execute
from golden.forward import Forward, loss_node
from golden.rounding_noise import limits
from traindeploy.app.checks.facts import Compiled
from traindeploy.ir import Graph
from traindeploy.ir.views import fold_views
from traindeploy.records.self_check import SelfCheck, at_most, counted_twice

NAME, LAYERS = "adapters against merged weights", "adapters of a layer of the model"
DOWN, UP = ".lora_A.weight", ".lora_B.weight"
START = 0.05  # root mean square of what stands for a B that is zero


def check(compiled: Compiled) -> list[SelfCheck]:
    """Logits with random B, by the training graph and by the imported one with merged weights; nothing without LoRA."""
    layers = {name.removesuffix(DOWN) for name in compiled.added if name.endswith(DOWN)}
    if not layers:
        return []
    imported = copy.deepcopy(compiled.imported)
    weights = {node.name: node.inputs[1] for node in imported.nodes if node.name in layers}
    text = "layers with an adapter, and those of them that the imported model has"
    found = [counted_twice(LAYERS, "model", len(layers), len(weights), "", text)]
    return [*found, _merged(compiled, imported, weights)] if found[0].passed else found


def _merged(compiled: Compiled, imported: Graph, weights: dict[str, str]) -> SelfCheck:
    graph, options, sample = compiled.graph, compiled.options, compiled.samples[0]
    random = np.random.default_rng([options.seed, 5])
    scale = float(np.float32(options.lora_alpha / options.lora_rank))  # a number of the graph, held as float32
    adapters: dict[str, np.ndarray] = {}
    merged: dict[str, np.ndarray] = {}
    for layer, weight in weights.items():
        down = np.asarray(graph.tensors[layer + DOWN].data, np.float64)
        up = START * random.standard_normal(graph.tensors[layer + UP].shape)
        adapters |= {layer + DOWN: down, layer + UP: up}
        start = merged.get(weight, np.asarray(imported.tensors[weight].data, np.float64))
        merged[weight] = start + scale * (down @ up)
    own = {n: t.data for n, t in imported.tensors.items() if n in graph.tensors and t.data is not None}
    forward = Forward(graph, {**sample, **own, **adapters})
    logits = loss_node(graph).inputs[0]
    fold_views(imported)
    fed = {name: value for name, value in sample.items() if name in imported.tensors}
    wanted = execute(imported, {**fed, **merged}, "math")[imported.outputs[0]]
    error = float(np.max(np.abs(forward.values[logits].reshape(-1) - wanted.reshape(-1))))
    text = (
        f"{len(weights)} adapters with random B: largest difference of the logits from those of the imported model "
        "with W + (alpha/r)AB, both in float64"
    )
    return at_most(NAME, "model", error, 2 * FLOAT64 * limits(forward, [logits])[logits], "", text)
