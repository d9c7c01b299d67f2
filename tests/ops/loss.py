# SPDX-License-Identifier: Apache-2.0
"""Losses and their gradients. A shape is (classes, label)."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Arrays, Attrs, Case, Draw, Shape, Spec, over

LABELLED: tuple[Shape, ...] = tuple(
    (n, label) for n in (1, 2, 10, 20, 100) for label in sorted({0, 3 % n, n // 2, n - 1})
)
OUTSIDE = tuple(Case((10, label), kernel_only=True) for label in (-1, 10))


def cross_entropy(logits: torch.Tensor, label: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return F.cross_entropy(logits, label, reduction="none"), torch.softmax(logits, -1)


def cross_entropy_grad(probs: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """By autograd, at the logits log(probs)."""
    logits = torch.log(probs).requires_grad_()
    F.cross_entropy(logits, label).backward()
    assert logits.grad is not None
    return logits.grad


def logits(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    classes, label = shape
    return [d.normal(1, classes, scale=3.0), np.array([label], np.int32)]


def probabilities(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    classes, label = shape
    return [d.probabilities(1, classes), np.array([label], np.int32)]


SPECS = {
    "SoftmaxCrossEntropy": Spec(
        torch=cross_entropy,
        cases=over(LABELLED) + OUTSIDE,
        draw=logits,
        share={"short": (0.45, 0.45), "medium": (0.4, 0.3), "long": (0.35, 0.25)},
        terms=lambda shape: shape[0],
        gradient_cases=(Case((6, 1)),),
    ),
    "SoftmaxCrossEntropyGrad": Spec(torch=cross_entropy_grad, cases=over(LABELLED) + OUTSIDE, draw=probabilities),
}
