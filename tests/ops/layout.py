# SPDX-License-Identifier: Apache-2.0
"""Layouts."""

import numpy as np
import torch

from tests.firmware.rtl_program import Call
from tests.ops.calls import GUARD
from tests.ops.spec import Arrays, Attrs, Case, Draw, Shape, Spec, over

MATRICES: tuple[Shape, ...] = ((1, 1), (64, 128), (5, 7), (9, 2), (3, 66), (1, 10), (9, 5), (16, 64))
SWAP = {"perm": (1, 0)}
OTHERS = (
    Case((4, 5, 6), {"perm": (1, 2, 0)}, tiled=False),
    Case((2, 4, 3), {"perm": (2, 0, 1)}, tiled=False),
    Case((2, 4, 3), {"perm": (0, 2, 1)}),
)


def draw(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    return [d.normal(*shape)]


def padded(matrix: np.ndarray, padding: int) -> np.ndarray:
    """``matrix`` with unused words behind each row."""
    return np.pad(matrix, ((0, 0), (0, padding)), constant_values=GUARD)


def calls(name: str, inputs: Arrays, attrs: Attrs) -> list[Call]:
    """Of dense matrices, and of pitched ones whose gaps stay as they are. Other permutations are no kernel's."""
    (x,) = inputs
    if x.ndim > 2:
        return []
    found = []
    for padding in (0, 3):
        out = padded(np.ascontiguousarray(x.T), padding)
        pitches = dict(x_pitch=4 * (x.shape[1] + padding), out_pitch=4 * out.shape[1])
        arguments = dict(x=padded(x, padding), out=np.full_like(out, GUARD), rows=x.shape[0], cols=x.shape[1])
        arguments |= pitches if padding else dict.fromkeys(pitches, 0)
        found.append(Call(f"{name}_gap{padding}", "td_transpose", arguments, {"out": out}))
    return found


SPECS = {
    "Transpose": Spec(
        torch=lambda x, perm: x.permute(perm),
        cases=over(MATRICES, SWAP) + OTHERS,
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
