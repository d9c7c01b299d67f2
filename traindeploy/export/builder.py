# SPDX-License-Identifier: Apache-2.0
"""Emits ONNX nodes one by one; names are made up from that of the node of ours that they stand for."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

OPSET = 18  # Col2Im; ScatterElements that adds


class Builder:
    """``floating``: float32, or float64 for who wants to know the mathematics.

    ``stem`` is what new names begin with. Methods take and return names of values.
    """

    def __init__(self, floating: type[np.floating[Any]] = np.float32) -> None:
        self.floating = floating
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[tuple[Any, ...], onnx.TensorProto] = {}
        self.stem = ""
        self._count = 0

    def fresh(self) -> str:
        """A name that nothing else has: no name of ours holds a double slash."""
        self._count += 1
        return f"{self.stem}//{self._count}"

    def many(self, op: str, inputs: Sequence[str], outputs: int, **attributes: Any) -> list[str]:
        """The outputs of a new node."""
        names = [self.fresh() for _ in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=self.fresh(), **attributes))
        return names

    def op(self, op: str, *inputs: str, **attributes: Any) -> str:
        """The one output of a new node."""
        return self.many(op, inputs, 1, **attributes)[0]

    def rename(self, source: str, target: str) -> None:
        """Give a value the name that others know it by."""
        self.nodes.append(helper.make_node("Identity", [source], [target], name=self.fresh()))

    def number(self, value: float) -> str:
        """A constant of one element and rank 0."""
        return self.constant(np.array(value, self.floating))

    def integers(self, *values: int) -> str:
        """A constant vector, such as axes or a shape."""
        return self.constant(np.array(values, np.int64))

    def constant(self, value: np.ndarray) -> str:
        """An initialiser of these numbers; equal ones are one."""
        key = (value.dtype.str, value.shape, value.tobytes())
        if key not in self.constants:
            self.constants[key] = numpy_helper.from_array(value, f"//constant{len(self.constants)}")
        return str(self.constants[key].name)

    # What several operators need.

    def add(self, a: str, b: str) -> str:
        return self.op("Add", a, b)

    def sub(self, a: str, b: str) -> str:
        return self.op("Sub", a, b)

    def mul(self, a: str, *others: str) -> str:
        for other in others:
            a = self.op("Mul", a, other)
        return a

    def transpose(self, a: str, *perm: int) -> str:
        return self.op("Transpose", a, perm=perm)

    def planes(self, image: str) -> str:
        """[1,H,W,C] as [1,C,H,W]."""
        return self.transpose(image, 0, 3, 1, 2)

    def image(self, planes: str) -> str:
        """[1,C,H,W] as [1,H,W,C]."""
        return self.transpose(planes, 0, 2, 3, 1)

    def reshape(self, a: str, *shape: int) -> str:
        return self.op("Reshape", a, self.integers(*shape))

    def mean(self, a: str) -> str:
        """Over the last axis, which stays with one element."""
        return self.op("ReduceMean", a, self.integers(-1), keepdims=1)

    def chosen(self, condition: str, where: str, otherwise: str) -> str:
        return self.op("Where", condition, where, otherwise)
