# SPDX-License-Identifier: Apache-2.0
"""Matrix products. A shape is (X's, W's, Y's or nothing). Layouts and pitches: tests/firmware/test_gemm_kernel.py."""

from typing import Any

import numpy as np
import torch

from golden.fp32 import matmul
from tests.firmware.rtl_program import Call
from tests.ops.calls import destination
from tests.ops.spec import Arrays, Attrs, Draw, Shape, Spec, over

SMALL = ((16, 12, 32), (5, 7, 9), (1, 30, 10), (33, 1, 6), (6, 17, 3), (4, 5, 64), (7, 65, 9), (8, 2, 12))
LONG = ((3, 300, 9), (2, 1152, 5))
LARGE = ((3, 5, 7), (1, 1, 1), (64, 4, 128))
X_TRANSPOSED, W_TRANSPOSED, Y_ROW = 1, 2, 4


def with_y(m: int, n: int, k: int, which: str) -> Shape:
    return ((m, n), (n, k), {"none": (), "row": (k,), "matrix": (m, k)}[which])


SHAPES = (
    *(with_y(*size, ("none", "matrix", "row")[i % 3]) for i, size in enumerate((*SMALL, *LONG))),
    *(with_y(*size, which) for size in LARGE for which in ("none", "row", "matrix")),
)
BATCHED = ((3, 4, 5), (3, 5, 6), ())


def product(x: torch.Tensor, w: torch.Tensor, *y: torch.Tensor) -> torch.Tensor:
    return x @ w + y[0] if y else x @ w


def draw(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    return [d.normal(*each) for each in shape if each]


def calls(name: str, inputs: Arrays, attrs: Attrs) -> list[Call]:
    """On the cores in every layout, and on RedMule. Batches are tiled into such products."""
    x, w, *rest = inputs
    if x.ndim > 2:
        return []
    y: Any = np.atleast_2d(rest[0]) if rest else 0
    z = matmul(x, w, y if rest else None)
    row = Y_ROW if rest and rest[0].ndim == 1 else 0
    found = []
    for flags, redmule in [(flags, False) for flags in range(4)] + [(x.size % 4, True)]:
        arguments = dict(
            x=np.ascontiguousarray(x.T) if flags & X_TRANSPOSED else x,
            w=np.ascontiguousarray(w.T) if flags & W_TRANSPOSED else w,
            y=y, z=destination(z), m=len(x), n=len(w), k=w.shape[1],
            x_pitch=0, w_pitch=0, y_pitch=0, z_pitch=0, flags=flags | row,
        )  # fmt: skip
        engine = "redmule" if redmule else "cores"
        found.append(Call(f"{name}_flags{flags}_{engine}", "td_gemm", arguments, {"z": z}, redmule))
    return found


SPECS = {
    "Gemm": Spec(
        torch=product,
        share={"short": 0.9, "medium": 0.5, "long": 0.25},
        terms=lambda shape: shape[0][-1],
        cases=over((*SHAPES, BATCHED)),
        draw=draw,
        calls=calls,
        gradient_cases=over(
            (*(with_y(4, 6, 5, which) for which in ("none", "row", "matrix")), with_y(1, 6, 5, "row"), BATCHED)
        ),
    )
}
