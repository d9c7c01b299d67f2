# SPDX-License-Identifier: Apache-2.0
"""Layouts."""

from typing import Any

import numpy as np
import torch

from tests.firmware.rtl_program import Call
from tests.ops.calls import GUARD
from tests.ops.spec import Arrays, Attrs, Case, Draw, Shape, Spec, over
from traindeploy.ops.layout import COPY_LOOPS

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
    return [d.normal(*shape)]


def padded(array: np.ndarray, padding: int) -> np.ndarray:
    """``array`` with unused words behind each row."""
    return np.pad(array, (*((0, 0),) * (array.ndim - 1), (0, padding)), constant_values=GUARD)


def calls(name: str, inputs: Arrays, attrs: Attrs) -> list[Call]:
    """Of up to four dimensions, dense and with gaps behind the rows, which stay as they are; each of them innermost."""
    (x,) = inputs
    if x.ndim > len(COPY_LOOPS):
        return []
    found = []
    for padding in (0, 3):
        source, result = padded(x, padding), padded(np.ascontiguousarray(x.transpose(attrs["perm"])), padding)
        order = np.roll(np.arange(x.ndim), padding)
        missing = len(COPY_LOOPS) - x.ndim
        counts = [1] * missing + [x.shape[i] for i in order]
        x_strides = [0] * missing + [source.strides[i] for i in order]
        y_strides = [0] * missing + [result.strides[attrs["perm"].index(i)] for i in order]
        arguments: dict[str, Any] = dict(x=source, out=np.full_like(result, GUARD))
        arguments |= {f"{loop}s": count for loop, count in zip(COPY_LOOPS, counts, strict=True)}
        arguments |= {f"x_{loop}": stride for loop, stride in zip(COPY_LOOPS, x_strides, strict=True)}
        arguments |= {f"out_{loop}": stride for loop, stride in zip(COPY_LOOPS, y_strides, strict=True)}
        found.append(Call(f"{name}_gap{padding}", "td_transpose", arguments, {"out": result}))
    return found


SPECS = {
    "Transpose": Spec(
        torch=lambda x, perm: x.permute(perm),
        cases=over(SIZES, SWAP) + OTHERS + LARGE,
        draw=draw,
        calls=calls,
        share="exact: a copy",
        gradient_cases=(Case((4, 6), SWAP), *OTHERS),
    ),
    "Reshape": Spec(
        torch=torch.Tensor.clone,
        draw=draw,
        share="exact: a view",
        gradient_cases=(Case((4, 6)),),
        absent=dict.fromkeys(("models", "kernel"), "fold_views makes a view of it: nothing computes"),
    ),
}
