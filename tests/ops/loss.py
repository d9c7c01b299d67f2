# SPDX-License-Identifier: Apache-2.0
"""Losses and their gradients."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812

from tests.ops.spec import Spec, autograd
from traindeploy.verify.stimuli.loss import DELTAS, SCALES, SHARES
from traindeploy.verify.stimulus import Case


def cross_entropy(logits: torch.Tensor, label: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return F.cross_entropy(logits, label, reduction="none"), torch.softmax(logits, -1)


def cross_entropy_grad(probs: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """By autograd, at the logits log(probs)."""
    logits = torch.log(probs).requires_grad_()
    F.cross_entropy(logits, label).backward()
    assert logits.grad is not None
    return logits.grad


def weighted(logits: torch.Tensor, label: torch.Tensor, weights: torch.Tensor, own: float, others: float) -> Any:
    """The wish for a class by itself, and that for all of them, of PyTorch's sums."""
    for_all = F.cross_entropy(logits, label, weights[0], reduction="sum", label_smoothing=1.0) * logits.shape[-1]
    for_own = F.cross_entropy(logits, label, weights[0], reduction="sum")
    return ((own - others) * for_own + others * for_all).reshape(1), torch.softmax(logits, -1)


def weighted_grad(
    probs: torch.Tensor, label: torch.Tensor, weights: torch.Tensor, own: float, others: float
) -> torch.Tensor:
    logits = torch.log(probs).requires_grad_()
    weighted(logits, label, weights, own, others)[0].sum().backward()
    assert logits.grad is not None
    return logits.grad


def against_targets(loss: Callable[..., torch.Tensor]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """PyTorch's ``loss`` by sum, times the scale, and its gradient."""

    def value(y: torch.Tensor, target: torch.Tensor, scale: float, **attrs: float) -> torch.Tensor:
        return (scale * loss(y, target, reduction="sum", **attrs)).reshape(1)

    def slope(y: torch.Tensor, target: torch.Tensor, scale: float, **attrs: float) -> torch.Tensor:
        return autograd(
            lambda each: loss(each, target, reduction="sum", **attrs), torch.tensor(scale, dtype=torch.float64), y
        )

    return value, slope


SQUARED, ABSOLUTE = against_targets(F.mse_loss), against_targets(F.l1_loss)
HUBER = against_targets(F.huber_loss)
BINARY = against_targets(F.binary_cross_entropy_with_logits)


def summed(short: float, medium: float, long: float) -> dict[str, Any]:
    """Sums, by their length."""
    return {"share": {"short": short, "medium": medium, "long": long}, "terms": lambda shape: shape[0]}


GRADIENT_CASES = (Case((6,), SCALES[1]),)

SPECS = {
    "SoftmaxCrossEntropy": Spec(
        torch=cross_entropy,
        share={"short": (0.45, 0.45), "medium": (0.4, 0.3), "long": (0.35, 0.25)},
        terms=lambda shape: shape[0],
        gradient_cases=(Case((6, 1)),),
    ),
    "SoftmaxCrossEntropyGrad": Spec(torch=cross_entropy_grad),
    "WeightedCrossEntropy": Spec(
        torch=weighted,
        share={"short": (0.4, 0.45), "medium": (0.4, 0.4), "long": (0.3, 0.4)},
        terms=lambda shape: shape[0],
        gradient_cases=(Case((6, 1), SHARES[2]),),
    ),
    "WeightedCrossEntropyGrad": Spec(torch=weighted_grad),
    "SquaredError": Spec(torch=SQUARED[0], **summed(0.7, 0.25, 0.15), gradient_cases=GRADIENT_CASES),
    "SquaredErrorGrad": Spec(torch=lambda y, target, scale: SQUARED[1](y, target, scale) / 2),
    "AbsoluteError": Spec(torch=ABSOLUTE[0], **summed(0.65, 0.2, 0.12), gradient_cases=GRADIENT_CASES),
    "AbsoluteErrorGrad": Spec(torch=ABSOLUTE[1], share="exact: nothing is rounded"),
    "Huber": Spec(torch=HUBER[0], **summed(0.7, 0.3, 0.14), gradient_cases=(Case((6,), DELTAS[2]),)),
    "HuberGrad": Spec(torch=HUBER[1]),
    "BinaryCrossEntropy": Spec(torch=BINARY[0], **summed(0.45, 0.2, 0.12), gradient_cases=GRADIENT_CASES),
    "BinaryCrossEntropyGrad": Spec(torch=BINARY[1]),
}
