# SPDX-License-Identifier: Apache-2.0
"""Activation functions and their gradients."""

from traindeploy.ops.declare import elementwise
from traindeploy.ops.operator import Gradient

OPERATORS = (
    elementwise(
        "Relu",
        "activation",
        "td_relu",
        "x:X",
        "out:Y",
        order="`fmax(x, +0)`",
        comment="out[i] = fmax(x[i], +0)",
        cycles=3.7,
        onnx="Relu",
        gradient=Gradient("ReluGrad", ("dy", "x")),
    ),
    elementwise(
        "ReluGrad",
        "activation",
        "td_relu_grad",
        "dy:dY x:X",
        "dx:dX",
        order="`x > 0 ? dy : +0`",
        comment="dx[i] = x[i] > 0 ? dy[i] : +0",
        cycles=7.0,
        gradient="second derivatives are not taken",
    ),
    elementwise(
        "Gelu",
        "activation",
        "td_gelu",
        "x:X",
        "out:Y",
        order="x Phi(x), the exact (erf) form: firmware/kernels/activation.c",
        comment="out[i] = x[i] * Phi(x[i])",
        cycles=60.0,
        gradient=Gradient("GeluGrad", ("dy", "x")),
    ),
    elementwise(
        "GeluGrad",
        "activation",
        "td_gelu_grad",
        "dy:dY x:X",
        "dx:dX",
        order="dy (Phi(x) + x phi(x)), X being the forward node's own input: firmware/kernels/activation.c",
        comment="dx[i] = dy[i] * (Phi(x[i]) + x[i] * phi(x[i]))",
        cycles=75.0,
        gradient="second derivatives are not taken",
    ),
)
