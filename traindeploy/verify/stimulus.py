# SPDX-License-Identifier: Apache-2.0
"""What an operator is verified on: shapes, attributes, inputs, and the ways its kernels can be called with them.

Each family has a table of these, ``stimuli/<family>.py``. Operators of single elements and of rows get shapes, inputs
and calls from the ports of the catalogue; the others say theirs. The tests in tests/ops use the same tables.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from golden.model import Arrays
from traindeploy.ops import OPERATORS, Port
from traindeploy.verify.call import Call, ported
from traindeploy.verify.values import Draw

Attrs = Mapping[str, Any]
Shape = tuple[Any, ...]
SIZES: tuple[Shape, ...] = tuple((n,) for n in (1, 3, 4, 31, 32, 33, 100, 1027))
ROWS: tuple[Shape, ...] = ((1, 1), (1, 10), (64, 128), (9, 5), (3, 64), (17, 33), (9, 40))
LARGEST = 700  # elements of a random operand


@dataclass(frozen=True)
class Case:
    """Shapes and attributes of one use of an operator; ``shape`` is what the stimulus's ``draw`` takes."""

    shape: Shape
    attrs: Attrs = field(default_factory=dict)
    kernel_only: bool = False  # an input that the definition leaves open, and the kernel defines

    @property
    def name(self) -> str:
        """``4x6-alpha=0.3``, ``4x6.6x5-strides=1x1``."""
        return "-".join([word(self.shape), *(f"{name}={word(value)}" for name, value in self.attrs.items())])


def word(value: Any) -> str:
    """A shape or an attribute's value as it stands in a name."""
    if isinstance(value, tuple):
        return ("." if any(isinstance(v, tuple) for v in value) else "x").join(word(v) for v in value if v != ())
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Variant:
    """One way to call ``kernel`` for a use of the operator; ``how`` are its parameters beyond shape and attributes."""

    kernel: str
    how: Mapping[str, Any] = field(default_factory=dict)
    redmule: bool = False


@dataclass(frozen=True, kw_only=True)
class Stimulus:
    """``cases`` are the directed ones, ``random`` draws another, ``draw`` its inputs.

    ``variants`` are the calls that a directed case is verified with, ``random_variant`` draws one of all that there are
    (default: one of ``variants``), ``call`` makes it. ``absent`` says why there is no kernel to verify, ``unbounded``
    of a class of values why the bound of the definition does not hold there.
    """

    cases: tuple[Case, ...] = ()
    random: Callable[[np.random.Generator], Case] | None = None
    draw: Callable[[Draw, Shape, Attrs], Arrays] | None = None
    variants: Callable[[Case], tuple[Variant, ...]] | None = None
    random_variant: Callable[[np.random.Generator, Case], Variant] | None = None
    call: Callable[[str, Arrays, Attrs, Variant], Call] | None = None
    absent: str = ""
    unbounded: Mapping[str, str] = field(default_factory=dict)


def over(shapes: tuple[Shape, ...], *attrs: Attrs) -> tuple[Case, ...]:
    """Every shape with every set of attributes."""
    return tuple(Case(shape, each) for shape in shapes for each in attrs or ({},))


def directed(op: str, stimulus: Stimulus) -> tuple[Case, ...]:
    """The stimulus's cases, or the usual sizes of the operator's pattern."""
    return stimulus.cases or over({"elementwise": SIZES, "row": ROWS}[OPERATORS[op].pattern])


def random_case(op: str, stimulus: Stimulus, rng: np.random.Generator) -> Case:
    """The stimulus's, or a usual size of the operator's pattern with attributes of a directed case."""
    if stimulus.random is not None:
        return stimulus.random(rng)
    shape = random_rows(rng) if OPERATORS[op].pattern == "row" else (upto(rng, LARGEST),)
    attrs = stimulus.cases[rng.integers(len(stimulus.cases))].attrs if stimulus.cases else {}
    return Case(shape, attrs)


def upto(rng: np.random.Generator, largest: int) -> int:
    """1 to ``largest``, small ones as often as large ones."""
    return int(np.floor(np.exp(rng.uniform(0, np.log(largest + 1)))))


def random_rows(rng: np.random.Generator) -> tuple[int, int]:
    """Rows and columns, either of which may be the longer."""
    rows = upto(rng, 40)
    return rows, upto(rng, max(1, LARGEST // rows))


def inputs_of(op: str, stimulus: Stimulus, case: Case, draw: Draw) -> Arrays:
    """Float64 inputs (labels: int32) of one use of ``op``."""
    if stimulus.draw is not None:
        return stimulus.draw(draw, case.shape, case.attrs)
    return [draw.normal(*_port_shape(port, case.shape)) for port in OPERATORS[op].inputs]


def _port_shape(port: Port, shape: Shape) -> Shape:
    """The shape of a port, by its form, where the operator's first output has ``shape``."""
    return {"row": shape[-1:], "column": shape[:-1]}.get(port.form, shape)


def float32(arrays: Arrays) -> Arrays:
    """What the firmware gets: numbers rounded to float32, labels as they are."""
    with np.errstate(over="ignore"):
        return [a if a.dtype == np.int32 else np.ascontiguousarray(a, np.float32) for a in arrays]


def variants_of(op: str, stimulus: Stimulus, case: Case) -> tuple[Variant, ...]:
    """The calls that a directed case is verified with."""
    if stimulus.variants is not None:
        return stimulus.variants(case)
    kernel = OPERATORS[op].kernel
    return (Variant(kernel.name),) if kernel else ()


def random_variant(op: str, stimulus: Stimulus, rng: np.random.Generator, case: Case, kernel: str) -> Variant | None:
    """A call of ``kernel`` out of all that there are; None if this use of the operator has none."""
    if stimulus.random_variant is not None:
        drawn = stimulus.random_variant(rng, case)
        if drawn.kernel == kernel:
            return drawn
    known = [variant for variant in variants_of(op, stimulus, case) if variant.kernel == kernel]
    if OPERATORS[op].pattern == "elementwise":  # may work in place
        form = OPERATORS[op].outputs[0].form  # an output fits only where an input is as large
        fields = [port.field for port in OPERATORS[op].inputs if port.form == form]
        known += [replace(known[0], how={"in_place": field}) for field in fields]
    return known[rng.integers(len(known))] if known else None


def call_of(op: str, stimulus: Stimulus, name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """One call on ``inputs`` (float32). Default: the kernel's arguments are the operator's ports, sizes, attributes."""
    if stimulus.call:
        return stimulus.call(name, inputs, attrs, variant)
    return ported(op, name, inputs, attrs, variant.how.get("in_place", ""))


def calls_of(op: str, stimulus: Stimulus, case: Case, inputs: Arrays, name: str = "") -> list[Call]:
    """All the calls that a directed case is verified with."""
    title = name or case.name
    return [call_of(op, stimulus, title, inputs, case.attrs, v) for v in variants_of(op, stimulus, case)]
