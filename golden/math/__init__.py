# SPDX-License-Identifier: Apache-2.0
"""Float64 models of every operator, from its definition, and bounds on what FP32 arithmetic may differ from them.

``OPS[op](node, inputs, attrs)`` returns the outputs as float64 arrays; inputs are arrays of the node's logical shapes
(a view already applied). ``BOUNDS[op](node, inputs, outputs)`` returns, for each output, the largest absolute error
per element that an FP32 evaluation of the same inputs may have: derived from the number of roundings
(``golden.math.rounding``), valid for any order of summation, and independent of the code in ``golden/machine`` that it
judges. A module a family; its ``OPERATORS`` pair model and bound.
"""

from golden.model import Bound, Model
from traindeploy.ir.families import by_family

_TABLES = by_family(__name__, "OPERATORS").values()
OPS: dict[str, Model] = {op: model for table in _TABLES for op, (model, _) in table.items()}
BOUNDS: dict[str, Bound] = {op: bound for table in _TABLES for op, (_, bound) in table.items()}
