# SPDX-License-Identifier: Apache-2.0
"""What the tests of an operator need beyond the catalogue: a function of PyTorch, shapes, attribute values, a share.

Each family has a small table of these, ``tests/ops/<family>.py: SPECS``. Operators of single elements and of rows get
their shapes and random inputs from the ports of the catalogue; the others say what they take.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from tests.firmware.rtl_program import Call
from tests.firmware.values import mixed
from traindeploy.ops import OPERATORS, Port

Arrays = list[np.ndarray]
Attrs = Mapping[str, Any]
Shape = tuple[Any, ...]
Share = float | tuple[float, ...]
CLASSES = {"short": 1, "medium": 16, "long": 64}  # size class -> terms of a sum from which on
SIZES: tuple[Shape, ...] = tuple((n,) for n in (1, 3, 4, 31, 32, 33, 100, 1027))
ROWS: tuple[Shape, ...] = ((1, 1), (1, 10), (64, 128), (9, 5), (3, 64), (17, 33), (9, 40))


class Draw:
    """Random float64 inputs. ``special`` mixes zeros, subnormals, infinities, NaN and wild magnitudes into them;
    ``smooth`` leaves out points where an operator has no derivative.
    """

    def __init__(self, *seed: int, scale: float = 1.0, special: bool = False, smooth: bool = False) -> None:
        self.random = np.random.default_rng(seed)
        self.scale = scale
        self.special = special
        self.smooth = smooth

    def normal(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        if self.special:
            return mixed(self.random, *shape).astype(np.float64)
        return scale * self.scale * self.random.standard_normal(shape)

    def probabilities(self, *shape: int) -> np.ndarray:
        """Positive; each row has the sum 1."""
        if self.special:
            return self.normal(*shape)
        e = np.exp(self.random.standard_normal(shape))
        return np.asarray(e / e.sum(-1, keepdims=True))


@dataclass(frozen=True)
class Case:
    """Shapes and attributes of one use of an operator; ``shape`` is what the specification's ``draw`` takes."""

    shape: Shape
    attrs: Attrs = field(default_factory=dict)
    kernel_only: bool = False  # an input that the definition leaves open, and the kernel defines

    @property
    def name(self) -> str:
        """``4x6-alpha=0.3``, ``4x6.6x5-strides=1x1``."""
        return "-".join([_word(self.shape), *(f"{name}={_word(value)}" for name, value in self.attrs.items())])


def _word(value: Any) -> str:
    if isinstance(value, tuple):
        return ("." if any(isinstance(v, tuple) for v in value) else "x").join(_word(v) for v in value if v != ())
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, kw_only=True)
class Spec:
    """``torch`` takes the inputs as float64 tensors, and the attributes, and returns the output or all outputs.

    ``share``: of its bound, what the largest error of each output reaches over all cases of a size class (``CLASSES``),
    of some classes, or of all; or why that is not asked. ``terms``: how many terms a sum has, by shape (default: those
    of a row, otherwise 1).
    ``draw`` and ``calls`` default to what the catalogue's ports say. ``trained`` are the inputs whose gradient the rule
    gives (default: all of float32), ``gradient_cases`` what it is checked on. ``absent`` says of "models" and "kernel"
    why there are none.
    """

    torch: Callable[..., Any]
    cases: tuple[Case, ...] = ()
    share: Share | Mapping[str, Share] | str = 0.5
    terms: Callable[[Shape], int] | None = None
    draw: Callable[[Draw, Shape, Attrs], Arrays] | None = None
    calls: Callable[[str, Arrays, Attrs], list[Call]] | None = None
    trained: tuple[str, ...] | None = None
    gradient_cases: tuple[Case, ...] = (Case((4, 6)),)
    absent: Mapping[str, str] = field(default_factory=dict)


def over(shapes: tuple[Shape, ...], *attrs: Attrs) -> tuple[Case, ...]:
    """Every shape with every set of attributes."""
    return tuple(Case(shape, each) for shape in shapes for each in attrs or ({},))


def inputs_of(op: str, spec: Spec, case: Case, draw: Draw) -> Arrays:
    """Float64 inputs (labels: int32) of one use of ``op``."""
    if spec.draw is not None:
        return spec.draw(draw, case.shape, case.attrs)
    return [draw.normal(*_port_shape(port, case.shape)) for port in OPERATORS[op].inputs]


def _port_shape(port: Port, shape: Shape) -> Shape:
    """The shape of a port, by its form, where the operator's first output has ``shape``."""
    return {"row": shape[-1:], "column": shape[:-1]}.get(port.form, shape)


def cases_of(op: str, spec: Spec) -> tuple[Case, ...]:
    """The specification's, or the usual sizes of the operator's pattern."""
    return spec.cases or over({"elementwise": SIZES, "row": ROWS}[OPERATORS[op].pattern])


def size_class(op: str, spec: Spec, case: Case) -> str:
    """By the number of terms of the longest sum in a result: errors grow with it, and so do bounds."""
    count = spec.terms(case.shape) if spec.terms else case.shape[-1] if OPERATORS[op].pattern == "row" else 1
    return [name for name, least in CLASSES.items() if count >= least][-1]


def float32(arrays: Arrays) -> Arrays:
    """What the firmware gets: numbers rounded to float32, labels as they are."""
    with np.errstate(over="ignore"):
        return [a if a.dtype == np.int32 else np.ascontiguousarray(a, np.float32) for a in arrays]


def in_torch(spec: Spec, inputs: Arrays, attrs: Attrs) -> Iterator[np.ndarray]:
    """The outputs that PyTorch computes in float64."""
    dtype = {np.dtype(np.int32): torch.int64}
    result = spec.torch(*(torch.tensor(i, dtype=dtype.get(i.dtype, torch.float64)) for i in inputs), **attrs)
    for output in result if isinstance(result, tuple) else (result,):
        yield output.detach().numpy()


def autograd(function: Callable[..., torch.Tensor], dy: torch.Tensor, *leaves: torch.Tensor) -> torch.Tensor:
    """The gradient of the first of ``leaves``, ``dy`` being that of ``function(*leaves)``."""
    first = leaves[0].detach().requires_grad_()
    function(first, *leaves[1:]).backward(dy)
    assert first.grad is not None
    return first.grad
