# SPDX-License-Identifier: Apache-2.0
"""cocotb measurement, not a test: cycles of td_redmule over a grid of shapes, into cycles.json."""

import json
from pathlib import Path

import cocotb

from tb.blocks.redmule.published import PUBLISHED
from tb.blocks.redmule.test_cycles import TRANSPOSED, cycles_of
from tb.env.common.dut import Dut
from tb.env.redmule.driver import reset
from tb.env.redmule.engine import COLUMNS, ROWS

SIDES = (1, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128)  # M = K
DEPTHS = (1, 2, 4, 8, 12, 16, 32, 64, 128, 256)  # N


@cocotb.test()
async def grid(dut: Dut) -> None:
    await reset(dut)
    shapes = dict.fromkeys([*((side, depth, side) for depth in DEPTHS for side in SIDES), *PUBLISHED])
    rows = [[*shape, await cycles_of(dut, *shape)] for shape in shapes]
    multiples = [(ROWS * i, COLUMNS * i, COLUMNS * i) for i in (1, 2, 4, 8)]
    transposed = [
        [*shape, *[await cycles_of(dut, *shape, **layout) for layout in ({}, *TRANSPOSED)]]
        for shape in (*multiples, (16, 16, 16), (64, 64, 64), (64, 128, 128))
    ]
    Path("cycles.json").write_text(json.dumps({"grid": rows, "transposed": transposed}))
