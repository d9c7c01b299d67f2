# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_dma: every byte of both memories is compared with a NumPy model after each transfer."""

import random
from dataclasses import astuple, replace
from itertools import chain

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, FallingEdge, with_timeout

from tb.blocks.dma.transfers import (
    L2_BASE,
    L2_SIZE,
    TCDM_BASE,
    TCDM_SIZE,
    Pad,
    Transfer,
    apply,
    check,
    memory_of,
    model,
    overlapping,
    random_padded,
    random_transfer,
)
from tb.env.common import bus, figures, reset
from tb.env.common.coverage import Coverage
from tb.env.common.dut import Dut
from tb.env.common.memories import L2, TCDM, fill_random, region
from traindeploy.platform import register_map

REGS = register_map("dma")


def stall(dut: Dut, percent: int, delay: int, l2_percent: int | None = None) -> None:
    """How often the memories withhold grants (TCDM, and L2 if that differs) and answers."""
    dut.stall_i.value, dut.delay_i.value = percent, delay
    dut.stall_l2_i.value = percent if l2_percent is None else l2_percent


async def start(dut: Dut) -> None:
    stall(dut, 0, 0)
    await reset.start(dut, dut.req_i)


async def commit(dut: Dut, transfer: Transfer, core: int = 0) -> int:
    for word, value in enumerate(astuple(replace(transfer, pad=None))[:-1]):
        await bus.write(dut, REGS.SRC.offset + 4 * word, value, core)
    if transfer.pad is not None:
        for word, value in enumerate(astuple(transfer.pad)):
            await bus.write(dut, REGS.PAD_WIDTH.offset + 4 * word, value, core)
    return await bus.read(dut, REGS.COMMIT.offset, core)


async def idle(dut: Dut, cycles: int = 200_000) -> None:
    await ClockCycles(dut.clk_i, 1)
    if int(dut.busy_o.value):
        await with_timeout(FallingEdge(dut.busy_o), cycles * 10, "ns")
    await ClockCycles(dut.clk_i, 2)


STALLS = {(0, 0): "none", (10, 0): "grants", (0, 30): "answers", (50, 50): "both", (75, 20): "mostly"}


def sign(value: int) -> int:
    return (value > 0) - (value < 0)


def transfer_coverage() -> Coverage:
    """Bins of the unpadded random transfers. Strides count only where they are used (several rows or planes)."""
    lanes, pair = range(8), [(a, b) for a in (TCDM, L2) for b in (TCDM, L2)]
    return Coverage(
        path=pair,
        lanes=[(a, b) for a in lanes for b in lanes],  # of the first byte, source and destination
        length=[*range(1, 10), "more"],
        tail=lanes,
        rows=[0, 1, 2, "more"],
        planes=[0, 1, 2, "more"],
        src_stride=[-1, 0, 1],
        dst_stride=[-1, 1],
        src_stride2=[-1, 0, 1],
        dst_stride2=[-1, 1],
        stall=STALLS.values(),
    )


def cover(coverage: Coverage, transfer: Transfer, stalls: tuple[int, int]) -> None:
    coverage.hit(
        path=(memory_of(transfer.src), memory_of(transfer.dst)),
        lanes=(transfer.src % 8, transfer.dst % 8),
        length=transfer.length if transfer.length < 10 else "more",
        tail=transfer.length % 8,
        rows=transfer.rows if transfer.rows < 3 else "more",
        planes=transfer.planes if transfer.planes < 3 else "more",
        stall=STALLS[stalls],
    )
    if transfer.rows > 1:
        coverage.hit(src_stride=sign(transfer.src_stride), dst_stride=sign(transfer.dst_stride))
    if transfer.planes > 1:
        coverage.hit(src_stride2=sign(transfer.src_stride2), dst_stride2=sign(transfer.dst_stride2))


@cocotb.test()
async def random_transfers_move_exactly_their_bytes(dut: Dut) -> None:
    rng = random.Random(cocotb.RANDOM_SEED)
    await start(dut)
    fill_random(np.random.default_rng(7), TCDM, L2)
    expected = {n: region(n).copy() for n in (TCDM, L2)}
    coverage = transfer_coverage()
    moved = 0
    for number in range(3000):
        if number >= 500 and not coverage.missing():
            break
        stalls = rng.choice(list(STALLS))
        stall(dut, *stalls)
        transfer = random_transfer(rng)
        while overlapping(transfer):
            transfer = random_transfer(rng)
        cover(coverage, transfer, stalls)
        apply(expected, model(transfer))
        assert await commit(dut, transfer, rng.randrange(8)) == number + 1
        await idle(dut)
        check(expected, transfer)
        assert await bus.read(dut, REGS.DONE.offset) == number + 1
        moved += transfer.size()
        assert await bus.read(dut, REGS.BYTES.offset) == moved
    coverage.close(dut._log)


MANY = (
    Transfer(L2_BASE + 1, TCDM_BASE, 1, 2, 1, 65_537),
    Transfer(L2_BASE + 1, TCDM_BASE, 1, 0, 0, 1, 3, 1, 65_538),
    Transfer(L2_BASE, TCDM_BASE, 65_539),
    Transfer(TCDM_BASE + 4, L2_BASE, 4, 4, 8, 258, 1200, 2400, 9),
    Transfer(L2_BASE + 1, TCDM_BASE, 3, 2, 3, 7, 21, 21, 257, Pad(500, 5, -3, -2, 2, 0x1234_5678)),
    Transfer(L2_BASE + 70_000, TCDM_BASE + 66_000, 1, -1, -1, 300),
)


@cocotb.test()
async def many_rows_planes_and_bytes_are_all_moved(dut: Dut) -> None:
    """More than counters of 8 and 16 bits hold, in each of the three dimensions."""
    await start(dut)
    fill_random(np.random.default_rng(15), TCDM, L2)
    expected = {n: region(n).copy() for n in (TCDM, L2)}
    for number, transfer in enumerate(MANY, 1):
        apply(expected, model(transfer))
        assert await commit(dut, transfer) == number
        await idle(dut)
        check(expected, transfer)
    assert await bus.read(dut, REGS.BYTES.offset) == sum(transfer.size() for transfer in MANY)
    assert await bus.read(dut, REGS.ERROR.offset) == 0


def cover_padding(coverage: Coverage, transfer: Transfer) -> None:
    """Where each row of the transfer lies in the image."""
    pad = transfer.pad
    assert pad is not None
    coverage.hit(planes=min(transfer.planes, 2), rest=transfer.length % 4)
    for plane in range(transfer.planes):
        first = pad.x + plane * pad.step
        end = first + transfer.length
        if end <= 0 or first >= pad.width:
            place = "beside"
        else:
            place = {(0, 0): "image", (1, 0): "left", (0, 1): "right", (1, 1): "both"}[first < 0, end > pad.width]
        for y in range(pad.y, pad.y + transfer.rows):
            coverage.hit(row=place, height="above" if y < 0 else "below" if y >= pad.height else "inside")


@cocotb.test()
async def padding_replaces_what_lies_outside_the_image(dut: Dut) -> None:
    rng = random.Random(cocotb.RANDOM_SEED + 3)
    await start(dut)
    fill_random(np.random.default_rng(12), TCDM, L2)
    expected = {n: region(n).copy() for n in (TCDM, L2)}
    coverage = Coverage(
        row=["image", "left", "right", "both", "beside"],
        height=["above", "inside", "below"],
        planes=[1, 2],
        rest=range(4),  # bytes of a row after whole words of the padding value
    )
    for _ in range(200):
        stall(dut, *rng.choice([(0, 0), (10, 30), (75, 20)]))
        transfer = random_padded(rng)
        cover_padding(coverage, transfer)
        apply(expected, model(transfer))
        await commit(dut, transfer)
        if rng.random() < 0.3:  # padding holds for one transfer only
            plain = Transfer(L2_BASE + 0x10_0000, TCDM_BASE + 0x1_8000, 333)
            apply(expected, model(plain))
            await commit(dut, plain)
        await idle(dut)
        check(expected, transfer)
    assert await bus.read(dut, REGS.ERROR.offset) == 0
    coverage.close(dut._log)


@cocotb.test()
async def queued_transfers_of_all_cores_complete_in_order_with_one_event_each(dut: Dut) -> None:
    rng = random.Random(cocotb.RANDOM_SEED + 1)
    await start(dut)
    fill_random(np.random.default_rng(8), TCDM, L2)
    identifier, events = 0, [0] * 8
    for _round in range(12):
        stall(dut, *rng.choice([(0, 0), (30, 30), (75, 50)]))
        # Disjoint slots, so that transfers do not depend on each other; 14 of them fill the queue of 8.
        expected = {n: region(n).copy() for n in (TCDM, L2)}
        for slot in range(14):
            length = rng.choice([0, 1, 5, 64, 257, 1500])
            near, far = TCDM_BASE + slot * 4096 + rng.randrange(64), L2_BASE + slot * 8192 + rng.randrange(64)
            transfer = Transfer(*rng.choice([(near, far), (far, near)]), length)
            apply(expected, model(transfer))
            core = rng.randrange(8)
            events[core] += 1
            identifier += 1
            assert await commit(dut, transfer, core) == identifier
            assert await bus.read(dut, REGS.DONE.offset) <= identifier
        await idle(dut)
        check(expected, "queue")
        assert await bus.read(dut, REGS.DONE.offset) == identifier
    assert [(int(dut.events_o.value) >> 32 * c) & 0xFFFF_FFFF for c in range(8)] == events


@cocotb.test()
async def eight_cores_at_once_have_eight_transfers_in_flight(dut: Dut) -> None:
    """The cores' register writes are interleaved word by word, as when all run the same code."""
    rng = random.Random(cocotb.RANDOM_SEED + 4)
    await start(dut)
    fill_random(np.random.default_rng(13), TCDM, L2)
    for repeat in range(6):
        expected = {n: region(n).copy() for n in (TCDM, L2)}
        transfers = []
        for core in range(8):
            near, far = TCDM_BASE + core * 8192 + rng.randrange(64), L2_BASE + core * 8192 + rng.randrange(64)
            source, target = (near, far) if repeat % 2 else (far, near)
            transfers.append(Transfer(source, target, rng.randint(1, 300), 400, 500, rng.randint(1, 5)))
            apply(expected, model(transfers[-1]))
        stall(dut, 97, 0)  # so that none is complete when the last one is committed
        for word in range(9):
            for core in rng.sample(range(8), 8):
                value = astuple(replace(transfers[core], pad=None))[word]
                await bus.write(dut, REGS.SRC.offset + 4 * word, value, core)
        order = rng.sample(range(8), 8)
        for place, core in enumerate(order):
            assert await bus.read(dut, REGS.COMMIT.offset, core) == 8 * repeat + place + 1
        assert await bus.read(dut, REGS.DONE.offset) == 8 * repeat, "not all eight are in flight"
        assert await bus.read(dut, REGS.STATUS.offset) & REGS.STATUS.word(busy=1)
        stall(dut, 30, 30)
        await idle(dut)
        check(expected, f"cores in the order {order}")
        assert await bus.read(dut, REGS.STATUS.offset) == 0
        assert [(int(dut.events_o.value) >> 32 * c) & 0xFFFF_FFFF for c in range(8)] == [repeat + 1] * 8


@cocotb.test()
async def a_transfer_that_is_done_has_all_its_bytes_in_memory(dut: Dut) -> None:
    """Neighbours in the queue use different memories, so that the answer to a write can overtake an older one."""
    rng = random.Random(cocotb.RANDOM_SEED + 2)
    await start(dut)
    fill_random(np.random.default_rng(10), TCDM, L2)
    done = 0
    for _round in range(40):
        stall(dut, *rng.choice([(75, 20), (97, 0, 0), (0, 0, 97)]))
        writes = []
        for slot in range(8):
            near, far = TCDM_BASE + slot * 256, L2_BASE + 0x1000 + slot * 256
            near_copy, far_copy = near + 0x1_0000, far + 0x1_0000
            length = rng.choice([1, 8, 16, 60])
            transfer = Transfer(rng.choice([near, far]), rng.choice([near_copy, far_copy]), length)
            writes.append(model(transfer))
            await commit(dut, transfer)
        while await bus.read(dut, REGS.DONE.offset) < done + 8:
            finished = await bus.read(dut, REGS.DONE.offset) - done
            for number, offset, data in chain.from_iterable(writes[:finished]):
                assert (region(number)[offset : offset + len(data)] == data).all(), "done before its bytes were written"
        done += 8
        for memory, offset in ((TCDM, 0x1_0000), (L2, 0x1_1000)):
            region(memory)[offset : offset + 4096] ^= 0xFF


@cocotb.test()
async def rows_reach_their_bandwidth(dut: Dut) -> None:
    await start(dut)
    fill_random(np.random.default_rng(9), TCDM, L2)
    paths = {
        "L2 to TCDM": (L2_BASE, TCDM_BASE),
        "TCDM to L2": (TCDM_BASE, L2_BASE),
        "TCDM to TCDM": (TCDM_BASE, TCDM_BASE + TCDM_SIZE // 2),
        "L2 to L2": (L2_BASE, L2_BASE + L2_SIZE // 2),
    }
    found = {}
    for name, (src, dst) in paths.items():
        await commit(dut, Transfer(src, dst, 8))
        await idle(dut)
        found[f"DMA, {name}: one 8-byte transfer, COMMIT to completion"] = f"{int(dut.busy_cycles_o.value)} cycles"
        for length in (36, 64, 256, 4096):
            transfer = Transfer(src, dst, length, length + 64, length + 32, 16384 // length)
            await commit(dut, transfer)
            await idle(dut)
            rate = transfer.size() / int(dut.busy_cycles_o.value)
            found[f"DMA, {name}: rows of {length} bytes"] = f"{rate:.2f} B/cycle"
            # 36 bytes need five 64-bit accesses; one memory for both sides halves the rate.
            bound = 0.9 * (36 / 5 if length == 36 else 8) * (0.5 if name in ("TCDM to TCDM", "L2 to L2") else 1)
            assert rate >= bound, (name, length, rate)
    # Misaligned by one byte on one side: a row needs one access more there.
    await commit(dut, Transfer(L2_BASE + 1, TCDM_BASE, 256, 320, 256, 64))
    await idle(dut)
    rate = 64 * 256 / int(dut.busy_cycles_o.value)
    found["DMA, L2 to TCDM: rows of 256 bytes, source misaligned by 1"] = f"{rate:.2f} B/cycle"
    assert rate >= 0.9 * 8
    # im2col of an output row of 16 pixels, kernel 3x3, 64 channels, one pixel of border: patches of 3 x 768 bytes.
    pitch = 16 * 256
    pad = Pad(pitch, 16, -256, -1, 256, 0)
    await commit(dut, Transfer(L2_BASE + 0x8000 - 256 - pitch, TCDM_BASE, 768, pitch, 768, 3, 256, 2304, 16, pad))
    await idle(dut)
    rate = 16 * 3 * 768 / int(dut.busy_cycles_o.value)
    found["DMA, L2 to TCDM: im2col of a row, 3x3 kernel, 64 channels, with border"] = f"{rate:.2f} B/cycle"
    assert rate >= 0.9 * 8
    figures.record(found)


@cocotb.test()
async def unmapped_addresses_are_reported(dut: Dut) -> None:
    await start(dut)
    await commit(dut, Transfer(TCDM_BASE + TCDM_SIZE - 8, L2_BASE, 16))  # runs over the end of TCDM
    await idle(dut)
    assert await bus.read(dut, REGS.ERROR.offset) == 1
    assert await bus.read(dut, REGS.ERROR_ADDR.offset) == TCDM_BASE + TCDM_SIZE
    await bus.write(dut, REGS.ERROR.offset, 1)
    assert await bus.read(dut, REGS.ERROR.offset) == 0
    assert await bus.read(dut, REGS.DONE.offset) == 1
    for access in (bus.write(dut, REGS.DONE.offset, 1), bus.read(dut, 0x3F0), bus.write(dut, 0x2, 1)):
        try:
            await access
        except bus.BusError:
            continue
        raise AssertionError("an illegal register access was accepted")
