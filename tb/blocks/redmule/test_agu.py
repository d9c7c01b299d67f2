# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_redmule_agu alone, whose blocks may be as large as any engine's and its sizes as any job's.

In a whole engine a size of 32768 takes long and a block of 128 an engine of 128 columns. Alone, the upper bit of each
count, size and address is seen in seconds.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import cocotb
from cocotb.triggers import FallingEdge, Timer

from tb.env.common.dut import Dut
from tb.env.common.reset import start
from tb.env.redmule.engine import SEED

ROWS = COLUMNS = 128
TOP = 1 << 15  # half of a size's range
M, N, K, ONE = range(4)  # td_redmule_pkg::block_e
STRIDES = ("line_stride", "chunk_stride", "k_stride", "m_stride")


@dataclass(frozen=True)
class Walk:
    """A stream of a job: sizes (M, N, K), and the fields of td_redmule_pkg::stream_cfg_t by name."""

    sizes: tuple[int, int, int]
    fields: dict[str, int]

    def beats(self) -> Iterator[int]:
        """beat_o of each beat, in order."""
        f, (m, n, k) = self.fields, self.sizes
        tiles = (-(-m // ROWS), -(-k // COLUMNS) if f["k_loop"] else 1, -(-n // COLUMNS) if f["n_loop"] else 1)
        for tile, across_k, chunk in product(*map(range, tiles)):
            blocks = (
                min(m - tile * ROWS, ROWS),
                min(n - chunk * COLUMNS, COLUMNS),
                min(k - across_k * COLUMNS, COLUMNS),
                1,
            )
            lines, words, vectors = (blocks[f[what]] for what in ("lines", "words", "vectors"))
            for line in range(lines):
                moved = zip((line, chunk, across_k, tile), STRIDES, strict=True)
                address = f["base"] + sum(count * f[stride] for count, stride in moved)
                flags = (line == 0) << 3 | (line == lines - 1) << 2 | f["across"] << 1 | f["fill"]
                yield (address & 0xFFFF_FFFF) << 28 | words << 20 | line << 12 | vectors << 4 | flags


def walk(rng: random.Random, sizes: tuple[int, int, int], lines: int) -> Walk:
    """Any strides and loops."""
    fields = {name: rng.getrandbits(32) for name in ("base", *STRIDES)}
    fields |= {name: rng.getrandbits(1) for name in ("across", "fill")}
    fields |= {"k_loop": 1, "n_loop": 1, "lines": lines, "words": rng.randrange(4), "vectors": rng.randrange(4)}
    return Walk(sizes, fields)


def given(dut: Dut, work: Walk) -> None:
    """Offer ``work`` with start_i, and take nothing."""
    for name, value in work.fields.items():
        getattr(dut, f"{name}_i").value = value
    dut.m_i.value, dut.n_i.value, dut.k_i.value = work.sizes
    dut.start_i.value, dut.take_i.value = 1, 0


async def run(dut: Dut, work: Walk, rng: random.Random, waiting: float = 0.0, most: int = 1 << 30) -> None:
    """Compare each beat of ``work``, taken after ``waiting`` of the cycles; stop behind ``most`` beats."""
    given(dut, work)
    await FallingEdge(dut.clk_i)
    dut.start_i.value = 0
    for number, beat in enumerate(work.beats()):
        if number == most:
            return
        while rng.random() < waiting:
            dut.take_i.value = 0
            await FallingEdge(dut.clk_i)
        assert int(dut.busy_o.value) == 1, f"{work} ends before beat {number}"
        assert int(dut.beat_o.value) == beat, f"{work}, beat {number}"
        dut.take_i.value = 1
        await FallingEdge(dut.clk_i)
    dut.take_i.value = 0
    assert int(dut.busy_o.value) == 0, f"{work} goes on"


async def begin(dut: Dut) -> random.Random:
    inputs = ("clear_i", "start_i", "take_i", "m_i", "n_i", "k_i")
    await start(dut, *(getattr(dut, name) for name in inputs))
    await FallingEdge(dut.clk_i)
    return random.Random(SEED)


@cocotb.test()
async def every_loop_walks_as_far_as_its_blocks(dut: Dut) -> None:
    rng = await begin(dut)
    shapes = list(product(*([1, block - 1, block, block + 1] for block in (ROWS, COLUMNS, COLUMNS))))
    for m, n, k in rng.sample(shapes, 10):
        work = walk(rng, (m, n, k), rng.randrange(4))
        work.fields.update(k_loop=rng.getrandbits(1), n_loop=rng.getrandbits(1))
        await run(dut, work, rng, rng.choice([0.0, 0.3]))


@cocotb.test()
async def sizes_beyond_half_of_their_range_are_walked_to_their_end(dut: Dut) -> None:
    """Each of M, N and K, with the loops about it walked twice, so that what a loop begins again with is seen."""
    rng = await begin(dut)
    for large, turn in product((M, N, K), range(2)):
        sizes = [ROWS + 1, COLUMNS, COLUMNS]
        sizes[large] = TOP + rng.randrange(TOP // 8)
        if turn and large == N:
            sizes[K] = COLUMNS + turn
        work = walk(rng, (sizes[0], sizes[1], sizes[2]), ONE)
        work.fields[("words", "vectors")[turn % 2]] = large
        await run(dut, work, rng)


@cocotb.test()
async def a_clear_or_a_reset_ends_a_walk_at_once(dut: Dut) -> None:
    """And leaves nothing of it to the next one."""
    rng = await begin(dut)
    for cut in range(12):
        sizes = (2 * ROWS + 1, 2 * COLUMNS + 1, 2 * COLUMNS + 1)
        await run(dut, walk(rng, sizes, rng.randrange(4)), rng, most=1 + 5 * cut)
        dut.take_i.value = 0
        if cut % 2:
            dut.clear_i.value = 1
            await FallingEdge(dut.clk_i)
            dut.clear_i.value = 0
        else:
            dut.rst_ni.value = 0
            await Timer(1, "ns")
            assert int(dut.busy_o.value) == 0, "a reset waits for no clock"
            dut.rst_ni.value = 1
            await FallingEdge(dut.clk_i)
        assert int(dut.busy_o.value) == 0
        await run(dut, walk(rng, (ROWS, COLUMNS + 1, 1), rng.randrange(4)), rng)
