# SPDX-License-Identifier: Apache-2.0
"""Fine-tuning strategies: which parameters of a forward graph are trained."""

import math
from dataclasses import dataclass

import numpy as np

from traindeploy.errors import UserError
from traindeploy.ir import Graph
from traindeploy.training.lora import inject_adapter
from traindeploy.training.structure import Adapter, Layer, find_blocks, find_head, find_layers


@dataclass(frozen=True)
class Strategy:
    """Train the head (or only its last layer), and the matrices or LoRA adapters of the last ``blocks`` encoder blocks.

    Under LoRA every block carries adapters, as in the published models; those before the last ``blocks`` are frozen.
    """

    blocks: int
    lora: bool = False
    whole_head: bool = True


STRATEGIES = {
    "lp": Strategy(blocks=0, whole_head=False),
    "ft1": Strategy(blocks=1),
    "ft2": Strategy(blocks=2),
    "lora1": Strategy(blocks=1, lora=True),
    "lora2": Strategy(blocks=2, lora=True),
}


def select_trainable(
    graph: Graph, name: str, rank: int, alpha: float, random: np.random.Generator, zero_b: bool
) -> None:
    """Mark the parameters that strategy ``name`` trains, injecting LoRA adapters where the graph carries none.

    UserError if the strategy is unknown, the rank does not suit the matrices, or the model lacks the encoder blocks.
    """
    if name not in STRATEGIES:
        raise UserError(f"unknown strategy '{name}': expected {', '.join(STRATEGIES)}")
    strategy = STRATEGIES[name]
    if strategy.lora and not (
        math.isfinite(alpha) and np.finfo("f4").tiny <= abs(alpha / max(rank, 1)) <= np.finfo("f4").max
    ):
        raise UserError(f"LoRA alpha {alpha}: expected a finite number, other than 0, whose share float32 holds")
    layers = find_layers(graph)
    blocks = find_blocks(graph, layers)
    if len(blocks) < strategy.blocks:
        raise UserError(
            f"strategy '{name}' trains the last {strategy.blocks} encoder block(s), but model '{graph.name}' has "
            f"{len(blocks)}; choose lp"
        )
    head = find_head(graph, layers, blocks)
    if not head:
        raise UserError(
            f"model '{graph.name}' has no linear layer behind its last block: nothing to train as its classifier"
        )
    chosen = [p for layer in (head if strategy.whole_head else head[-1:]) for p in (layer.weight, layer.bias) if p]
    for i, block in enumerate(blocks):
        trained = i >= len(blocks) - strategy.blocks
        for layer in block.matrices:
            if strategy.lora:
                adapter = layer.adapter or _inject(graph, layer, rank, alpha, random, zero_b)
                chosen += [adapter.a, adapter.b] if trained else []
            elif trained:
                chosen.append(layer.weight)
    for parameter in chosen:
        _check_unshared(graph, parameter)
        graph.tensors[parameter].trainable = True


def _check_unshared(graph: Graph, parameter: str) -> None:
    """UserError if other tensors hold the same weight of the file, which training would part."""
    weight = graph.tensors[parameter].shared
    if weight:
        others = [n for n, t in graph.tensors.items() if t.shared == weight and n != parameter] or ["a number"]
        raise UserError(
            f"model '{graph.name}': weight '{weight}' is used in two ways, as '{parameter}' and as '{others[0]}': "
            "training one would part them; choose a strategy that leaves it frozen, or export the model without sharing"
        )


def _inject(graph: Graph, layer: Layer, rank: int, alpha: float, random: np.random.Generator, zero_b: bool) -> Adapter:
    limit = min(graph.tensors[layer.node.inputs[1]].shape)
    if not 1 <= rank <= limit:
        raise UserError(f"LoRA rank {rank}: expected 1 to {limit}, the smaller side of '{layer.weight}'")
    return inject_adapter(graph, layer, rank, alpha, random, zero_b)
