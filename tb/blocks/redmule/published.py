# SPDX-License-Identifier: Apache-2.0
"""Cycles of the published engine, measured on its RTL with ideal memory, for the shapes M, N, K."""

# (H4 L12 P3, FP32 H4 L4 P1); None: it hangs or was not measured.
PUBLISHED = {
    (8, 8, 8): (125, 102),
    (12, 16, 16): (170, 265),
    (16, 16, 16): (236, 329),
    (32, 32, 32): (876, 2121),
    (64, 64, 64): (6252, 16457),
    (96, 96, 96): (18540, 55369),
    (128, 128, 128): (45164, 131145),
    (64, 128, 128): (24684, 65609),
    (64, 64, 128): (12396, 32841),
    (1, 128, 10): (602, 575),
    (64, 4, 128): (None, None),
    (5, 3, 7): (101, None),
}


def never_below(m: int, n: int, k: int, height: int, rows: int, pipe: int) -> int | None:
    """A bound that the published engine's cycles do not go below; None for N <= H, where it hangs on most shapes.

    Its cycle model, exact on what was measured with whole tiles, less the 20 cycles by which short tiles fall below
    it; and where a tile's beats exceed its steps, those (64 x 8 x 64: 1164 - 20, measured 1162).
    """
    columns = height * (pipe + 1)
    tiles = -(-m // rows) * -(-k // columns)
    if n <= height:
        return None
    start = {(4, 12, 3): 76, (4, 4, 1): 59}[height, rows, pipe]
    padded = -(-n // height) * height
    a_tile = max(padded * (pipe + 1), padded + rows * -(-n // columns) + 2 * rows)
    return start + tiles * a_tile + columns + rows + pipe + 1 - 20
