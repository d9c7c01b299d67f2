# SPDX-License-Identifier: Apache-2.0
"""Layouts."""

from typing import Any

import numpy as np

from golden.model import Arrays
from traindeploy.ops.layout import COPY_LOOPS
from traindeploy.verify.call import GUARD, Call, Definition
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


STIMULI = {
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
