# SPDX-License-Identifier: Apache-2.0
"""Fine-tuning strategies: which parameters of a forward graph are trained."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from traindeploy.errors import UserError
from traindeploy.ir import Graph
from traindeploy.training.lora import inject_adapter
from traindeploy.training.selection import is_selection, select, spelled
from traindeploy.training.structure import Adapter, Block, Layer, find_blocks, find_head, find_layers


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
    """Mark the parameters that strategy ``name`` trains; a LoRA strategy injects adapters if the graph carries none.

    UserError if the strategy is unknown, the rank does not suit the matrices, or the model lacks the encoder blocks.
    """
    if is_selection(name):
        _mark(graph, select(graph, name))
        return
    if name not in STRATEGIES:
        raise UserError(f"unknown strategy '{name}': expected {', '.join((*STRATEGIES, *spelled()))}")
    strategy = STRATEGIES[name]
    layers = find_layers(graph)
    if not layers:
        raise UserError(
            f"model '{graph.name}' has no linear layer (a matrix product by a weight of the file): nothing to train "
            "as its classifier; strategy 'full' trains all that it has"
        )
    blocks = find_blocks(graph, layers)
    if len(blocks) < strategy.blocks:
        choice = " or ".join(n for n, s in STRATEGIES.items() if s.blocks <= len(blocks))
        raise UserError(
            f"strategy '{name}' trains the last {strategy.blocks} encoder block(s), but model '{graph.name}' has "
            f"{len(blocks)}; choose {choice} (a block: softmax of q.k, times v, a projection, and two layers with an "
            "activation function between them, all by weights of the file)"
        )
    head = find_head(graph, layers, blocks)
    chosen = [p for layer in (head if strategy.whole_head else head[-1:]) for p in (layer.weight, layer.bias) if p]
    trained = blocks[len(blocks) - strategy.blocks :]
    if strategy.lora:
        adapters = _own_adapters(graph, layers, name) or _inject(graph, blocks, rank, alpha, random, zero_b)
        chosen += _adapters_of(graph, adapters, trained, name)
    else:
        chosen += [layer.weight for block in trained for layer in block.matrices]
    _mark(graph, chosen)


def _mark(graph: Graph, chosen: list[str]) -> None:
    for parameter in chosen:
        _check_unshared(graph, parameter)
        graph.tensors[parameter].trainable = True
    _note_tied(graph, list(dict.fromkeys(chosen)))


def _note_tied(graph: Graph, chosen: list[str]) -> None:
    """Say which of ``chosen`` several layers read, which an exporter may have made one of several that were equal."""
    tied = [name for name in chosen if len(graph.consumers(name)) > 1]
    if tied:
        many, them = ("parameter is", "it") if len(tied) == 1 else ("parameters are each", "them")
        graph.notes.append(
            f"{len(tied)} {many} one constant of the file for several layers (first '{tied[0]}', for "
            f"{len(graph.consumers(tied[0]))}) and trained as one, by the sum of their gradients: PyTorch's exporter "
            f"makes one constant of equal ones, as an untrained network's norms have {them}; to train {them} apart, "
            "export the network with values that differ"
        )


def _own_adapters(graph: Graph, layers: list[Layer], name: str) -> dict[str, Adapter]:
    """The adapters that the file brings, by the node that they adapt."""
    own = {layer.node.name: layer.adapter for layer in layers if layer.adapter is not None}
    if own:
        graph.notes.append(
            f"the model carries adapters of its own: {name} trains these, injects none beside them, and heeds no "
            "rank, alpha or start of LoRA"
        )
    return own


def _adapters_of(graph: Graph, adapters: Mapping[str, Adapter], blocks: list[Block], name: str) -> list[str]:
    """The parameters of the adapters in ``blocks``; UserError if there are none, or if one cannot learn."""
    found = [adapters[m.node.name] for block in blocks for m in block.matrices if m.node.name in adapters]
    if not found:
        raise UserError(
            f"strategy '{name}' trains the adapters of the last {len(blocks)} encoder block(s), but model "
            f"'{graph.name}' carries adapters elsewhere only: export it without them, or choose another strategy"
        )
    for adapter in found:
        _check_not_zero(graph, adapter)
    return [parameter for adapter in found for parameter in (adapter.a, adapter.b)]


def _check_not_zero(graph: Graph, adapter: Adapter) -> None:
    """UserError if both matrices are zero: each one's gradient is a product with the other, so neither ever moves."""
    values = [graph.tensors[parameter].data for parameter in (adapter.a, adapter.b)]
    if not any(value is None or value.any() for value in values):
        raise UserError(
            f"model '{graph.name}': the adapter of '{adapter.a}' and '{adapter.b}' is zero in both matrices, so that "
            "neither ever gets a gradient: export it with A random, or without adapters"
        )


def _inject(
    graph: Graph, blocks: list[Block], rank: int, alpha: float, random: np.random.Generator, zero_b: bool
) -> dict[str, Adapter]:
    """An adapter on each matrix of ``blocks``, by its node. UserError for a bad rank or alpha, or a shared matrix."""
    scale = abs(alpha / max(rank, 1))
    if not (math.isfinite(alpha) and float(np.finfo("f4").tiny) <= scale <= float(np.finfo("f4").max)):
        raise UserError(f"LoRA alpha {alpha}: expected a finite number, other than 0, whose share float32 holds")
    adapters: dict[str, Adapter] = {}
    adapted: set[str] = set()
    for layer in (m for block in blocks for m in block.matrices):
        limit = min(graph.tensors[layer.node.inputs[1]].shape)
        if not 1 <= rank <= limit:
            raise UserError(f"LoRA rank {rank}: expected 1 to {limit}, the smaller side of '{layer.weight}'")
        if layer.weight in adapted:
            raise UserError(
                f"weight '{layer.weight}' is that of several layers, whose adapters would part; choose lp or ft1"
            )
        adapted.add(layer.weight)
        adapters[layer.node.name] = inject_adapter(graph, layer, rank, alpha, random, zero_b)
    return adapters


def _check_unshared(graph: Graph, parameter: str) -> None:
    """UserError if other tensors hold the same weight of the file, which training would part."""
    weight = graph.tensors[parameter].shared
    if weight:
        others = [n for n, t in graph.tensors.items() if t.shared == weight and n != parameter] or ["a number"]
        raise UserError(
            f"model '{graph.name}': weight '{weight}' is used in two ways, as '{parameter}' and as '{others[0]}': "
            "training one would part them; choose a strategy that leaves it frozen, or export the model without sharing"
        )
