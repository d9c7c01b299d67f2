# SPDX-License-Identifier: Apache-2.0
"""Softmax cross-entropy and its gradient: one task each (a row of logits, one label)."""

from traindeploy.ir import Node
from traindeploy.schedule import costs
from traindeploy.schedule.task import Operand, Task, Tiling

FIELDS = {
    "SoftmaxCrossEntropy": ("td_softmax_xent", ("logits", "label"), ("loss", "probs")),
    "SoftmaxCrossEntropyGrad": ("td_softmax_xent_grad", ("probs", "label"), ("dlogits",)),
}


def tile_loss(tiling: Tiling, node: Node) -> list[Task]:
    """The one task of the node."""
    kernel, inputs, outputs = FIELDS[node.op]
    args: dict[str, Operand | int | float | None] = {}
    for names, fields, write in ((node.inputs, inputs, False), (node.outputs, outputs, True)):
        for name, field in zip(names, fields, strict=True):
            args[field] = tiling.slice(name, 0, tiling.graph.tensors[name].size, write=write)
    count = tiling.graph.tensors[node.inputs[0]].size
    args["n"] = count
    return [Task(node, node.name, "cores", kernel, args, costs.kernel(kernel, 8 * count))]
