# SPDX-License-Identifier: Apache-2.0
"""A training graph round one operator, for its gradient rule."""

import numpy as np

from golden import math
from tests.ops.spec import Spec
from traindeploy.ir import Graph
from traindeploy.ir.emit import Emitter
from traindeploy.ir.views import fold_views
from traindeploy.ops import OPERATORS
from traindeploy.training.autodiff import differentiate
from traindeploy.training.loss import OF_TARGETS, Loss, append_loss
from traindeploy.verify.call import node_of
from traindeploy.verify.stimuli import STIMULI
from traindeploy.verify.stimulus import Case, float32, inputs_of
from traindeploy.verify.values import Draw

CLASSES = 3
LABEL = np.array([1], np.int32)


def network(op: str, spec: Spec, case: Case) -> Graph:
    """Inputs are parameters called as the ports; logits are the first output times a matrix [*,3]."""
    inputs = float32(inputs_of(op, STIMULI[op], case, Draw(5, smooth=True)))
    fields = [port.field for port in OPERATORS[op].inputs]
    trained = fields if spec.trained is None else spec.trained
    graph = Graph(op)
    emit = Emitter(graph)
    names = [emit.parameter(f, x, trainable=f in trained) for f, x in zip(fields, inputs, strict=False)]
    if "models" in spec.absent:  # a layout that is folded away
        y = emit.reshape(names[0], (inputs[0].size // CLASSES, CLASSES))
    else:
        shapes = [output.shape for output in math.OPS[op](node_of(op, inputs, case.attrs), inputs, case.attrs)]
        y = emit.op(op, "op", names, shapes, dict(case.attrs))[0]
    size = graph.tensors[y].size
    head = Draw(6).normal(size, CLASSES)
    emit.gemm("logits", emit.reshape(y, (1, size)), emit.parameter("head", head))
    graph.outputs = ["logits"]
    append_loss(graph)
    return graph


def with_gradients(graph: Graph) -> dict[str, str]:
    """Differentiate and fold the graph; the tensor that is each trained parameter's gradient then."""
    gradients = differentiate(graph)
    graph.check()
    before = len(graph.outputs)
    graph.outputs += gradients.values()
    fold_views(graph)
    return dict(zip(gradients, graph.outputs[before:], strict=True))


NAMES = {op: name for name, op in OF_TARGETS.items()}


def loss_network(op: str, case: Case) -> Graph:
    """The operator is the loss itself, of an output that is a parameter; its attributes are those of ``case``."""
    output, *others = inputs_of(op, STIMULI[op], case, Draw(5, smooth=True))
    graph = Graph("loss")
    emit = Emitter(graph)
    graph.outputs = [emit.parameter("logits", output.reshape(1, -1), trainable=True)]
    weights = tuple(others[1].reshape(-1)) if len(others) > 1 else ()
    append_loss(graph, Loss(NAMES.get(op, "cross_entropy"), weights=weights))
    graph.nodes[-1].attrs.update(case.attrs)
    return graph


def label_of(graph: Graph) -> np.ndarray:
    """A class, or targets, for the graph's loss."""
    label = graph.tensors["label"]
    return LABEL if label.dtype == "int32" else Draw(6).random.uniform(0.0, 1.0, label.shape).astype(np.float32)
