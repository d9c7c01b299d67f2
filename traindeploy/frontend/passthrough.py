# SPDX-License-Identifier: Apache-2.0
"""Nodes that hand their input on: Identity, Dropout outside training, a Cast to float32 of what is float32.

They are taken out before patterns are looked for, and a weight that is used under two names stays one weight.
"""

import onnx

from traindeploy.errors import UserError
from traindeploy.frontend.source import ModelSource, OnnxNode


def hands_on(source: ModelSource, node: OnnxNode) -> bool:
    """Whether ``node``'s first output is its first input. UserError for Dropout that drops, or whose mask is read.

    Constants that the node reads are known already.
    """
    if node.domain:
        return False
    if node.op == "Dropout":
        _check_dropout(source, node)
    if node.op == "Cast":
        constant = source.constants.get(node.inputs[0])
        is_float = node.inputs[0] in source.float32 if constant is None else constant.dtype == "float32"
        return is_float and node.attrs["to"] == onnx.TensorProto.FLOAT
    return node.op in ("Dropout", "Identity")


def _check_dropout(source: ModelSource, node: OnnxNode) -> None:
    """Opsets before 12 have no training mode; later ones take it as third input, false if it is left out."""
    where = f"{source.file}: node '{node.name}' (Dropout)"
    mode = node.optional(2)
    training = source.constants.get(mode)
    ratio = source.constants.get(node.optional(1))
    drops = ratio is None or bool(ratio.reshape(-1)[0])  # at a ratio of 0 training mode is without effect
    if mode and drops and (training is None or bool(training.reshape(-1)[0])):
        what = "may be in training mode" if training is None else "is in training mode"
        raise UserError(f"{where}: {what}; export the model in evaluation mode (model.eval())")
    if len(node.outputs) > 1 and node.outputs[1]:
        raise UserError(
            f"{where}: its mask '{node.outputs[1]}' is read, which is not supported; use its first output only"
        )
