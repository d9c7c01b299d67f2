# SPDX-License-Identifier: Apache-2.0
"""The ends of a training step: the loss behind the logits, and SGD behind the gradients."""

import math
from dataclasses import replace

import numpy as np

from traindeploy.errors import UserError
from traindeploy.ir import Graph, Node, Tensor
from traindeploy.ir.emit import Emitter

LABEL = "label"


def append_loss(graph: Graph) -> None:
    """SoftmaxCrossEntropy of the logits (so far the output) and a new int32 input ``label`` [1]: the new output."""
    emit = Emitter(graph, kind="loss")
    logits = emit.origin = graph.outputs[0]
    if emit.shape(logits)[0] != 1 or len(emit.shape(logits)) != 2:
        raise UserError(
            f"model '{graph.name}': output '{logits}' has shape {list(emit.shape(logits))}; expected logits [1,classes]"
        )
    graph.add(Tensor(LABEL, (1,), dtype="int32", kind="label"))
    graph.inputs.append(LABEL)
    emit.op("SoftmaxCrossEntropy", "loss", [logits, LABEL], [(1,), emit.shape(logits)], outputs=["loss", "loss.probs"])
    graph.tensors["loss.probs"].kind = "activation"
    graph.outputs = ["loss"]


def append_sgd(graph: Graph, gradients: dict[str, str], lr: float) -> None:
    """One Sgd node per parameter, w_new = w - lr * g: further outputs. UserError unless ``lr`` is positive."""
    if not (lr > 0 and math.isfinite(lr)):
        raise UserError(f"learning rate {lr}: expected a positive number")
    emit = Emitter(graph, phase="update", kind="updated")
    for parameter, gradient in gradients.items():
        emit.origin = parameter
        emit.op(
            "Sgd",
            f"sgd.{parameter}",
            [parameter, gradient],
            [emit.shape(parameter)],
            {"lr": float(np.float32(lr))},
            [f"{parameter}.new"],
        )
        graph.outputs.append(f"{parameter}.new")


def place_updates(graph: Graph) -> None:
    """Move each Sgd up to just behind the last reader of its parameter and the producer of its gradient.

    Its result takes the parameter's place in memory, so no reader may follow it; and the sooner it runs, the shorter
    its gradient lives.
    """
    updates = [n for n in graph.nodes if n.op == "Sgd"]
    graph.nodes = [n for n in graph.nodes if n.op != "Sgd"]
    behind: dict[int, list[Node]] = {}
    for update in updates:
        owners = {graph.storage(i).name for i in update.inputs}
        touching = (
            i
            for i, n in enumerate(graph.nodes)
            if any(graph.storage(t).name in owners for t in (*n.inputs, *n.outputs))
        )
        behind.setdefault(max(touching), []).append(update)
    graph.nodes = [n for i, node in enumerate(graph.nodes) for n in (node, *behind.get(i, []))]


def name_gradients(graph: Graph) -> None:
    """Call the gradient that updates parameter ``p`` ``p.grad``, unless other updates read its storage too."""
    updates = [n for n in graph.nodes if n.op == "Sgd"]
    read = [graph.storage(n.inputs[1]).name for n in updates]
    for update, gradient in zip(updates, read, strict=True):
        if update.inputs[1] == gradient and read.count(gradient) == 1:
            _rename(graph, gradient, f"{update.inputs[0]}.grad")


def _rename(graph: Graph, old: str, new: str) -> None:
    tensor = graph.tensors[old]
    tensor.name = new
    graph.tensors = {(new if n == old else n): t for n, t in graph.tensors.items()}
    for other in graph.tensors.values():
        if other.view is not None and other.view.base == old:
            other.view = replace(other.view, base=new)
    for node in graph.nodes:
        node.inputs = [new if i == old else i for i in node.inputs]
        node.outputs = [new if o == old else o for o in node.outputs]
