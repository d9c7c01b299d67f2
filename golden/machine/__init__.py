# SPDX-License-Identifier: Apache-2.0
"""Machine models: each operator of docs/reference/operators.md in the firmware's or RedMule's own order of operations.

Arithmetic is exact FP32 (golden/fp32.py). ``OPS[op](node, inputs, attrs)`` takes and returns lists of float32 arrays
(labels: int32) of the node's logical shapes.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from golden.machine import cross_entropy, elementwise, gelu, gemm, layernorm, pool, reduce, softmax
from traindeploy.ir import Node

Model = Callable[[Node, list[np.ndarray], Mapping[str, Any]], list[np.ndarray]]

OPS: dict[str, Model] = {
    **gemm.OPS,
    **pool.OPS,
    **elementwise.OPS,
    **gelu.OPS,
    **layernorm.OPS,
    **softmax.OPS,
    **cross_entropy.OPS,
    **reduce.OPS,
}
