# SPDX-License-Identifier: Apache-2.0
"""Convolutions: both gradients are products."""

from math import prod

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.rule import Gradients, Rule


def conv(emit: Emitter, node: Node, dz: str, wanted: list[bool]) -> Gradients:
    """Z = M.Wt, M being the windows of X: dWt = M^T.dZ, dX = Col2im(dZ.Wt^T).

    Of stride 1 the latter is a convolution of dZ. Pixels that no window reaches, where the stride leaves a remainder,
    get +0.
    """
    x, w = node.inputs
    size = emit.shape(w)
    kernel, strides, pads = size[:2], tuple(node.attrs["strides"]), tuple(node.attrs["pads"])
    rows, length = prod(emit.shape(dz)[:-1]), prod(size[:3])
    if (kernel, strides, pads) == ((1, 1), (1, 1), (0, 0, 0, 0)):
        z = emit.reshape(dz, (rows, size[3]))
        flat = emit.transpose(emit.reshape(x, (rows, length))), emit.transpose(emit.reshape(w, (length, size[3])))
        dw = emit.reshape(emit.gemm(f"{node.name}.dW", flat[0], z), size) if wanted[1] else None
        return [emit.reshape(emit.gemm(f"{node.name}.dX", z, flat[1]), emit.shape(x)) if wanted[0] else None, dw]
    attrs = {"kernel": kernel, "strides": strides, "pads": pads}
    dw = emit.one("ConvWeightGrad", f"{node.name}.dW", [x, dz], size, **attrs) if wanted[1] else None
    if not wanted[0]:
        return [None, dw]
    if strides == (1, 1) and all(pad < kernel[i % 2] for i, pad in enumerate(pads)):
        return [emit.one("ConvInputGrad", f"{node.name}.dX", [dz, w], emit.shape(x), pads=pads), dw]
    flat_w = emit.transpose(emit.reshape(w, (length, size[3])))
    back = emit.gemm(f"{node.name}.dcolumns", emit.reshape(dz, (rows, size[3])), flat_w)
    dx = emit.one("Col2im", f"{node.name}.dX", [back], emit.shape(x), size=emit.shape(x)[1:3], **attrs)
    return [dx, dw]


RULES: dict[str, Rule] = {"Conv": conv}
