# SPDX-License-Identifier: Apache-2.0
"""Layer normalisation and softmax with their gradients; the last axis is the one that counts."""

from traindeploy.export.builder import Builder
from traindeploy.export.forms.form import Call, Form


def layer_norm(b: Builder, call: Call) -> list[str]:
    """Y, mean[R], 1 / sqrt(variance + epsilon) [R]."""
    x, gamma, beta = call.inputs
    mean = b.mean(x)
    centred = b.sub(x, mean)
    variance = b.mean(b.mul(centred, centred))
    rstd = b.op("Reciprocal", b.op("Sqrt", b.add(variance, b.number(call.attrs["epsilon"]))))
    return [b.add(b.mul(centred, rstd, gamma), beta), b.reshape(mean, -1), b.reshape(rstd, -1)]


def layer_norm_grad(b: Builder, call: Call) -> list[str]:
    """rstd (g - mean(g) - h mean(g h)), g = dY gamma, h = (X - mean) rstd."""
    dy, x, gamma, mean, rstd = call.inputs
    mean, rstd = b.reshape(mean, -1, 1), b.reshape(rstd, -1, 1)
    g, h = b.mul(dy, gamma), b.mul(b.sub(x, mean), rstd)
    return [b.mul(rstd, b.sub(b.sub(g, b.mean(g)), b.mul(h, b.mean(b.mul(g, h)))))]


def softmax(b: Builder, call: Call) -> list[str]:
    return [b.op("Softmax", call.inputs[0], axis=-1)]


def softmax_grad(b: Builder, call: Call) -> list[str]:
    """y (dy - sum(dy y))."""
    dy, y = call.inputs
    total = b.op("ReduceSum", b.mul(dy, y), b.integers(-1), keepdims=1)
    return [b.mul(y, b.sub(dy, total))]


FORMS: dict[str, Form] = {
    "LayerNorm": layer_norm,
    "LayerNormGrad": layer_norm_grad,
    "Softmax": softmax,
    "SoftmaxGrad": softmax_grad,
}
