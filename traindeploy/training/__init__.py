# SPDX-License-Identifier: Apache-2.0
"""Inference model + strategy -> one static graph of the whole training step."""

import numpy as np

from traindeploy.frontend import load_model
from traindeploy.frontend.views import fold_views
from traindeploy.ir import Graph, Node
from traindeploy.training.autodiff import differentiate
from traindeploy.training.fuse import fuse_sums
from traindeploy.training.step import append_loss, append_sgd, name_gradients, place_updates
from traindeploy.training.strategies import select_trainable


def build_training_graph(
    model: str,
    strategy: str,
    *,
    lora_rank: int = 4,
    lora_alpha: float = 16.0,
    lr: float = 0.01,
    seed: int = 0,
    verification: bool = True,
) -> Graph:
    """The step of ``model`` (a built-in name or an ONNX file) under ``strategy``: forward, backward and update.

    Inputs are the image and the int32 label [1]; outputs the loss and the updated parameters ``<name>.new``.
    ``lora_alpha`` / ``lora_rank`` scales the adapters. ``verification`` starts the adapters' B at random values; False
    starts it at zero as real training does, where the first gradient of A is zero. UserError for a bad model or
    option.
    """
    graph = load_model(model, seed)
    graph.check()
    random = np.random.default_rng([seed, 1])  # not the weights' stream
    select_trainable(graph, strategy, lora_rank, lora_alpha, random, zero_b=not verification)
    graph.check()
    append_loss(graph)
    graph.check()
    gradients = differentiate(graph)
    graph.check()
    append_sgd(graph, gradients, lr)
    graph.check()
    fuse_sums(graph)
    graph.check()
    fold_views(graph)
    graph.check()
    place_updates(graph)
    name_gradients(graph)
    graph.check()
    graph.name = f"{graph.name}-{strategy}"
    return graph


def trainable_parameters(graph: Graph) -> int:
    """The number of elements that the step updates."""
    return sum(t.size for t in graph.tensors.values() if t.trainable)


def flop(graph: Graph) -> int:
    """Floating-point operations of a step: 2 per multiply-accumulate of Gemm and Conv, nothing else counted."""
    return sum(node_flop(graph, n) for n in graph.nodes)


def node_flop(graph: Graph, node: Node) -> int:
    """2 per multiply-accumulate of a Gemm or Conv (its multiplications by padding included), 0 for others."""
    if node.op not in ("Gemm", "Conv"):
        return 0
    out, weight = graph.tensors[node.outputs[0]], graph.tensors[node.inputs[1]]
    reduction = weight.shape[-2] if node.op == "Gemm" else weight.size // weight.shape[-1]
    return 2 * out.size * reduction
