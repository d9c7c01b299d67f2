# SPDX-License-Identifier: Apache-2.0
"""Normalisations."""

import numpy as np

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.gemm import sum_rows
from traindeploy.training.rules.rule import Gradients, Rule

NEUTRAL = (("ones", 1.0), ("zeros", 0.0))  # a scale and a shift that change nothing


def layernorm(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    """dShift is the sum of the rows of dY, dScale that of dY times the normalised rows: the operator without both."""
    x, gamma, _ = node.inputs
    _, mean, rstd = node.outputs
    shape, columns = emit.shape(x), emit.shape(gamma)
    grads: Gradients = [None, None, None]
    if wanted[0]:
        grads[0] = emit.one("LayerNormGrad", f"{node.name}.dX", [dy, x, gamma, mean, rstd], shape)
    if wanted[1]:
        rows = [_constant(emit, f"{node.name}.{word}", np.full(columns, value)) for word, value in NEUTRAL]
        shapes = [shape, emit.shape(mean), emit.shape(rstd)]
        normalised = emit.op("LayerNorm", f"{node.name}.normalised", [x, *rows], shapes, dict(node.attrs))[0]
        scaled = emit.one("Mul", f"{node.name}.dY.normalised", [dy, normalised], shape)
        grads[1] = sum_rows(emit, f"{node.name}.dScale", scaled)
    if wanted[2]:
        grads[2] = sum_rows(emit, f"{node.name}.dShift", dy)
    return grads


def _constant(emit: Emitter, name: str, data: np.ndarray) -> str:
    tensor = emit.parameter(emit.fresh(name), data)
    emit.graph.tensors[tensor].kind = "constant"
    return tensor


RULES: dict[str, Rule] = {"LayerNorm": layernorm}
