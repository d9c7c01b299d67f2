# SPDX-License-Identifier: Apache-2.0
"""Losses and their gradients."""

import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Spec
from traindeploy.verify.stimulus import Case


def cross_entropy(logits: torch.Tensor, label: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return F.cross_entropy(logits, label, reduction="none"), torch.softmax(logits, -1)


def cross_entropy_grad(probs: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """By autograd, at the logits log(probs)."""
    logits = torch.log(probs).requires_grad_()
    F.cross_entropy(logits, label).backward()
    assert logits.grad is not None
    return logits.grad


SPECS = {
    "SoftmaxCrossEntropy": Spec(
        torch=cross_entropy,
        share={"short": (0.45, 0.45), "medium": (0.4, 0.3), "long": (0.35, 0.25)},
        terms=lambda shape: shape[0],
        gradient_cases=(Case((6, 1)),),
    ),
    "SoftmaxCrossEntropyGrad": Spec(torch=cross_entropy_grad),
}
