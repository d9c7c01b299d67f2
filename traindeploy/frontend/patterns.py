# SPDX-License-Identifier: Apache-2.0
"""Recognise layer normalisation and GELU that an exporter wrote as elementary ONNX operators."""

import numpy as np

from traindeploy.frontend.onnx_import import ModelSource, OnnxNode

SQRT2 = 2.0**0.5
Match = tuple[OnnxNode, list[OnnxNode]]  # what replaces the pattern, and the nodes that it consists of


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


def _only_consumer(source: ModelSource, node: OnnxNode | None, op: str) -> OnnxNode | None:
    """The one node that reads ``node``'s result, if it is an ``op``; None behind what did not match."""
    users = [] if node is None else source.consumers(node.outputs[0])
    return users[0] if node and len(users) == 1 and users[0].op == op and node.outputs[0] != source.output else None


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


def _is_square(source: ModelSource, node: OnnxNode, x: str) -> bool:
    """x^2 or x * x."""
    power = node.op == "Pow" and node.inputs[0] == x and _scalar(source, node.inputs[1]) == 2.0
    return power or (node.op == "Mul" and node.inputs == [x, x])


def _layernorm(source: ModelSource, mean: OnnxNode) -> Match | None:
    """gamma * (x - mean) / sqrt(mean((x - mean)^2) + epsilon) + beta, over the last axis, beginning at its mean:

    x -> mean -> sub -+-> square -> variance -> add epsilon -> root -> div -> scale -> shift
                      +------------------------------------------------^
    """
    x = mean.inputs[0]
    sub = _only_consumer(source, mean, "Sub")
    if not _is_last_axis_mean(source, mean) or sub is None or sub.inputs[0] != x:
        return None
    centred = sub.outputs[0]
    users = source.consumers(centred)
    div = next((n for n in users if n.op == "Div" and n.inputs[0] == centred), None)
    square = next((n for n in users if n is not div), None)
    if div is None or square is None or len(users) != 2 or not _is_square(source, square, centred):
        return None
    variance = _only_consumer(source, square, "ReduceMean")
    add_epsilon = _only_consumer(source, variance, "Add")
    root = _only_consumer(source, add_epsilon, "Sqrt")
    scale = _only_consumer(source, div, "Mul")
    shift = _only_consumer(source, scale, "Add")
    if variance is None or add_epsilon is None or root is None or scale is None or shift is None:
        return None
    epsilon = _scalar(source, _other(add_epsilon, variance.outputs[0]))
    gamma, beta = _other(scale, div.outputs[0]), _other(shift, scale.outputs[0])
    constant = epsilon is not None and gamma in source.constants and beta in source.constants
    if not constant or not _is_last_axis_mean(source, variance) or div.inputs[1] != root.outputs[0]:
        return None
    attrs = {"axis": -1, "epsilon": float(np.float32(epsilon))}
    fused = OnnxNode(shift.name, "LayerNormalization", "", [x, gamma, beta], list(shift.outputs), attrs)
    return fused, [mean, sub, square, variance, add_epsilon, root, div, scale, shift]


def _gelu(source: ModelSource, erf: OnnxNode) -> Match | None:
    """x * 0.5 * (1 + erf(x / sqrt(2))), its three factors multiplied in any order, beginning at its erf."""
    inner = _producer(source, erf.inputs[0])
    if inner is None or len(source.consumers(inner.outputs[0])) != 1:
        return None
    x = _over_sqrt2(source, inner)
    one_plus = _only_consumer(source, erf, "Add")
    if x is None or one_plus is None or _scalar(source, _other(one_plus, erf.outputs[0])) != 1.0:
        return None
    product = _times_half_x(source, one_plus, x)
    if product is None:
        return None
    last = product[-1]
    return OnnxNode(last.name, "Gelu", "", [x], list(last.outputs), {}), [inner, erf, one_plus, *product]


def _over_sqrt2(source: ModelSource, node: OnnxNode) -> str | None:
    """x of x / sqrt(2), or of a product of x and sqrt(1/2)."""
    operands = {"Div": [(0, 1)], "Mul": [(0, 1), (1, 0)]}.get(node.op, [])
    for x, constant in operands:
        value = _scalar(source, node.inputs[constant])
        if value is not None:
            expected = SQRT2 if node.op == "Div" else 1 / SQRT2
            return node.inputs[x] if np.isclose(value, expected, rtol=1e-6) else None
    return None


def _times_half_x(source: ModelSource, term: OnnxNode, x: str) -> list[OnnxNode] | None:
    """The nodes that multiply ``term`` by x and 0.5 and by nothing else, the last one giving the product:

    (term * x) * 0.5    (term * 0.5) * x    term * (x * 0.5)
    """
    half, missing = "", {x, ""}  # no tensor has the empty name
    members: list[OnnxNode] = []
    last = term
    while missing:
        product = _only_consumer(source, last, "Mul")
        if product is None:
            return None
        other = _other(product, last.outputs[0])
        both = _producer(source, other)
        if both is not None and _is_half_of(source, both, x):
            factors = {x, half}
            members.append(both)
        else:
            factors = {half if _scalar(source, other) == 0.5 else other}
        if not factors <= missing:
            return None
        missing -= factors
        members.append(product)
        last = product
    return members


def _is_half_of(source: ModelSource, node: OnnxNode, x: str) -> bool:
    """x * 0.5 in either order, read once."""
    half = node.op == "Mul" and x in node.inputs and _scalar(source, _other(node, x)) == 0.5
    return half and len(source.consumers(node.outputs[0])) == 1
