# SPDX-License-Identifier: Apache-2.0
"""A user's model as it was read, still in ONNX operators and layout: what patterns and lowering rules take."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, SupportsIndex, overload

import numpy as np
import onnx

from traindeploy.frontend.kinds import STANDARD

PASSING = ("Cast", "Dropout", "Identity")  # what may hand its input on


class Attributes(dict[str, Any]):
    """A node's attributes, which remember in ``read`` what a rule asked for: what it did not ask for is refused."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)


class Inputs(list[str]):
    """The names of a node's inputs (``""`` for one left out), which remember in ``read`` which were looked at."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self.read: set[int] = set()

    @overload
    def __getitem__(self, key: SupportsIndex) -> str: ...
    @overload
    def __getitem__(self, key: slice) -> list[str]: ...
    def __getitem__(self, key: SupportsIndex | slice) -> str | list[str]:
        numbers = range(len(self))[key]
        self.read.update(numbers if isinstance(numbers, range) else [numbers])
        return super().__getitem__(key)

    def __iter__(self) -> Iterator[str]:
        self.read.update(range(len(self)))
        return super().__iter__()


class OnnxNode:
    """A node of the user's graph, attributes decoded. ``proto`` is None for a node that a pattern was fused into."""

    def __init__(
        self,
        name: str,
        op: str,
        domain: str,
        inputs: list[str],
        outputs: list[str],
        attrs: dict[str, Any],
        proto: onnx.NodeProto | None = None,
    ) -> None:
        self.name = name
        self.op = op
        self.domain = "" if domain in STANDARD else domain
        self.inputs = Inputs(inputs)
        self.outputs = outputs
        self.attrs = Attributes(attrs)
        self.proto = proto

    @property
    def full_op(self) -> str:
        """The operator, with its domain unless it is a standard one."""
        return f"{self.domain}.{self.op}" if self.domain else self.op

    def optional(self, index: int) -> str:
        """Input number ``index``, ``""`` if it is left out."""
        return self.inputs[index] if len(self.inputs) > index else ""

    def forget_reads(self) -> None:
        self.inputs.read.clear()
        self.attrs.read.clear()


@dataclass
class ModelSource:
    """``constants`` holds initializers and folded values by tensor name; ``file`` is what errors name.

    All names are ours; ``renamed`` leads from those of them that differ to the file's.
    ``made_of`` leads from a folded value to the weights that it was computed from. ``shapes`` and ``float32`` are what
    ONNX's inference finds out about results of standard operators.
    """

    file: str
    nodes: list[OnnxNode]
    constants: dict[str, np.ndarray]
    input: str
    input_shape: tuple[int, ...]
    output: str
    opsets: list[onnx.OperatorSetIdProto]
    made_of: dict[str, frozenset[str]] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    float32: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)

    @property
    def opset(self) -> int:
        """The version of the standard operators."""
        return next(o.version for o in self.opsets if o.domain in STANDARD)

    @property
    def names(self) -> frozenset[str]:
        """Of all nodes and tensors that are still to come."""
        named = {self.input, self.output, *self.constants}
        return frozenset(named.union(*({n.name, *n.inputs, *n.outputs} for n in self.nodes)))

    def consumers(self, tensor: str) -> list[OnnxNode]:
        return [n for n in self.nodes if tensor in n.inputs]

    def readers(self, tensor: str) -> int:
        """How many nodes read ``tensor``, under other names too."""
        count, names = 0, {tensor}
        for node in self.nodes:  # each behind what it reads
            if any(name in node.inputs for name in names):
                if node.op in PASSING and not node.domain:
                    names.add(node.outputs[0])
                else:
                    count += 1
        return count

    def weights_behind(self, constant: str) -> frozenset[str]:
        """The weights whose values ``constant`` holds or was computed from; numbers of one element are no weights."""
        value = self.constants[constant]
        own = {constant} if value.dtype == np.float32 and value.size > 1 else ()
        return self.made_of.get(constant, frozenset(own))

    def drop_dead_nodes(self) -> None:
        """Remove nodes whose results nothing needs."""
        needed, live = {self.output}, []
        for node in reversed(self.nodes):
            if needed.intersection(node.outputs):
                live.append(node)
                needed.update(node.inputs)
        self.nodes = live[::-1]
