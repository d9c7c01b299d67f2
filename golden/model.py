# SPDX-License-Identifier: Apache-2.0
"""What a golden model of an operator is, machine or math: types that both share, and nothing else."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from traindeploy.ir import Node

Arrays = list[np.ndarray]
Attributes = Mapping[str, Any]
Model = Callable[[Node, Arrays, Attributes], Arrays]  # node, inputs, attributes -> outputs
Bound = Callable[[Node, Arrays, Arrays], Arrays]  # node, inputs, exact outputs -> largest errors
