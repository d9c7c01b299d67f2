# SPDX-License-Identifier: Apache-2.0
"""Gradients: one rule an operator, a module a family of operators.

A rule is called with an emitter of backward nodes, the forward node, the gradient ``dy`` of its first output (the loss
node has none: its gradient is 1), and which of its inputs want a gradient. It returns one gradient per input, None
where none is wanted. The gradient of a tensor has the tensor's shape. Where the catalogue states a gradient as data
(``ops.Gradient``) there is no rule here: ``catalogue.RULES`` makes it.
"""

from traindeploy.training.rules import (
    activation,
    catalogue,
    conv,
    depthwise,
    elementwise,
    gemm,
    layout,
    loss,
    norm,
    reduce,
)
from traindeploy.training.rules.rule import Gradients, Rule

_MODULES = (activation, catalogue, conv, depthwise, elementwise, gemm, layout, loss, norm, reduce)
RULES: dict[str, Rule] = {op: rule for module in _MODULES for op, rule in module.RULES.items()}

__all__ = ["RULES", "Gradients", "Rule"]
