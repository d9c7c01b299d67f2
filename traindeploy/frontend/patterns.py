# SPDX-License-Identifier: Apache-2.0
"""Recognise layer normalisation and GELU that an exporter wrote as elementary ONNX operators.

Both are recognised by their formula, from the result back: which nodes are shared, doubled or in another order does not
matter, and what others read of the formula's inside stays in the graph.
"""

import math

import numpy as np

from traindeploy.frontend.expressions import Expressions
from traindeploy.frontend.source import ModelSource, OnnxNode

TOLERANCE = 1e-6  # of a constant that the file rounds to float32, more than once perhaps


def fuse_patterns(source: ModelSource) -> None:
    """Replace each match by one ``LayerNormalization`` or ``Gelu`` node; what does not match stays as it is."""
    graph = Expressions(source)
    inside: set[str] = set().union(*(_inside_erf(graph, n) for n in source.nodes if n.full_op == "Erf"))
    for node in reversed(source.nodes):
        found = _layernorm(graph, node) or _expanded_layernorm(graph, node) or _gelu(graph, node, inside)
        if found is not None:
            source.nodes[source.nodes.index(node)] = found
    source.drop_dead_nodes()
    _absorb_scale_and_shift(source)
    source.drop_dead_nodes()


def _layernorm(graph: Expressions, node: OnnxNode) -> OnnxNode | None:
    """(x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon), means over the last axes; scaled before "/" perhaps."""
    if node.full_op not in ("Div", "Mul"):
        return None
    for centred, root in ((node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])):
        found = _scaled_centre(graph, centred)
        variance = _under_root(graph, root, inverse=node.op == "Mul")
        if found is not None and variance is not None and _mean_of_square(graph, variance[0]) == found[:2]:
            x, axis, scale = found
            attrs = {"axis": axis, "epsilon": float(np.float32(variance[1]))}
            return OnnxNode(node.name, "LayerNormalization", "", [x, scale], list(node.outputs), attrs)
        if node.op == "Div":
            break
    return None


def _expanded_layernorm(graph: Expressions, node: OnnxNode) -> OnnxNode | None:
    """x inv + (beta - mean(x) inv) with inv = gamma / sqrt(mean((x - mean(x))^2) + epsilon), as Keras writes it: the
    constants beta and gamma may be missing, terms and factors come in any order.
    """
    terms = _terms(graph, node.outputs[0]) if node.full_op in ("Add", "Sub") else []
    shift = [name for sign, name in terms if name in graph.source.constants and sign > 0]
    products = sorted(p for sign, name in terms if (p := _signed_factors(graph, sign, name)))
    if [sign for sign, _ in products] != [-1, 1] or len(products) + len(shift) != len(terms) or len(shift) > 1:
        return None
    (_, minus), (_, plus) = products
    for x, inverse in (plus, plus[::-1]):
        mean = _mean(graph, next((factor for factor in minus if factor != inverse), ""))
        scale = _scaled_inverse(graph, inverse, mean) if mean and mean[0] == x and inverse in minus else None
        if mean is None or scale is None:
            continue
        if all(_is_row(graph.source, row, x, -mean[1]) for row in (scale[0], *shift) if row):
            attrs = {"axis": mean[1], "epsilon": float(np.float32(scale[1]))}
            return OnnxNode(node.name, "LayerNormalization", "", [x, scale[0], *shift], list(node.outputs), attrs)
    return None


def _signed_factors(graph: Expressions, sign: int, tensor: str) -> tuple[int, list[str]] | None:
    """Of ``sign`` times a product of two: the sign, which negated factors change, and the factors."""
    node = graph.node(tensor, "Mul")
    factors = list(node.inputs) if node else []
    for i, factor in enumerate(factors):
        negated = graph.node(factor, "Neg")
        if negated is not None:
            sign, factors[i] = -sign, negated.inputs[0]
    return (sign, factors) if factors else None


def _terms(graph: Expressions, tensor: str, sign: int = 1) -> list[tuple[int, str]]:
    """The (sign, tensor) whose sum ``tensor`` is; at most four are looked for: no formula here has more than three."""
    found: list[tuple[int, str]] = []
    waiting = [(sign, tensor)]
    while waiting and len(found) + len(waiting) <= 3:
        sign, name = waiting.pop()
        node = graph.node(name, "Add", "Sub", "Neg")
        if node is None:
            found.append((sign, name))
        else:
            second = -1 if node.op == "Sub" else 1
            waiting += (
                [(-sign, node.inputs[0])]
                if node.op == "Neg"
                else [(sign, node.inputs[0]), (second * sign, node.inputs[1])]
            )
    return found + waiting


def _scaled_inverse(graph: Expressions, tensor: str, mean: tuple[str, int]) -> tuple[str, float] | None:
    """gamma (``""`` for none) and epsilon of ``tensor`` = gamma / sqrt(variance + epsilon), about ``mean``."""
    node = graph.node(tensor, "Mul")
    pairs = [(tensor, ""), *(zip(node.inputs, list(node.inputs)[::-1], strict=True) if node else ())]
    for root, gamma in pairs:
        variance = _under_root(graph, root, inverse=True)
        if variance and _mean_of_square(graph, variance[0]) == mean and (not gamma or gamma in graph.source.constants):
            return gamma, variance[1]
    return None


def _scaled_centre(graph: Expressions, tensor: str) -> tuple[str, int, str] | None:
    """x, the first axis (negative) and the constant scale, or ``""``, of ``tensor`` = scale * (x - mean(x))."""
    found = _centred(graph, tensor)
    if found is not None:
        return (*found, "")
    node = graph.node(tensor, "Mul")
    for centred, scale in (list(node.inputs), list(node.inputs)[::-1]) if node else ():
        found = _centred(graph, centred)
        if found is not None and _is_row(graph.source, scale, found[0], -found[1]):
            return (*found, scale)
    return None


def _centred(graph: Expressions, tensor: str) -> tuple[str, int] | None:
    """x and the first axis (negative) of ``tensor`` = x - mean(x)."""
    sub = graph.node(tensor, "Sub")
    mean = _mean(graph, sub.inputs[1]) if sub else None
    return mean if sub and mean and mean[0] == sub.inputs[0] else None


def _mean(graph: Expressions, tensor: str) -> tuple[str, int] | None:
    """x and the first axis (negative) of ``tensor`` = mean(x) over all axes from that one on, dimensions kept."""
    node = graph.node(tensor, "ReduceMean")
    if node is None or node.attrs.get("keepdims", 1) != 1:
        return None
    axes, rank = node.attrs.get("axes"), graph.rank(node.inputs[0])
    if axes is None and node.optional(1):
        axes = graph.integers(node.inputs[1])
    if not axes or (rank is None and max(axes) >= 0):
        return None
    from_end = sorted(a if a < 0 else a - (rank or 0) for a in axes)
    return (node.inputs[0], from_end[0]) if from_end == list(range(-len(axes), 0)) else None


def _mean_of_square(graph: Expressions, tensor: str) -> tuple[str, int] | None:
    """x and the first axis of ``tensor`` = mean((x - mean(x))^2), both over the same axes."""
    mean = _mean(graph, tensor)
    square = graph.node(mean[0], "Pow", "Mul") if mean else None
    if mean is None or square is None:
        return None
    centred = [_centred(graph, name) for name in list(square.inputs)[: 1 if square.op == "Pow" else 2]]
    is_square = square.op == "Mul" or _exponent(graph, square) == 2.0
    same = centred[0] == centred[-1] and centred[0] is not None and centred[0][1] == mean[1]
    return centred[0] if is_square and same else None


def _under_root(graph: Expressions, tensor: str, inverse: bool) -> tuple[str, float] | None:
    """v and epsilon of ``tensor`` = sqrt(v + epsilon), or of the inverse of that."""
    node = graph.node(tensor, "Sqrt", "Pow", "Reciprocal", "Div")
    if node is None:
        return None
    if node.op == "Pow" or (node.op == "Sqrt" and not inverse):
        if node.op == "Pow" and _exponent(graph, node) != (-0.5 if inverse else 0.5):
            return None
        add = graph.node(node.inputs[0], "Add")
        found = graph.with_number(add) if add else None
        return found if found and found[1] >= 0 else None
    if not inverse or node.op == "Sqrt" or (node.op == "Div" and graph.number(node.inputs[0]) != 1.0):
        return None
    return _under_root(graph, node.inputs[-1], inverse=False)


def _exponent(graph: Expressions, power: OnnxNode) -> float | None:
    """The exponent may be of any type."""
    value = graph.source.constants.get(power.inputs[1])
    return float(value.reshape(-1)[0]) if value is not None and value.size == 1 else None


def _absorb_scale_and_shift(source: ModelSource) -> None:
    """Let a fused layer normalisation take over the constant that alone multiplies it, and the one added to that."""
    for norm in [n for n in source.nodes if n.op == "LayerNormalization" and n.proto is None]:
        for op, place in (("Mul", 1), ("Add", 2)):
            users = source.consumers(norm.outputs[0])
            taken = any(list(norm.inputs)[place:])  # a scale that stood before the quotient, or a shift already
            alone = len(users) == 1 and users[0].full_op == op and not taken
            other = _row_operand(source, users[0], norm) if alone else None
            if other is None or norm.outputs[0] == source.output:
                continue
            inputs = list(norm.inputs)
            inputs += [""] * (place + 1 - len(inputs))
            inputs[place] = other
            replaced = OnnxNode(users[0].name, norm.op, "", inputs, list(users[0].outputs), dict(norm.attrs))
            source.nodes[source.nodes.index(users[0])] = replaced
            source.nodes.remove(norm)
            norm = replaced  # noqa: PLW2901 what is added to the product belongs to it


def _row_operand(source: ModelSource, user: OnnxNode, norm: OnnxNode) -> str | None:
    """The other operand of ``user``, if it is a constant that only differs along the normalised axes."""
    other = next((i for i in user.inputs if i != norm.outputs[0]), "")
    return other if _is_row(source, other, norm.outputs[0], -int(norm.attrs["axis"])) else None


def _is_row(source: ModelSource, constant: str, value: str, axes: int) -> bool:
    """Whether ``constant`` only differs along the last ``axes`` of ``value``, and leaves its shape alone."""
    data, rank = source.constants.get(constant), len(source.shapes.get(value, ()))
    if data is None or data.dtype != np.float32 or (data.ndim > axes and data.ndim > rank):
        return False
    return math.prod(data.shape[: max(0, data.ndim - axes)]) == 1


def _gelu(graph: Expressions, node: OnnxNode, inside: set[str]) -> OnnxNode | None:
    """x * 0.5 * (1 + erf(x / sqrt(2))), its factors multiplied in any order; ``inside`` holds every such x."""
    if not inside or node.full_op not in ("Mul", "Div"):
        return None
    # The result may be inside another GELU: it is split all the same.
    leaves, factor = _factors(graph, node.outputs[0], inside - {node.outputs[0]})
    if len(leaves) != 2:
        return None
    for x, term in (leaves, leaves[::-1]):
        for tensor, a, b in graph.affine(term):
            erf = graph.node(tensor, "Erf")
            matches = erf is not None and a == b and math.isclose(a * factor, 0.5, rel_tol=TOLERANCE)
            if matches and erf is not None and x in _inside_erf(graph, erf):
                return OnnxNode(node.name, "Gelu", "", [x], list(node.outputs), {})
    return None


def _inside_erf(graph: Expressions, erf: OnnxNode) -> set[str]:
    """Every x for which ``erf`` is that of x / sqrt(2)."""
    return {x for x, a, b in graph.affine(erf.inputs[0]) if _is_over_sqrt2(a, b)}


def _is_over_sqrt2(a: float, b: float) -> bool:
    return b == 0 and math.isclose(a, math.sqrt(0.5), rel_tol=TOLERANCE)


def _factors(graph: Expressions, tensor: str, stop: set[str]) -> tuple[list[str], float]:
    """The factors that are no numbers, and the product of the numbers, of a tree of products; ``stop`` is not split.

    At most three factors are looked for: no formula here has more than two.
    """
    leaves: list[str] = []
    factor, waiting = 1.0, [tensor]
    while waiting and len(leaves) + len(waiting) <= 3:
        tensor = waiting.pop()
        node = graph.node(tensor, "Mul", "Div")
        found = graph.with_number(node) if node else None
        if node is None or tensor in stop or (node.op == "Div" and not _divides(node, found)):
            leaves.append(tensor)
        elif found is not None:
            factor *= found[1] if node.op == "Mul" else 1 / found[1]
            waiting.append(found[0])
        else:
            waiting += list(node.inputs)
    return leaves + waiting, factor


def _divides(node: OnnxNode, found: tuple[str, float] | None) -> bool:
    """Whether ``node`` is a quotient by the number found, which is not 0."""
    return found is not None and found[0] == node.inputs[0] and found[1] != 0
