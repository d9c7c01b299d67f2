# SPDX-License-Identifier: Apache-2.0
"""Layouts."""

from typing import Any

import numpy as np

from golden.model import Arrays
from traindeploy.ops.layout import COPY_LOOPS
from traindeploy.verify.call import GUARD, Call, Definition, destination, run_machine
from traindeploy.verify.stimulus import LARGEST, Attrs, Case, Shape, Stimulus, Variant, over, upto
from traindeploy.verify.values import Draw

SIZES = ((1, 1), (64, 128), (5, 7), (9, 2), (3, 66), (1, 10), (9, 5), (16, 64), (640, 2), (130, 150))
SWAP = {"perm": (1, 0)}
OTHERS = (
    Case((4, 5, 6), {"perm": (1, 2, 0)}),
    Case((2, 4, 3), {"perm": (2, 0, 1)}),
    Case((2, 4, 3), {"perm": (0, 2, 1)}),
    Case((3, 5, 4), {"perm": (2, 1, 0)}),
    Case((5, 5, 1, 16), {"perm": (2, 3, 0, 1)}),
    Case((4, 1, 2, 8), {"perm": (1, 2, 0, 3)}),
    Case((3, 2, 5, 4), {"perm": (3, 1, 2, 0)}),
    Case((3, 4, 2, 5, 3), {"perm": (1, 3, 2, 4, 0)}),
    Case((2, 3, 2, 3, 2, 2), {"perm": (4, 1, 5, 3, 0, 2)}),
)
LARGE = (
    Case((7, 5, 6, 5, 9), {"perm": (3, 1, 4, 0, 2)}),
    Case((3, 2, 14, 16, 14), {"perm": (2, 4, 1, 3, 0)}),
    Case((3, 2, 3, 5, 4, 3, 5), {"perm": (6, 2, 4, 0, 5, 1, 3)}),
    Case((70, 3, 70), {"perm": (2, 1, 0)}),
    Case((40, 3, 70), {"perm": (1, 0, 2)}),
    Case((3, 5000), SWAP),
    Case((1, 2, 1, 4099), {"perm": (3, 2, 1, 0)}),
)


def draw(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """The only input."""
    return [d.normal(*shape)]


def padded(array: np.ndarray, padding: int) -> np.ndarray:
    """``array`` with unused words behind each row."""
    return np.pad(array, (*((0, 0),) * (array.ndim - 1), (0, padding)), constant_values=GUARD)


def variants(case: Case) -> tuple[Variant, ...]:
    """Of up to four dimensions, dense and with gaps behind the rows, which stay as they are; each of them innermost."""
    paddings = (0, 3) if len(case.shape) <= len(COPY_LOOPS) else ()
    return tuple(Variant("td_transpose", {"padding": padding, "turned": padding}) for padding in paddings)


def random_variant(rng: np.random.Generator, case: Case) -> Variant:
    """Any gap and any order of the loops."""
    padding, turned = int(rng.integers(0, 6)), int(rng.integers(len(case.shape)))
    return Variant("td_transpose", {"padding": padding, "turned": turned})


def random(rng: np.random.Generator) -> Case:
    """One to four dimensions in any order."""
    shape: list[int] = []
    for _ in range(int(rng.integers(1, 1 + len(COPY_LOOPS)))):
        shape.append(upto(rng, max(1, LARGEST // int(np.prod(shape, dtype=int)))))
    order = rng.permutation(len(shape))
    return Case(tuple(shape[i] for i in order), {"perm": tuple(int(i) for i in rng.permutation(len(shape)))})


def call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """``turned``: how far the loops are rotated, which may run in any order."""
    (x,) = inputs
    padding = variant.how["padding"]
    source, result = padded(x, padding), padded(np.ascontiguousarray(x.transpose(attrs["perm"])), padding)
    order = np.roll(np.arange(x.ndim), variant.how["turned"])
    missing = len(COPY_LOOPS) - x.ndim
    counts = [1] * missing + [x.shape[i] for i in order]
    x_strides = [0] * missing + [source.strides[i] for i in order]
    y_strides = [0] * missing + [result.strides[attrs["perm"].index(i)] for i in order]
    arguments: dict[str, Any] = dict(x=source, out=np.full_like(result, GUARD))
    arguments |= {f"{loop}s": int(count) for loop, count in zip(COPY_LOOPS, counts, strict=True)}
    arguments |= {f"x_{loop}": stride for loop, stride in zip(COPY_LOOPS, x_strides, strict=True)}
    arguments |= {f"out_{loop}": stride for loop, stride in zip(COPY_LOOPS, y_strides, strict=True)}
    columns = result.shape[-1] - padding
    definition = Definition("Transpose", inputs, attrs, strip=lambda wrote: wrote[..., :columns])
    return Call(f"{name}_gap{padding}", "td_transpose", arguments, {"out": result}, definition=definition)


PARTS = tuple(
    Case(shape, {"start": start, "stop": stop, "step": step})
    for shape, start, stop, step in (
        ((2, 5, 3), 1, 4, 1), ((2, 5, 3), 2, 4, 1), ((2, 5, 3), 1, 5, 1), ((2, 5, 3), 1, 4, 2), ((1, 40, 16), 7, 39, 1),
        ((9, 12, 1), 1, 11, 3), ((3, 1, 7), 0, 1, 1), ((70, 9, 40), 2, 7, 2), ((5, 6, 700), 1, 2, 1),
        ((1, 9000, 1), 8, 8999, 1),
    )
)  # fmt: skip
JOINED = over((((2, 3, 4), (2, 1, 4)), ((1, 20, 16), (1, 1, 16)), ((9, 1, 1), (9, 5, 1)), ((70, 9, 40), (70, 3, 40))))


def cut_call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """The copy of a Slice: outer, middle and inner dimension are the loops of planes, rows and columns."""
    (x,) = inputs
    (y,) = run_machine("Slice", inputs, attrs)
    arguments = _strides("x", x.strides, first=0) | _strides("out", y.strides, first=0) | _counts(y.shape)
    arguments["x_row"] = int(attrs["step"]) * x.strides[1]
    arguments |= {"x": np.ascontiguousarray(x).reshape(-1)[int(attrs["start"]) * x.shape[2] :], "out": destination(y)}
    return Call(name, "td_transpose", arguments, {"out": y}, definition=Definition("Slice", inputs, attrs))


def join_call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """The copy of the first input to where it stands in the result; what stands behind it there stays."""
    a, _ = inputs
    (y,) = run_machine("Concat", inputs, attrs)
    out = y.copy()
    out[:, : a.shape[1]] = GUARD
    arguments = _strides("x", a.strides, first=0) | _strides("out", y.strides, first=0) | _counts(a.shape)
    arguments |= {"x": a, "out": out}
    return Call(name, "td_transpose", arguments, {"out": y}, definition=Definition("Concat", inputs, attrs))


def _strides(side: str, strides: Shape, first: int) -> dict[str, Any]:
    return {f"{side}_{loop}": int(s) for loop, s in zip(COPY_LOOPS, (first, *strides), strict=True)}


def _counts(shape: Shape) -> dict[str, Any]:
    return {f"{loop}s": int(count) for loop, count in zip(COPY_LOOPS, (1, *shape), strict=True)}


def random_part(rng: np.random.Generator) -> Case:
    """Any part of any shape."""
    count = int(rng.integers(1, 30))
    shape = (upto(rng, 5), count, upto(rng, 5))
    start = int(rng.integers(count))
    return Case(shape, {"start": start, "stop": int(rng.integers(start, count)) + 1, "step": int(rng.integers(1, 4))})


def one_call(case: Case) -> tuple[Variant, ...]:
    """There is one way to call it."""
    return (Variant("td_transpose", {"padding": 0, "turned": 0}),)


STIMULI = {
    "Slice": Stimulus(cases=PARTS, random=random_part, draw=draw, variants=one_call, call=cut_call),
    "Concat": Stimulus(
        cases=JOINED,
        random=lambda rng: Case(((2, upto(rng, 20), 3), (2, upto(rng, 20), 3))),
        draw=lambda d, shape, attrs: [d.normal(*each) for each in shape],
        variants=one_call,
        call=join_call,
    ),
    "Transpose": Stimulus(
        cases=over(SIZES, SWAP) + OTHERS + LARGE,
        random=random,
        draw=draw,
        variants=variants,
        random_variant=random_variant,
        call=call,
    ),
    "Reshape": Stimulus(draw=draw, absent="fold_views makes a view of it: nothing computes"),
}
