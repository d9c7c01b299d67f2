# SPDX-License-Identifier: Apache-2.0
"""td_gemm against golden/fp32.matmul, bit for bit, over shapes, layouts, pitches and values."""

import itertools

import numpy as np
import pytest

from golden.fp32 import matmul
from tests.firmware.values import mismatch, normal
from traindeploy.platform import register_map
from traindeploy.verify.values import mixed

FLAGS = register_map("redmule").FLAGS
X_TRANSPOSED, W_TRANSPOSED = FLAGS.field("x_transposed").mask, FLAGS.field("w_transposed").mask
Y_BROADCAST = FLAGS.field("y_broadcast").mask
LAYOUTS = [x | w for x in (0, X_TRANSPOSED) for w in (0, W_TRANSPOSED)]
GUARD = np.float32(-1234.5)


def stored(matrix: np.ndarray, transposed: bool, padding: int) -> tuple[np.ndarray, int]:
    """A buffer that holds ``matrix`` with ``padding`` unused words after each stored row, and its pitch in bytes."""
    rows = matrix.T if transposed else matrix
    buffer = np.full((rows.shape[0], rows.shape[1] + padding), GUARD, np.float32)
    buffer[:, : rows.shape[1]] = rows
    return buffer, 4 * buffer.shape[1] if padding else 0


def check(kernels, rng, m, n, k, flags, y_kind, padding, data=normal, cores=None) -> None:
    x, w = data(rng, m, n), data(rng, n, k)
    y_shape = (1, k) if flags & Y_BROADCAST else (m, k)
    y = data(rng, *y_shape) if y_kind != "none" else None
    expected = matmul(x, w, y)
    x_buffer, x_pitch = stored(x, bool(flags & X_TRANSPOSED), padding)
    w_buffer, w_pitch = stored(w, bool(flags & W_TRANSPOSED), padding)
    z_buffer, z_pitch = stored(np.full((m, k), GUARD, np.float32), False, padding)
    y_buffer: np.ndarray | int
    y_buffer, y_pitch = (0, 0) if y is None else stored(y, False, padding)
    if y_kind == "in place":
        assert isinstance(y_buffer, np.ndarray)
        z_buffer, z_pitch = y_buffer, y_pitch
    arguments = dict(
        x=x_buffer, w=w_buffer, y=y_buffer, z=z_buffer, m=m, n=n, k=k,
        x_pitch=x_pitch, w_pitch=w_pitch, y_pitch=y_pitch, z_pitch=z_pitch, flags=flags,
    )  # fmt: skip
    kernels("td_gemm", arguments, cores)
    assert mismatch(z_buffer[:, :k], expected) == ""
    assert (z_buffer[:, k:] == GUARD).all()


@pytest.mark.parametrize("flags", [layout | y for layout in LAYOUTS for y in (0, Y_BROADCAST)])
def test_small_shapes_in_every_layout_are_bit_exact(kernels, flags):
    rng = np.random.default_rng(flags)
    for m, n, k in itertools.product((1, 2, 3, 4, 5, 8, 11), (1, 2, 3, 7), (1, 2, 4, 5, 9, 16)):
        y_kind = "matrix" if flags & Y_BROADCAST else ("none", "matrix", "in place")[(m + n + k) % 3]
        check(kernels, rng, m, n, k, flags, y_kind, padding=(m + k) % 3)


NETWORK_SHAPES = [(64, 128, 128), (64, 27, 64), (1, 128, 10), (128, 1, 10), (64, 128, 1), (64, 4, 128), (128, 64, 4)]


@pytest.mark.parametrize(("m", "n", "k"), NETWORK_SHAPES)
@pytest.mark.parametrize("flags", LAYOUTS)
def test_network_shapes_are_bit_exact(kernels, m, n, k, flags):
    check(kernels, np.random.default_rng(m + n + k), m, n, k, flags, "matrix", padding=0)


@pytest.mark.parametrize("seed", range(20))
def test_random_shapes_with_special_values_are_bit_exact(kernels, seed):
    rng = np.random.default_rng(seed)
    m, n, k = (int(v) for v in rng.integers(1, 40, 3))
    flags = int(rng.choice(LAYOUTS)) | int(rng.choice([0, Y_BROADCAST]))
    y_kind = "matrix" if flags & Y_BROADCAST else str(rng.choice(["none", "matrix", "in place"]))
    check(kernels, rng, m, n, k, flags, y_kind, int(rng.integers(0, 5)), data=mixed, cores=list(rng.permutation(8)))


def test_without_y_a_sum_of_negative_zeros_is_positive_zero(kernels):
    x, w, z = np.full((4, 1), -0.0, np.float32), np.ones((1, 32), np.float32), np.ones((4, 32), np.float32)
    arguments = dict(x=x, w=w, y=0, z=z, m=4, n=1, k=32, x_pitch=0, w_pitch=0, y_pitch=0, z_pitch=0, flags=0)
    kernels("td_gemm", arguments)
    assert not z.view(np.uint32).any()


def test_without_reduction_z_is_y(kernels):
    y, z = normal(np.random.default_rng(0), 5, 6), np.ones((5, 6), np.float32)
    arguments = dict(x=y, w=y, y=y, z=z, m=5, n=0, k=6, x_pitch=0, w_pitch=0, y_pitch=0, z_pitch=0, flags=0)
    kernels("td_gemm", arguments)
    assert mismatch(z, y) == ""


@pytest.mark.parametrize(("m", "k"), [(64, 128), (5, 7), (64, 10), (4, 16), (1, 40), (33, 36)])
def test_every_output_belongs_to_one_core(kernels, m, k):
    """Each core alone writes its outputs and no two write the same, whatever the order."""
    rng = np.random.default_rng(m * k)
    x, w = normal(rng, m, 3), normal(rng, 3, k)
    owners = np.zeros((m, k), int)
    for core in range(8):
        z = np.full((m, k), GUARD, np.float32)
        arguments = dict(x=x, w=w, y=0, z=z, m=m, n=3, k=k, x_pitch=0, w_pitch=0, y_pitch=0, z_pitch=0, flags=0)
        kernels("td_gemm", arguments, [core])
        owners += z != GUARD
    assert (owners == 1).all()
