# SPDX-License-Identifier: Apache-2.0
"""One rule an ONNX operator, a module a family of operators.

A rule is called with the lowering and an ONNX node whose operands are known, and defines the node's outputs. It refuses
what our operators cannot do, with the node's name (``low.fail``). Operators that the catalogue maps one to one
(``Operator.onnx``) need no rule here: ``catalogue.RULES`` makes theirs.
"""

from traindeploy.frontend.lowering import Rule
from traindeploy.frontend.rules import (
    activation,
    catalogue,
    conv,
    elementwise,
    gemm,
    layout,
    norm,
    part,
    pool,
    reduce,
    select,
    softmax,
)

_MODULES = (activation, catalogue, conv, elementwise, gemm, layout, norm, part, pool, reduce, select, softmax)
RULES: dict[str, Rule] = {op: rule for module in _MODULES for op, rule in module.RULES.items()}
