# SPDX-License-Identifier: Apache-2.0
"""Losses, which end the forward part, and their gradients, which begin the backward part."""

from traindeploy.ops.declare import elementwise, with_kernel
from traindeploy.ops.operator import Attribute, Operator, Port

_LABEL = Port("label", "label[1]", "one", "int32")
_PROBS = Port("probs", "probs[1,C]", "whole")
_LOGITS = Port("logits", "logits[1,C]", "whole")
_LOSS = Port("loss", "loss[1]", "one")
_WEIGHTS = Port("weights", "weights[1,C]", "whole")
_SHARES = (Attribute("own", low=0.0), Attribute("others", low=0.0))
_SCALE = Attribute("scale", positive=True)
_DELTA = Attribute("delta", positive=True)
NO_SECOND = "second derivatives are not taken"


def _of_targets(
    name: str, kernel: str, attributes: tuple[Attribute, ...], cycles: float, formula: str, order: str, slope: str,
    slope_order: str,
) -> tuple[Operator, Operator]:  # fmt: skip
    """A loss that is ``scale`` times a sum over pairs of an output ``y`` and its target, and its gradient."""
    outputs = Port("y", "Y[*]", "whole"), Port("target", "T[*]", "whole")
    return (
        with_kernel(
            Operator(name, "loss", "whole", outputs, (_LOSS,), order, None, attributes), kernel, formula, cycles
        ),
        elementwise(
            f"{name}Grad", "loss", f"{kernel}_grad", "y:Y target:T", "dy:dY", order=slope_order, comment=slope,
            cycles=cycles, attributes=attributes, gradient=NO_SECOND,
        ),
    )  # fmt: skip


OPERATORS = (
    with_kernel(
        Operator(
            "SoftmaxCrossEntropy",
            "loss",
            "whole",
            (_LOGITS, _LABEL),
            (_LOSS, _PROBS),
            "firmware/kernels/loss.c",
        ),
        "td_softmax_cross_entropy",
        "loss[0] = -log(softmax(logits)[label[0]]), probs[n] = softmax(logits)",
        80.0,
    ),
    with_kernel(
        Operator(
            "SoftmaxCrossEntropyGrad",
            "loss",
            "whole",
            (_PROBS, _LABEL),
            (Port("dlogits", "dlogits[1,C]", "whole"),),
            "`p - onehot` (batch 1)",
            gradient=NO_SECOND,
        ),
        "td_softmax_cross_entropy_grad",
        "dlogits[i] = probs[i] - (i == label[0])",
        8.0,
    ),
    with_kernel(
        Operator(
            "WeightedCrossEntropy",
            "loss",
            "whole",
            (_LOGITS, _LABEL, _WEIGHTS),
            (_LOSS, _PROBS),
            "firmware/kernels/loss.c",
            None,
            _SHARES,
        ),
        "td_weighted_cross_entropy",
        "probs = softmax(logits), loss[0] = -sum(q * log(probs)), q[n] = weights[n] * (n == label[0] ? own : others)",
        90.0,
    ),
    with_kernel(
        Operator(
            "WeightedCrossEntropyGrad",
            "loss",
            "whole",
            (_PROBS, _LABEL, _WEIGHTS),
            (Port("dlogits", "dlogits[1,C]", "whole"),),
            "`fma(sum(q), p, -q)`, `q = weights * (own or others)`",
            None,
            _SHARES,
            gradient=NO_SECOND,
        ),
        "td_weighted_cross_entropy_grad",
        "dlogits[n] = sum(q) * probs[n] - q[n], q[n] = weights[n] * (n == label[0] ? own : others)",
        16.0,
    ),
    *_of_targets(
        "SquaredError",
        "td_squared_error",
        (_SCALE,),
        7.0,
        "loss[0] = scale * sum((y[i] - target[i])^2)",
        "`d = y - t`, `fma(d, d, ...)` ascending from +0, `* scale`",
        "dy[i] = (y[i] - target[i]) * scale",
        "`(y - t) * scale`",
    ),
    *_of_targets(
        "AbsoluteError",
        "td_absolute_error",
        (_SCALE,),
        9.0,
        "loss[0] = scale * sum(|y[i] - target[i]|)",
        "`d = y - t`, `|d|` added ascending, `* scale`",
        "dy[i] = scale * sign(y[i] - target[i])",
        "`d = y - t`, `d > 0 ? scale : d < 0 ? -scale : d`",
    ),
    *_of_targets(
        "Huber",
        "td_huber",
        (_SCALE, _DELTA),
        12.0,
        "loss[0] = scale * sum(c * (a - c / 2)), a = |y[i] - target[i]|, c = min(a, delta)",
        "`a = |y - t|`, `c = a > delta ? delta : a`, `fma(c, fma(-0.5, c, a), ...)` ascending from +0, `* scale`",
        "dy[i] = scale * min(max(y[i] - target[i], -delta), delta)",
        "`d = y - t` between `-delta` and `delta`, `* scale`",
    ),
    *_of_targets(
        "BinaryCrossEntropy",
        "td_binary_cross_entropy",
        (_SCALE,),
        60.0,
        "loss[0] = scale * sum(log(1 + exp(y[i])) - y[i] * target[i])",
        "`fma(-y, t, log(1 + exp(-|y|)) + (y < 0 ? +0 : y))` added ascending, `* scale`",
        "dy[i] = (sigmoid(y[i]) - target[i]) * scale",
        "`e = exp(-|y|)`, `r = recip(1 + e)`, `(r * (y < 0 ? e : 1) - t) * scale`",
    ),
)
