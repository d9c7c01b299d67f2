# SPDX-License-Identifier: Apache-2.0
"""Convolutions: both gradients are products, of the image's windows as rows and of what those rows get back."""

from math import prod

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.rule import Gradients, Rule


def conv(emit: Emitter, node: Node, dz: str, wanted: list[bool]) -> Gradients:
    """Z = M.Wt, M = Im2col(X): dWt = M^T.dZ, dX = Col2im(dZ.Wt^T).

    Pixels that no window reaches, where the stride leaves a remainder, get +0.
    """
    x, w = node.inputs
    kernel_h, kernel_w, channels, filters = emit.shape(w)
    rows, length = prod(emit.shape(dz)[:-1]), kernel_h * kernel_w * channels
    flat = emit.reshape(dz, (rows, filters))
    attrs = {"kernel": (kernel_h, kernel_w), "strides": node.attrs["strides"], "pads": node.attrs["pads"]}
    point = (attrs["kernel"], tuple(attrs["strides"]), tuple(attrs["pads"])) == ((1, 1), (1, 1), (0, 0, 0, 0))
    grads: Gradients = [None, None]
    if wanted[1]:
        if point:
            columns = emit.reshape(x, (rows, length))
        else:
            columns = emit.one("Im2col", f"{node.name}.columns", [x], (rows, length), **attrs)
        grads[1] = emit.reshape(emit.gemm(f"{node.name}.dW", emit.transpose(columns), flat), emit.shape(w))
    if wanted[0]:
        back = emit.gemm(f"{node.name}.dcolumns", flat, emit.transpose(emit.reshape(w, (length, filters))))
        shape = emit.shape(x)
        if point:
            grads[0] = emit.reshape(back, shape)
        else:
            grads[0] = emit.one("Col2im", f"{node.name}.dX", [back], shape, size=shape[1:3], **attrs)
    return grads


RULES: dict[str, Rule] = {"Conv": conv}
