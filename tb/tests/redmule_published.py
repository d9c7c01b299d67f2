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
