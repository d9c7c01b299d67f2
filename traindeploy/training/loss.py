# SPDX-License-Identifier: Apache-2.0
"""The loss behind the model's output: which one, and what it is told."""

from dataclasses import dataclass

import numpy as np

from traindeploy.errors import UserError
from traindeploy.ir import Graph, Node, Tensor
from traindeploy.ir.emit import Emitter
from traindeploy.ops import OPERATORS
from traindeploy.records.run import LossName

# The operator of each loss that compares the output with targets of its size, by the name that users give it.
OF_TARGETS: dict[LossName, str] = {
    "mse": "SquaredError",
    "l1": "AbsoluteError",
    "huber": "Huber",
    "bce": "BinaryCrossEntropy",
}


@dataclass(frozen=True)
class Loss:
    """Of cross-entropy the share of the label's wish that all classes get, and a weight for each class (none: 1); of
    Huber's loss where its square ends.
    """

    name: LossName = "cross_entropy"
    smoothing: float = 0.0
    weights: tuple[float, ...] = ()
    delta: float = 1.0


def append_loss(graph: Graph, loss: Loss = Loss()) -> None:
    """``loss`` of the model's output (so far the graph's) and a new input of kind "label": the graph's new output.

    That is the class, int32 [1], or float32 targets [1,N] for the N elements of the output in the file's order.
    UserError if the loss does not take such an output.
    """
    if loss.name == "cross_entropy":
        _cross_entropy(graph, loss)
    else:
        _against_targets(graph, loss)


def _cross_entropy(graph: Graph, loss: Loss) -> None:
    emit = Emitter(graph, kind="loss")
    logits = emit.origin = graph.outputs[0]
    if emit.shape(logits)[0] != 1 or len(emit.shape(logits)) != 2:
        raise UserError(
            f"model '{graph.name}': output '{logits}' has shape {list(emit.shape(logits))}; expected logits [1,classes]"
            f"; LOSS={', '.join(OF_TARGETS)} take any shape"
        )
    if (end := _last_sigmoid(graph)) is not None:
        graph.notes.append(
            f"Sigmoid '{end.name}' ends the model: its results are taken for logits of one class among all, "
            "by softmax and cross-entropy; for several labels at once give LOSS=bce"
        )
    label = _label(emit, (1,), "int32")
    classes = emit.shape(logits)[1]
    if classes == 1:
        raise UserError(
            f"model '{graph.name}': output '{logits}' has a single class, whose loss is always 0; expected 2 or more, "
            "or LOSS=bce for one yes-or-no question"
        )
    outputs = [emit.fresh(name) for name in ("loss", "loss.probs")]
    op, inputs, attrs = "SoftmaxCrossEntropy", [logits, label], {}
    if loss.smoothing or loss.weights:
        op = "WeightedCrossEntropy"
        inputs.append(_weights(emit, loss, classes))
        attrs = _checked(op, own=1 - loss.smoothing + loss.smoothing / classes, others=loss.smoothing / classes)
    emit.op(op, outputs[0], inputs, [(1,), emit.shape(logits)], attrs, outputs=outputs)
    graph.tensors[outputs[1]].kind = "activation"
    graph.outputs = outputs[:1]


def _weights(emit: Emitter, loss: Loss, classes: int) -> str:
    if loss.weights and len(loss.weights) != classes:
        raise UserError(
            f"model '{emit.graph.name}': {classes} classes; expected as many CLASS_WEIGHTS, found {len(loss.weights)}"
        )
    data = np.array(loss.weights or (1.0,) * classes, np.float32).reshape(1, classes)
    return emit.graph.add(Tensor(emit.fresh("loss.weights"), data.shape, kind="constant", data=data)).name


def _against_targets(graph: Graph, loss: Loss) -> None:
    if graph.taken_off:
        raise UserError(
            f"model '{graph.name}': it ends in {graph.taken_off}, which only cross-entropy takes: LOSS={loss.name} "
            "would see what lies before it; export the model without it, or use LOSS=cross_entropy"
        )
    if loss.name == "bce":
        _take_off_sigmoid(graph)
    output = graph.outputs[0]
    size = graph.tensors[output].size
    y = Emitter(graph).reshape(output, (1, size))
    emit = Emitter(graph, kind="loss")
    emit.origin = output
    target = _label(emit, (1, size), "float32")
    op = OF_TARGETS[loss.name]
    given = {"scale": 1 / size, "delta": loss.delta}
    attrs = _checked(op, **{a.name: given[a.name] for a in OPERATORS[op].attributes})
    name = emit.fresh("loss")
    emit.op(op, name, [y, target], [(1,)], attrs, outputs=[name])
    graph.outputs = [name]


def _last_sigmoid(graph: Graph) -> Node | None:
    """The Sigmoid that ends the model, whatever shapes its result."""
    node = graph.producer(graph.outputs[0])
    while node is not None and node.op in ("Reshape", "Transpose"):
        node = graph.producer(node.inputs[0])
    return node if node is not None and node.op == "Sigmoid" else None


def _take_off_sigmoid(graph: Graph) -> None:
    """Binary cross-entropy has the Sigmoid of a model that ends in one, of logits that it then takes."""
    end = _last_sigmoid(graph)
    if end is None:
        return
    (probabilities,), (logits,) = end.outputs, end.inputs
    for node in graph.nodes:
        node.inputs = [logits if name == probabilities else name for name in node.inputs]
    graph.outputs = [logits if name == probabilities else name for name in graph.outputs]
    graph.nodes.remove(end)
    del graph.tensors[probabilities]
    graph.notes.append(f"Sigmoid '{end.name}' at the end of the model is taken off: LOSS=bce is computed from logits")


def _label(emit: Emitter, shape: tuple[int, ...], dtype: str) -> str:
    label = emit.graph.add(Tensor(emit.fresh("label"), shape, dtype=dtype, kind="label")).name
    emit.graph.inputs.append(label)
    return label


def _checked(op: str, **numbers: float) -> dict[str, float]:
    """Attributes of ``op`` as float32 holds them; UserError for what is refused."""
    named = {"delta": "HUBER_DELTA", "own": "LABEL_SMOOTHING", "others": "LABEL_SMOOTHING"}
    found = {}
    for attribute in OPERATORS[op].attributes:
        value = numbers[attribute.name]
        try:
            found[attribute.name] = attribute.rounded(value)
        except ValueError as error:
            raise UserError(f"{named.get(attribute.name, attribute.name)}: {value}: {error}") from None
    return found
