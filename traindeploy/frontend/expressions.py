# SPDX-License-Identifier: Apache-2.0
"""What pattern recognition reads of an ONNX graph: which node computes a tensor, and numbers that scale or shift it."""

from collections.abc import Iterator

import numpy as np

from traindeploy.frontend.source import ModelSource, OnnxNode


class Expressions:
    """Looks at the graph from results back to operands; nodes that a replacement left without readers do no harm."""

    def __init__(self, source: ModelSource) -> None:
        self.source = source
        self._producer = {o: n for n in source.nodes for o in n.outputs if o}

    def node(self, tensor: str, *ops: str) -> OnnxNode | None:
        """The node that computes ``tensor``, if it is one of the standard operators ``ops`` (any without ``ops``)."""
        node = self._producer.get(tensor)
        return node if node and (not ops or node.full_op in ops) else None

    def number(self, tensor: str) -> float | None:
        """The value of a constant of one float32 element."""
        value = self.source.constants.get(tensor)
        one = value is not None and value.size == 1 and value.dtype == np.float32
        return float(value.reshape(-1)[0]) if value is not None and one else None

    def integers(self, tensor: str) -> list[int] | None:
        value = self.source.constants.get(tensor)
        return None if value is None else [int(v) for v in value.reshape(-1)]

    def rank(self, tensor: str) -> int | None:
        shape = self.source.shapes.get(tensor)
        return None if shape is None else len(shape)

    def with_number(self, node: OnnxNode) -> tuple[str, float] | None:
        """The operand of a binary node whose other operand is a number that leaves its shape alone, and the number."""
        for operand, other in ((0, 1), (1, 0)):
            value = self.number(node.inputs[other])
            if value is not None and self.number(node.inputs[operand]) is None:
                rank = self.rank(node.inputs[operand])
                ones = self.source.constants[node.inputs[other]].ndim
                return (node.inputs[operand], value) if ones == 0 or (rank is not None and ones <= rank) else None
        return None

    def affine(self, tensor: str) -> Iterator[tuple[str, float, float]]:
        """All (x, a, b) with ``tensor`` = a x + b, from x = ``tensor`` itself back through numbers that it is
        multiplied by, divided by, added to or reduced by.
        """
        a, b = 1.0, 0.0
        while True:
            yield tensor, a, b
            node = self.node(tensor, "Mul", "Div", "Add", "Sub")
            found = self.with_number(node) if node else None
            if node is None or found is None:
                return
            first = node.inputs[0] == found[0]
            if node.op == "Div" and (not first or found[1] == 0):
                return
            tensor, value = found
            if node.op in ("Mul", "Div"):
                a *= value if node.op == "Mul" else 1 / value
            elif node.op == "Add":
                b += a * value
            else:  # Sub
                b += a * (-value if first else value)
                a *= 1 if first else -1
