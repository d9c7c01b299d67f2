# SPDX-License-Identifier: Apache-2.0
"""Losses and their gradients."""

import numpy as np
from onnx import TensorProto

from traindeploy.export.builder import Builder
from traindeploy.export.forms.form import Call, Form


def cross_entropy(b: Builder, call: Call) -> list[str]:
    """logits[1,C], label[1] -> loss[1], probabilities [1,C]."""
    logits, label = call.inputs
    own = b.op("Gather", b.reshape(b.op("LogSoftmax", logits, axis=-1), -1), label)
    return [b.op("Neg", own), b.op("Softmax", logits, axis=-1)]


def cross_entropy_grad(b: Builder, call: Call) -> list[str]:
    """Probabilities, less 1 at the label."""
    probabilities, label = call.inputs
    return [b.sub(probabilities, _chosen(b, call, label, 0.0, 1.0))]


def _chosen(b: Builder, call: Call, label: str, others: float, own: float) -> str:
    """[1,C]: ``own`` at the label, else ``others``."""
    classes = b.constant(np.array(call.shapes[0][-1], np.int64))
    ends = b.constant(np.array([others, own], b.floating))
    wide = b.op("Cast", label, to=TensorProto.INT64)  # onnxruntime has no OneHot of int32
    return b.op("OneHot", wide, classes, ends)


def _wished(b: Builder, call: Call) -> str:
    """[1,C]: the classes' weights, times own at the label, else others."""
    _, label, weights = call.inputs
    return b.mul(weights, _chosen(b, call, label, call.attrs["others"], call.attrs["own"]))


def _total(b: Builder, terms: str) -> str:
    """Of all elements, [1]."""
    return b.op("ReduceSum", b.reshape(terms, -1), b.integers(0), keepdims=1)


def weighted_cross_entropy(b: Builder, call: Call) -> list[str]:
    """logits[1,C], label[1], weights[1,C] -> loss[1], probabilities [1,C]."""
    logits = call.inputs[0]
    costs = b.mul(_wished(b, call), b.op("LogSoftmax", logits, axis=-1))
    return [b.op("Neg", _total(b, costs)), b.op("Softmax", logits, axis=-1)]


def weighted_cross_entropy_grad(b: Builder, call: Call) -> list[str]:
    wished = _wished(b, call)
    return [b.sub(b.mul(_total(b, wished), call.inputs[0]), wished)]


def _scaled(b: Builder, call: Call, value: str) -> list[str]:
    return [b.mul(value, b.number(call.attrs["scale"]))]


def _difference(b: Builder, call: Call) -> str:
    return b.sub(*call.inputs)


def squared_error(b: Builder, call: Call) -> list[str]:
    d = _difference(b, call)
    return _scaled(b, call, _total(b, b.mul(d, d)))


def squared_error_grad(b: Builder, call: Call) -> list[str]:
    return _scaled(b, call, _difference(b, call))


def absolute_error(b: Builder, call: Call) -> list[str]:
    return _scaled(b, call, _total(b, b.op("Abs", _difference(b, call))))


def absolute_error_grad(b: Builder, call: Call) -> list[str]:
    return _scaled(b, call, b.op("Sign", _difference(b, call)))


def huber(b: Builder, call: Call) -> list[str]:
    """c (a - c / 2) of a = |d|, c = min(a, delta)."""
    a = b.op("Abs", _difference(b, call))
    c = b.op("Min", a, b.number(call.attrs["delta"]))
    return _scaled(b, call, _total(b, b.mul(c, b.sub(a, b.mul(c, b.number(0.5))))))


def huber_grad(b: Builder, call: Call) -> list[str]:
    low, high = (b.number(sign * call.attrs["delta"]) for sign in (-1, 1))
    return _scaled(b, call, b.op("Min", b.op("Max", _difference(b, call), low), high))


def binary_cross_entropy(b: Builder, call: Call) -> list[str]:
    """log(1 + exp(-|y|)) + max(y, 0) - y t: does not overflow."""
    y, target = call.inputs
    small = b.op("Log", b.add(b.number(1), b.op("Exp", b.op("Neg", b.op("Abs", y)))))
    return _scaled(b, call, _total(b, b.sub(b.add(small, b.op("Relu", y)), b.mul(y, target))))


def binary_cross_entropy_grad(b: Builder, call: Call) -> list[str]:
    y, target = call.inputs
    return _scaled(b, call, b.sub(b.op("Sigmoid", y), target))


FORMS: dict[str, Form] = {
    "SoftmaxCrossEntropy": cross_entropy,
    "SoftmaxCrossEntropyGrad": cross_entropy_grad,
    "WeightedCrossEntropy": weighted_cross_entropy,
    "WeightedCrossEntropyGrad": weighted_cross_entropy_grad,
    "SquaredError": squared_error,
    "SquaredErrorGrad": squared_error_grad,
    "AbsoluteError": absolute_error,
    "AbsoluteErrorGrad": absolute_error_grad,
    "Huber": huber,
    "HuberGrad": huber_grad,
    "BinaryCrossEntropy": binary_cross_entropy,
    "BinaryCrossEntropyGrad": binary_cross_entropy_grad,
}
