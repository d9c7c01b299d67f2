# SPDX-License-Identifier: Apache-2.0
"""Softmax over the last dimension and its gradient."""

import torch

from tests.ops.spec import Spec, autograd


def row_softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, -1)


SPECS = {
    "Softmax": Spec(torch=row_softmax),
    # softmax(log y) = y: the gradient at that point
    "SoftmaxGrad": Spec(torch=lambda dy, y: autograd(row_softmax, dy, torch.log(y)), share=0.45),
}
