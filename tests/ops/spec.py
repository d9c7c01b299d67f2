# SPDX-License-Identifier: Apache-2.0
"""What the tests of an operator need beyond the catalogue and its stimulus: a function of PyTorch, a share.

Each family has a small table of these, ``tests/ops/<family>.py: SPECS``. Shapes, attributes, inputs and calls are those
of traindeploy/verify/stimuli, which ``traindeploy verify`` uses too.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from golden.model import Arrays
from traindeploy.ops import OPERATORS
from traindeploy.verify.stimulus import Attrs, Case, Shape

Share = float | tuple[float, ...]
CLASSES = {"short": 1, "medium": 16, "long": 64}  # size class -> terms of a sum from which on


@dataclass(frozen=True, kw_only=True)
class Spec:
    """``torch`` takes the inputs as float64 tensors, and the attributes, and returns the output or all outputs.

    ``share``: of its bound, what the largest error of each output reaches over all cases of a size class (``CLASSES``),
    of some classes, or of all; or why that is not asked. ``terms``: how many terms a sum has, by shape (default: those
    of a row, otherwise 1). ``trained`` are the inputs whose gradient the rule gives (default: all of float32),
    ``gradient_cases`` what it is checked on. ``absent`` says of "models" and "kernel" why there are none.
    """

    torch: Callable[..., Any]
    share: Share | Mapping[str, Share] | str = 0.5
    terms: Callable[[Shape], int] | None = None
    trained: tuple[str, ...] | None = None
    gradient_cases: tuple[Case, ...] = (Case((4, 6)),)
    absent: Mapping[str, str] = field(default_factory=dict)


def size_class(op: str, spec: Spec, case: Case) -> str:
    """By the number of terms of the longest sum in a result: errors grow with it, and so do bounds."""
    count = spec.terms(case.shape) if spec.terms else case.shape[-1] if OPERATORS[op].pattern == "row" else 1
    return [name for name, least in CLASSES.items() if count >= least][-1]


def in_torch(spec: Spec, inputs: Arrays, attrs: Attrs) -> Iterator[np.ndarray]:
    """The outputs that PyTorch computes in float64."""
    dtype = {np.dtype(np.int32): torch.int64}
    result = spec.torch(*(torch.tensor(i, dtype=dtype.get(i.dtype, torch.float64)) for i in inputs), **attrs)
    for output in result if isinstance(result, tuple) else (result,):
        yield output.detach().numpy()


def autograd(function: Callable[..., torch.Tensor], dy: torch.Tensor, *leaves: torch.Tensor) -> torch.Tensor:
    """The gradient of the first of ``leaves``, ``dy`` being that of ``function(*leaves)``."""
    first = leaves[0].detach().requires_grad_()
    function(first, *leaves[1:]).backward(dy)
    assert first.grad is not None
    return first.grad
