# SPDX-License-Identifier: Apache-2.0
"""Losses, which end the forward part, and their gradients, which begin the backward part."""

from traindeploy.ops.declare import with_kernel
from traindeploy.ops.operator import Operator, Port

_LABEL = Port("label", "label[1]", "one", "int32")
_PROBS = Port("probs", "probs[1,C]", "whole")

OPERATORS = (
    with_kernel(
        Operator(
            "SoftmaxCrossEntropy",
            "loss",
            "whole",
            (Port("logits", "logits[1,C]", "whole"), _LABEL),
            (Port("loss", "loss[1]", "one"), _PROBS),
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
            gradient="second derivatives are not taken",
        ),
        "td_softmax_cross_entropy_grad",
        "dlogits[i] = probs[i] - (i == label[0])",
        8.0,
    ),
)
