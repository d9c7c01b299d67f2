# SPDX-License-Identifier: Apache-2.0
"""Normalisations."""

from traindeploy.errors import UserError
from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.training.rules.rule import Gradients, Rule


def layernorm(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
    if any(wanted[1:]):
        raise UserError(
            f"node '{node.name}': the scale or shift of a layer norm cannot be trained; expected them frozen: "
            "choose another strategy"
        )
    x, gamma, _ = node.inputs
    _, mean, rstd = node.outputs
    return [emit.one("LayerNormGrad", f"{node.name}.dX", [dy, x, gamma, mean, rstd], emit.shape(x)), None, None]


RULES: dict[str, Rule] = {"LayerNorm": layernorm}
