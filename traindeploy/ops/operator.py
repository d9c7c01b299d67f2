# SPDX-License-Identifier: Apache-2.0
"""What the catalogue says of an operator, as types. Everything that iterates over operators reads these.

A *port* is an input or output of an operator and at the same time a pointer argument of its kernel. Its *form* says how
much of the tensor a tile takes, so that tilers, the host interpreter and the legality check need no table of their own:

    elements   consecutive elements; all such ports of an operator have the same number of them
    matrix     consecutive rows of [R, C], C being the last dimension and R all others
    row        [C], the same for every row
    column     [R], one element a row
    whole      all of it, in a single tile
    one        a single element
    operand    what a tiler of its own knows how to cut (matrix products, windows, reductions, layouts)
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Form = Literal["elements", "matrix", "row", "column", "whole", "one", "operand"]
Pattern = Literal[
    "elementwise",
    "row",
    "whole",
    "matrix product",
    "convolution",
    "convolution weights",
    "convolution image",
    "image of columns",
    "depthwise",
    "depthwise image",
    "depthwise weights",
    "window",
    "window gradient",
    "reduction",
    "layout",
    "part",
]
Shape = tuple[int, ...]
FlopCount = Callable[[Sequence[Shape], Sequence[Shape]], int]


@dataclass(frozen=True)
class Port:
    """``field`` is the kernel argument's name, ``symbol`` what documents write (``dY[R,C]``).

    ``replaces`` (outputs): the input field whose tensor the output takes the place of, in memory and in the next
    training step, as an updated weight does.
    """

    field: str
    symbol: str
    form: Form = "elements"
    dtype: str = "float32"
    optional: bool = False
    replaces: str = ""


@dataclass(frozen=True)
class Attribute:
    """A float32 number that reaches the kernel as an argument of this name, or a tuple that only tilers read.

    ``default`` is that of the ONNX operator (None: it must be given). ``low`` and ``high`` bound what is supported,
    both included unless the attribute is to be ``positive``.
    """

    name: str
    default: float | None = None
    low: float = float("-inf")
    high: float = float("inf")
    number: bool = True
    positive: bool = False

    def rounded(self, value: float) -> float:
        """``value`` as float32 holds it, for every part to compute with. ValueError says what is supported."""
        with np.errstate(over="ignore"):
            rounded = float(np.float32(value))
        if not (math.isfinite(rounded) and self.low <= rounded <= self.high) or (self.positive and rounded <= 0):
            wanted = "a positive number" if self.positive else f"a number from {self.low:g} to {self.high:g}"
            raise ValueError(f"expected {wanted} that float32 holds")
        return rounded


@dataclass(frozen=True)
class Kernel:
    """A function of the firmware: ``void <name>(const <name>_args_t *args, uint32_t core)``.

    ``comment`` states formula and units in the generated header. ``sizes`` are the uint32_t arguments behind the
    pointers. ``cycles`` are per element and core, measured on the platform or estimated from the inner loop; they steer
    the schedule and decide no result.
    """

    name: str
    comment: str
    sizes: tuple[str, ...]
    cycles: float = 0.0
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    floats: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names in the order of the argument struct: inputs, outputs, sizes, floats."""
        return (*(p.field for p in (*self.inputs, *self.outputs)), *self.sizes, *self.floats)


@dataclass(frozen=True)
class Gradient:
    """The gradient of an operator of one input: ``op`` of ``reads``, with the attributes that both have.

    ``reads`` holds "dy" (the gradient of the output) and fields of the operator's inputs and outputs.
    """

    op: str
    reads: tuple[str, ...]


def no_flop(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """Only matrix products and convolutions are counted, as the published figures do."""
    return 0


@dataclass(frozen=True)
class Operator:
    """One operator of docs/reference/operators.md.

    ``order`` is the order of FP32 operations that machine model, firmware and RedMule share. ``onnx`` names the ONNX
    operator that maps to it one to one (same attributes; others have a rule in the frontend). ``gradient`` is data for
    operators of one input, None where training has a rule of its own, or a sentence that says why there is none.
    """

    name: str
    family: str
    pattern: Pattern
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    order: str
    kernel: Kernel | None = None
    attributes: tuple[Attribute, ...] = ()
    flop: FlopCount = no_flop
    onnx: str = ""
    gradient: Gradient | str | None = None

    @property
    def replaced(self) -> dict[int, int]:
        """Output index -> index of the input whose tensor it takes the place of."""
        fields = [port.field for port in self.inputs]
        return {i: fields.index(port.replaces) for i, port in enumerate(self.outputs) if port.replaces}

    def numbers(self, attrs: Mapping[str, Any]) -> dict[str, float]:
        """The kernel's float arguments from a node's attributes."""
        return {a.name: float(attrs[a.name]) for a in self.attributes if a.number}
