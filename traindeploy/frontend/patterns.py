# SPDX-License-Identifier: Apache-2.0
"""Recognise layer normalisation and GELU that an exporter wrote as elementary ONNX operators."""

import numpy as np

from traindeploy.frontend.onnx_import import ModelSource, OnnxNode

SQRT2 = 2.0**0.5


def fuse_patterns(source: ModelSource) -> None:
    """Replace each match by one ``LayerNormalization`` or ``Gelu`` node; what does not match stays as it is."""
    for start in list(source.nodes):
        match = {"ReduceMean": _layernorm, "Erf": _gelu}.get(start.op)
        found = match(source, start) if match and start in source.nodes else None
        if found is not None:
            fused, members = found
            # The last member's place: there all inputs of the fused node exist.
            position = max(source.nodes.index(m) for m in members)
            source.nodes.insert(position + 1, fused)
            source.nodes = [n for n in source.nodes if not any(n is m for m in members)]


def _only_consumer(source: ModelSource, node: OnnxNode, op: str) -> OnnxNode | None:
    users = source.consumers(node.outputs[0])
    return users[0] if len(users) == 1 and users[0].op == op and node.outputs[0] != source.output else None


def _producer(source: ModelSource, tensor: str) -> OnnxNode | None:
    return next((n for n in source.nodes if tensor in n.outputs), None)


def _scalar(source: ModelSource, tensor: str) -> float | None:
    value = source.constants.get(tensor)
    return float(value.reshape(-1)[0]) if value is not None and value.size == 1 else None


def _other(node: OnnxNode, tensor: str) -> str:
    """The other operand of a binary node (the same one for x*x)."""
    return node.inputs[1] if node.inputs[0] == tensor else node.inputs[0]


def _is_last_axis_mean(source: ModelSource, node: OnnxNode) -> bool:
    axes = node.attrs.get("axes")
    if axes is None and len(node.inputs) > 1:
        constant = source.constants.get(node.inputs[1])
        axes = None if constant is None else constant.tolist()
    return node.op == "ReduceMean" and list(axes or []) == [-1] and node.attrs.get("keepdims", 1) == 1


def _layernorm(source: ModelSource, mean: OnnxNode) -> tuple[OnnxNode, list[OnnxNode]] | None:
    """gamma * (x - mean) / sqrt(mean((x - mean)^2) + epsilon) + beta, over the last axis."""
    x = mean.inputs[0]
    sub = _only_consumer(source, mean, "Sub")
    if not _is_last_axis_mean(source, mean) or sub is None or sub.inputs[0] != x:
        return None
    centred = sub.outputs[0]
    users = source.consumers(centred)
    div = next((n for n in users if n.op == "Div" and n.inputs[0] == centred), None)
    square = next((n for n in users if n is not div), None)
    if div is None or square is None or len(users) != 2:
        return None
    if not (square.op == "Pow" and _scalar(source, square.inputs[1]) == 2.0) and not (
        square.op == "Mul" and square.inputs == [centred, centred]
    ):
        return None
    variance = _only_consumer(source, square, "ReduceMean")
    add_epsilon = _only_consumer(source, variance, "Add") if variance is not None else None
    root = _only_consumer(source, add_epsilon, "Sqrt") if add_epsilon is not None else None
    if root is None or not _is_last_axis_mean(source, variance) or div.inputs[1] != root.outputs[0]:
        return None
    epsilon = _scalar(source, _other(add_epsilon, variance.outputs[0]))
    scale = _only_consumer(source, div, "Mul")
    shift = _only_consumer(source, scale, "Add") if scale is not None else None
    if epsilon is None or shift is None:
        return None
    gamma, beta = _other(scale, div.outputs[0]), _other(shift, scale.outputs[0])
    if gamma not in source.constants or beta not in source.constants:
        return None
    members = [mean, sub, square, variance, add_epsilon, root, div, scale, shift]
    fused = OnnxNode(
        shift.name,
        "LayerNormalization",
        "",
        [x, gamma, beta],
        list(shift.outputs),
        {"axis": -1, "epsilon": float(np.float32(epsilon))},
    )
    return fused, members


def _gelu(source: ModelSource, erf: OnnxNode) -> tuple[OnnxNode, list[OnnxNode]] | None:
    """x * 0.5 * (1 + erf(x / sqrt(2))), its three factors multiplied in any order."""
    inner = _producer(source, erf.inputs[0])
    if inner is None or inner.op not in ("Div", "Mul") or len(source.consumers(inner.outputs[0])) != 1:
        return None
    divisor = _scalar(source, inner.inputs[1])
    x = inner.inputs[0]
    if inner.op == "Mul" and divisor is None:
        divisor, x = _scalar(source, inner.inputs[0]), inner.inputs[1]
    if divisor is None or not np.isclose(divisor, SQRT2 if inner.op == "Div" else 1 / SQRT2, rtol=1e-6):
        return None
    one_plus = _only_consumer(source, erf, "Add")
    if one_plus is None or _scalar(source, _other(one_plus, erf.outputs[0])) != 1.0:
        return None
    members = [inner, erf, one_plus]
    factors: list[str] = []
    last = one_plus
    while len(factors) < 2:
        product = _only_consumer(source, last, "Mul")
        if product is None:
            return None
        members.append(product)
        other = _other(product, last.outputs[0])
        half = _producer(source, other)
        if (
            half is not None
            and half.op == "Mul"
            and x in half.inputs
            and _scalar(source, _other(half, x)) == 0.5
            and len(source.consumers(other)) == 1
        ):
            members.append(half)
            factors += [x, "0.5"]
        else:
            factors.append("0.5" if _scalar(source, other) == 0.5 else other)
        last = product
    if sorted(factors) != sorted([x, "0.5"]):
        return None
    return OnnxNode(last.name, "Gelu", "", [x], list(last.outputs), {}), members
