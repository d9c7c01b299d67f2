# SPDX-License-Identifier: Apache-2.0
"""Tiles cover what they divide, fit L1, and are the cheapest of those that do."""

from dataclasses import replace

import numpy as np
import pytest

from traindeploy.platform import CONFIGS
from traindeploy.schedule import conv_tile, costs, gemm_tile
from traindeploy.schedule.conv import chunk_window, input_rows
from traindeploy.schedule.tile_choice import OperandSize

L1_BYTES = 100_000
CONFIG = CONFIGS["paper"]


def random_product(rng: np.random.Generator) -> gemm_tile.Product:
    m, n, k = (int(size) for size in rng.integers(1, 600, 3))
    x, w, z, y = (
        OperandSize(4 * elements if 4 * elements <= 16384 and rng.integers(2) else None, 4)
        for elements in (m * n, n * k, m * k, m * k)
    )
    return gemm_tile.Product(m, n, k, x, w, z, y if rng.integers(2) else None)


@pytest.mark.parametrize("seed", range(12))
def test_a_products_tile_is_the_cheapest_that_fits(seed: int) -> None:
    problem = random_product(np.random.default_rng(seed))
    chosen = gemm_tile.choose_tile(problem, "redmule", CONFIG, L1_BYTES)
    assert chosen is not None
    assert gemm_tile.footprint(problem, chosen) <= L1_BYTES
    cost = gemm_tile.cost(problem, chosen, "redmule", CONFIG)
    for other in gemm_tile.candidates(problem, CONFIG):
        if gemm_tile.footprint(problem, other) <= L1_BYTES:
            assert gemm_tile.cost(problem, other, "redmule", CONFIG) >= cost
    assert gemm_tile.choose_tile(problem, "redmule", CONFIG, L1_BYTES) == chosen


@pytest.mark.parametrize("k_outer", [False, True])
def test_tiles_compute_every_product_once_and_reductions_in_order(k_outer: bool) -> None:
    size = OperandSize(None, 4)
    problem = gemm_tile.Product(50, 70, 30, size, size, size)
    done = np.zeros((50, 30), int)  # how far each element's reduction has come
    for (m, ms), (n, ns), (k, ks) in gemm_tile.tiles(problem, gemm_tile.TileShape(12, 64, 16, k_outer)):
        assert np.all(done[m : m + ms, k : k + ks] == n)
        done[m : m + ms, k : k + ks] += ns
    assert np.all(done == 70)


def test_a_tile_of_fewer_bytes_than_its_operands_is_refused() -> None:
    size = OperandSize(None, 4)
    assert gemm_tile.choose_tile(gemm_tile.Product(64, 64, 64, size, size, size), "cores", CONFIG, 100) is None


@pytest.mark.parametrize("l1_bytes", [60_000, 100_000, 200_000])
def test_a_convolutions_tile_is_the_cheapest_that_fits(l1_bytes: int) -> None:
    size = OperandSize(None, 4)
    conv = conv_tile.Convolution(16, 64, 3, 3, 128, 1, 16, 16, 65536, 294912, 131072, size, size, size)
    chosen = conv_tile.choose_conv_tile(conv, "redmule", CONFIG, l1_bytes)
    assert chosen is not None
    assert conv_tile.footprint(conv, chosen).fits(l1_bytes, chunks=1)
    cost = conv_tile.cost(conv, chosen, "redmule", CONFIG, l1_bytes)
    for other in conv_tile.candidates(conv, CONFIG):
        if conv_tile.footprint(conv, other).fits(l1_bytes, chunks=1):
            assert conv_tile.cost(conv, other, "redmule", CONFIG, l1_bytes) >= cost


def test_a_convolution_without_room_for_a_second_chunk_makes_each_in_turn() -> None:
    size = OperandSize(None, 4)
    conv = conv_tile.Convolution(16, 64, 3, 3, 128, 1, 16, 16, 65536, 294912, 131072, size, size, size)
    tile = conv_tile.ConvTile(rows=2, kernel_rows=1, kernel_cols=3, columns=16)
    needs = conv_tile.footprint(conv, tile)
    room = needs.others + 2 * needs.chunk
    enough, tight = (conv_tile.cost(conv, tile, "redmule", CONFIG, l1_bytes) for l1_bytes in (room, room - 1))
    assert tight - enough == 8 * 3 * costs.kernel("td_im2col", 2 * 16 * 1 * 3 * 64)


def test_a_chunks_window_has_the_rows_that_its_kernel_rows_meet() -> None:
    height, kernel, stride, pad = 9, 3, 2, 1
    for kernel_row in range(kernel):
        window = chunk_window((1, 3), (kernel_row, 1), stride, pad, height)
        wanted = [row * stride - pad + kernel_row for row in (1, 2, 3)]
        first = window.first + window.cut
        assert next(row for row in wanted if 0 <= row < height) == first
        assert first + window.count == max(row for row in wanted if row < height) + 1


def test_input_rows_are_within_the_image() -> None:
    assert input_rows(0, 1, kernel=3, stride=1, pad=3, height=4) == (0, 1)  # padding only: one row all the same
    assert input_rows(5, 1, kernel=3, stride=1, pad=1, height=6) == (4, 2)


def test_weights_that_lie_whole_cross_once_and_others_with_every_tile() -> None:
    size, whole = OperandSize(None, itemsize=4), OperandSize(294912, itemsize=4)
    by_tile = conv_tile.Convolution(16, 64, 3, 3, 128, 1, 16, 16, 65536, 294912, 131072, size, size, size)
    for rows in (1, 4, 16):
        tile = conv_tile.ConvTile(rows, 3, 3, 128, False)
        costs_of = [
            conv_tile.cost(conv, tile, "redmule", CONFIG, 118_000) for conv in (by_tile, replace(by_tile, w=whole))
        ]
        assert costs_of[0] > costs_of[1] if rows < 16 else costs_of[0] == costs_of[1], rows
