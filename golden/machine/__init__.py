# SPDX-License-Identifier: Apache-2.0
"""Machine models: each operator of the catalogue in the firmware's or RedMule's own order of operations.

Arithmetic is exact FP32 (golden/fp32.py). ``OPS[op](node, inputs, attrs)`` takes and returns lists of float32 arrays
(labels: int32) of the node's logical shapes. A module a family; ``functions`` are the scalar functions they share.
"""

from golden.model import Model
from traindeploy.ir.families import by_family

OPS: dict[str, Model] = {op: model for table in by_family(__name__, "OPS").values() for op, model in table.items()}
