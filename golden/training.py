# SPDX-License-Identifier: Apache-2.0
"""Several training steps on a golden model: the weights that one step updates are the next one's."""

from collections.abc import Mapping, Sequence

import numpy as np

from golden.executor import execute
from traindeploy.ir import Graph
from traindeploy.ops import replacements


def execute_steps(graph: Graph, samples: Sequence[Mapping[str, np.ndarray]]) -> list[dict[str, np.ndarray]]:
    """All tensors' values (machine model) of one training step per entry of ``samples``, as ``execute`` gives them."""
    weights: dict[str, np.ndarray] = {}
    steps = []
    for sample in samples:
        values = execute(graph, {**sample, **weights})
        weights |= {old: values[new] for new, old in replacements(graph).items()}
        steps.append(values)
    return steps
