# SPDX-License-Identifier: Apache-2.0
"""Matrix products. A shape is (X's, W's, Y's or nothing)."""

from math import prod
from typing import Any

import numpy as np

from golden.fp32 import matmul
from golden.model import Arrays
from traindeploy.platform import register_map
from traindeploy.verify.call import GUARD, Call, Definition
from traindeploy.verify.stimulus import Attrs, Case, Shape, Stimulus, Variant, over, upto
from traindeploy.verify.values import Draw

SMALL = ((16, 12, 32), (5, 7, 9), (1, 30, 10), (33, 1, 6), (6, 17, 3), (4, 5, 64), (7, 65, 9), (8, 2, 12))
LONG = ((3, 300, 9), (2, 1152, 5))
LARGE = ((3, 5, 7), (1, 1, 1), (64, 4, 128))
FLAGS = register_map("redmule").FLAGS
X_TRANSPOSED, W_TRANSPOSED, Y_ROW = (FLAGS.field(name).mask for name in ("x_transposed", "w_transposed", "y_broadcast"))
LAYOUTS = tuple(x | w for w in (0, W_TRANSPOSED) for x in (0, X_TRANSPOSED))
MOST_PRODUCTS = 8_000  # of a random case


def with_y(m: int, n: int, k: int, which: str) -> Shape:
    """The shape of X[m, n].W[n, k] with or without Y."""
    return ((m, n), (n, k), {"none": (), "row": (k,), "matrix": (m, k)}[which])


SHAPES = (
    *(with_y(*size, ("none", "matrix", "row")[i % 3]) for i, size in enumerate((*SMALL, *LONG))),
    *(with_y(*size, which) for size in LARGE for which in ("none", "row", "matrix")),
)
BATCHED = ((3, 4, 5), (3, 5, 6), ())


def draw(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """X, W and Y."""
    return [d.normal(*each) for each in shape if each]


def variant(layout: int, redmule: bool, padding: int = 0, in_place: bool = False) -> Variant:
    """``padding``: unused words behind each stored row; ``in_place``: Z takes the memory of Y."""
    how = {"layout": layout, "padding": padding, "in_place": in_place}
    return Variant("td_gemm", how, redmule)


def variants(case: Case) -> tuple[Variant, ...]:
    """On the cores in every layout, and on RedMule in one. Batches are tiled into such products."""
    if len(case.shape[0]) > 2:
        return ()
    on_redmule = LAYOUTS[prod(case.shape[0]) % len(LAYOUTS)]
    return (*(variant(layout, False) for layout in LAYOUTS), variant(on_redmule, True))


def random(rng: np.random.Generator) -> Case:
    """Up to 100 of each size, in all orders of the sizes."""
    size = [upto(rng, 40), 0, 0]
    size[1] = upto(rng, min(100, MOST_PRODUCTS // size[0]))
    size[2] = upto(rng, max(1, min(100, MOST_PRODUCTS // (size[0] * size[1]))))
    m, n, k = (int(v) for v in rng.permutation(size))
    return Case(with_y(m, n, k, str(rng.choice(("none", "row", "matrix")))))


def random_variant(rng: np.random.Generator, case: Case) -> Variant:
    """Any layout, pitch and engine; Y may be Z's memory."""
    padding, in_place = int(rng.integers(0, 6)), len(case.shape[2]) == 2 and bool(rng.random() < 0.5)
    return variant(LAYOUTS[rng.integers(len(LAYOUTS))], bool(rng.random() < 0.5), padding, in_place)


def stored(matrix: np.ndarray, transposed: bool, padding: int) -> np.ndarray:
    """Memory that holds ``matrix`` with ``padding`` unused words behind each stored row."""
    rows = np.ascontiguousarray(matrix.T if transposed else matrix)
    return np.pad(rows, ((0, 0), (0, padding)), constant_values=GUARD) if padding else rows


def pitch(buffer: Any, padding: int) -> int:
    """As the kernel takes it: 0 is dense."""
    return 4 * buffer.shape[1] if padding and isinstance(buffer, np.ndarray) else 0


def call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """The product in the layout, pitch and on the engine of ``variant``."""
    x, w, *rest = inputs
    layout, padding = variant.how["layout"], variant.how["padding"]
    result = matmul(x, w, rest[0] if rest else None)
    columns = result.shape[1]
    row = Y_ROW if rest and rest[0].ndim == 1 else 0
    x_stored, w_stored = (
        stored(x, bool(layout & X_TRANSPOSED), padding),
        stored(w, bool(layout & W_TRANSPOSED), padding),
    )
    y: Any = stored(np.atleast_2d(rest[0]), False, padding) if rest else 0
    y = y.copy() if variant.how["in_place"] else y
    z = y if variant.how["in_place"] else stored(np.full_like(result, GUARD), False, padding)
    arguments = dict(
        x=x_stored, w=w_stored, y=y, z=z, m=len(x), n=len(w), k=columns, x_pitch=pitch(x_stored, padding),
        w_pitch=pitch(w_stored, padding), y_pitch=pitch(y, padding), z_pitch=pitch(z, padding), flags=layout | row,
    )  # fmt: skip
    engine = "redmule" if variant.redmule else "cores"
    definition = Definition("Gemm", inputs, attrs, strip=lambda wrote: wrote[:, :columns])
    outputs = {"z": stored(result, False, padding)}
    return Call(f"{name}_flags{layout}_{engine}", "td_gemm", arguments, outputs, variant.redmule, definition)


STIMULI = {
    "Gemm": Stimulus(
        cases=over((*SHAPES, BATCHED)),
        random=random,
        draw=draw,
        variants=variants,
        random_variant=random_variant,
        call=call,
    )
}
