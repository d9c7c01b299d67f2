# SPDX-License-Identifier: Apache-2.0
"""How a model ends: what its outputs are to the loss, which takes logits.

Training's loss is, if no other is asked for, the cross-entropy of softmax(logits). A file that ends in a Softmax or
LogSoftmax over its classes gives what that computes already, so it is taken off: the loss is then minus the logarithm
of the file's own output.
"""

import math

from traindeploy.frontend.lowering import Lowering
from traindeploy.frontend.source import ModelSource, OnnxNode

SHAPE_ONLY = ("Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze")  # a softmax over everything commutes with them


def is_end(source: ModelSource, node: OnnxNode) -> bool:
    """Whether ``node`` computes the output, whatever gives it its shape afterwards."""
    tensor = source.output
    while tensor not in node.outputs:
        producer = next((n for n in source.nodes if tensor in n.outputs), None)
        if producer is None or producer.domain or producer.op not in SHAPE_ONLY:
            return False
        tensor = next(list.__iter__(producer.inputs))
    return True


def take_off(low: Lowering, node: OnnxNode, normalised: int) -> None:
    """Let the output of a final Softmax or LogSoftmax be its input, and say so.

    ``normalised``: how many elements sum to one. UserError unless these are all of them.
    """
    size = math.prod(low.shape(node.inputs[0]))
    if normalised != size:
        raise low.fail(node, f"the model ends in it, over {normalised} of {size} outputs: expected over all classes")
    low.values[node.outputs[0]] = low.value(node.inputs[0])
    low.graph.taken_off = f"{node.op} '{node.name}'"
    low.graph.notes.append(
        f"{node.op} '{node.name}' at the end of the model is taken off: the loss is computed from its input, the logits"
    )
