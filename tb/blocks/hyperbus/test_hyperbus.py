# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_hyperbus with the HyperRAM model: all bytes of L2 and L3 are compared after each job."""

import random

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, FallingEdge, with_timeout

from tb.env.common import bus, figures, reset
from tb.env.common.coverage import Coverage, names, open_bins, points, record
from tb.env.common.dut import Dut
from tb.env.common.memories import L2, L3, fill_random, region
from tb.env.common.register_target import answers_as_its_map
from traindeploy.platform import address_map, register_map

L2_BASE = address_map.L2.base
L2_SIZE = address_map.L2.size
L3_SIZE = address_map.L3.size

REGS = register_map("hyperbus")
TO_L2, TO_L3, REGISTER_SPACE = 0, REGS.DIR.word(to_l3=1), REGS.DIR.word(register_space=1)
CR0 = 0x1000  # byte address of configuration register 0 in register space
MODES = [(7, True), (7, False), (3, False), (6, True), (4, False)]  # latency in clocks, always twice that?
CS_LOW_MAX = 1440  # cycles that the device allows
WAYS = ("read", "write")
LATENCY = ("latency once", "latency twice")


# Bins of the chip-select limit: outputs of td_hyperbus_coverage.sv, lowest bit first. A job that goes on behind a split
# begins with an odd byte only if it was split within a word.
LIMIT_BINS = {
    "last": names(WAYS, LATENCY, tuple(f"job's last byte {n} cycles before the limit" for n in range(4))),
    "left": names(WAYS, LATENCY, tuple(f"{n} bytes left at the limit" for n in ("1", "2", "3 or more"))),
    "split": names(WAYS, ("even first byte", "odd"), ("even rest", "odd rest"), ("first part", "later part")),
    "half": names(WAYS, ("split between words", "split within a word")),
    "still": names(WAYS, ("bytes move at the limit", "nothing moves")),
    "value": names(WAYS, ("limit below 128", "below 256", "below 1024", "larger")),
    "row": [
        *("read crosses a row, then the limit", "read split at a row's end", "write split a word before a row's end"),
        "write's row ends in the last cycles before the limit",
    ],
}
WINDOW = 1 << 16  # only this much of L3 is filled and compared, at both ends


async def start(dut: Dut) -> None:
    await reset.start(dut, dut.req_i, dut.stall_i, dut.delay_i, dut.unplug_i, cycles=300)
    fill_random(np.random.default_rng(5), L2)
    region(L3)[:] = 0
    region(L3)[:WINDOW] = region(L2)[:WINDOW] ^ 0xFF
    region(L3)[-WINDOW:] = region(L2)[:WINDOW] ^ 0x0F


async def commit(dut: Dut, l3: int, l2: int, length: int, direction: int) -> int:
    await bus.write(dut, REGS.L3_ADDR.offset, l3)
    await bus.write(dut, REGS.L2_ADDR.offset, l2)
    await bus.write(dut, REGS.LEN.offset, length)
    await bus.write(dut, REGS.DIR.offset, direction)
    return await bus.read(dut, REGS.COMMIT.offset)


async def idle(dut: Dut) -> None:
    await ClockCycles(dut.clk_i, 1)
    if int(dut.busy_o.value):
        await with_timeout(FallingEdge(dut.busy_o), 5_000_000, "ns")
    await ClockCycles(dut.clk_i, 2)


async def job(dut: Dut, l3: int, l2: int, length: int, direction: int) -> int:
    """Run one job alone; the cycles it took."""
    await commit(dut, l3, l2, length, direction)
    await idle(dut)
    return int(dut.busy_cycles_o.value)


async def set_latency(dut: Dut, clocks: int, fixed: bool) -> None:
    """Write the device's CR0 and the controller's LATENCY."""
    code = {3: 0xE, 4: 0xF}.get(clocks, clocks - 5)
    value = 0x8F07 | code << 4 | fixed << 3
    region(L2)[0:2] = [value >> 8, value & 0xFF]
    await job(dut, CR0, L2_BASE, 2, TO_L3 | REGISTER_SPACE)
    await bus.write(dut, REGS.LATENCY.offset, clocks)
    await job(dut, CR0, L2_BASE + 8, 2, TO_L2 | REGISTER_SPACE)
    assert bytes(region(L2)[8:10]) == bytes([value >> 8, value & 0xFF])


class Expected:
    """What L2 and the two windows of L3 must hold."""

    def __init__(self) -> None:
        self.l2 = region(L2).copy()
        self.l3 = np.concatenate([region(L3)[:WINDOW], region(L3)[-WINDOW:]])

    def apply(self, l3: int, l2: int, length: int, direction: int) -> None:
        low = l3 if l3 < WINDOW else l3 - L3_SIZE + 2 * WINDOW
        near, far = self.l2[l2 - L2_BASE :][:length], self.l3[low:][:length]
        if direction == TO_L2:
            near[:] = far
        else:
            far[:] = near

    def check(self, what: object) -> None:
        wrong = np.flatnonzero(self.l2 != region(L2))
        assert wrong.size == 0, f"{what}: {wrong.size} bytes of L2 differ, first at {wrong[0]:#x}"
        l3 = np.concatenate([region(L3)[:WINDOW], region(L3)[-WINDOW:]])
        wrong = np.flatnonzero(self.l3 != l3)
        assert wrong.size == 0, f"{what}: {wrong.size} bytes of L3 differ, first at {wrong[0]:#x}"


def random_job(rng: random.Random) -> tuple[int, int, int, int]:
    length = rng.choice([1, 2, 3, 7, 8, 9, 64, 255, 1024, rng.randrange(1, 600), rng.randrange(1, 4000)])
    low = rng.choice([0, L3_SIZE - WINDOW])
    l3 = low + rng.randrange(WINDOW - length + 1)
    l2 = L2_BASE + rng.randrange(L2_SIZE - length + 1)
    if rng.random() < 0.5:
        l3, l2 = l3 & ~1, l2 & ~3
    if rng.random() < 0.3 and length > 2 and l3 % 1024 + length < 1024:  # across a row boundary, and just up to one
        l3 += 1024 - l3 % 1024 - rng.choice([1, 2, length, length // 2])
        l3 = min(l3, low + WINDOW - length)
    return l3, l2, length, rng.choice([TO_L2, TO_L3])


def job_coverage() -> Coverage:
    """Bins of the random jobs: alignments, lengths, row boundaries, in both directions and all latency modes."""
    ways = (TO_L2, TO_L3)
    return Coverage(
        lanes=[(way, l3, l2) for way in ways for l3 in range(2) for l2 in range(8)],  # of the first byte
        length=[(way, odd) for way in ways for odd in range(2)],
        single=ways,  # one byte
        rows=[(way, rows) for way in ways for rows in (1, 2, 3)],  # of 1 KB touched; 3 or more
        row_end=[(way, "at") for way in ways],  # ends just at a row's end
        latency=[(way, *mode) for way in ways for mode in MODES],
    )


def cover(coverage: Coverage, what: tuple[int, int, int, int], mode: tuple[int, bool]) -> None:
    l3, l2, length, way = what
    rows = (l3 + length - 1) // 1024 - l3 // 1024 + 1
    coverage.hit(lanes=(way, l3 % 2, l2 % 8), length=(way, length % 2), rows=(way, min(rows, 3)), latency=(way, *mode))
    if length == 1:
        coverage.hit(single=way)
    if (l3 + length) % 1024 == 0:
        coverage.hit(row_end=(way, "at"))


@cocotb.test()
async def random_jobs_move_exactly_their_bytes(dut: Dut) -> None:
    rng = random.Random(cocotb.RANDOM_SEED)
    await start(dut)
    number = 0
    coverage = job_coverage()
    for repeat in range(15):
        if repeat >= len(MODES) and not coverage.missing():
            break
        clocks, fixed = mode = MODES[repeat % len(MODES)]
        await set_latency(dut, clocks, fixed)
        number += 2
        expected = Expected()
        for _ in range(40):
            dut.stall_i.value, dut.delay_i.value = rng.choice([(0, 0), (20, 20), (90, 0), (95, 80)])
            what = random_job(rng)
            cover(coverage, what, mode)
            expected.apply(*what)
            number += 1
            before = await bus.read(dut, REGS.BYTES.offset)
            assert await commit(dut, *what) == number
            await idle(dut)
            expected.check(what)
            assert await bus.read(dut, REGS.DONE.offset) == number
            assert await bus.read(dut, REGS.BYTES.offset) - before == what[2]
    assert int(dut.events_o.value) == number
    assert int(dut.faults_o.value) == 0
    coverage.close(dut._log)


@cocotb.test()
async def queued_jobs_complete_in_order(dut: Dut) -> None:
    rng = random.Random(cocotb.RANDOM_SEED)
    await start(dut)
    expected = Expected()
    for number in range(1, 31):
        what = random_job(rng)
        if number % 7 == 0:
            what = (what[0], what[1], 0, what[3])
        expected.apply(*what)
        assert await commit(dut, *what) == number
        assert number - 8 <= await bus.read(dut, REGS.DONE.offset) <= number
    await idle(dut)
    expected.check("queue")
    assert await bus.read(dut, REGS.DONE.offset) == 30
    assert int(dut.events_o.value) == 30


@cocotb.test()
async def an_l2_that_stands_still_never_keeps_chip_select_low_too_long(dut: Dut) -> None:
    """The device model would complain; and the data must be right although transactions end anywhere, even half-way
    through a word.
    """
    rng = random.Random(cocotb.RANDOM_SEED)
    await start(dut)
    expected = Expected()
    for number in range(40):
        what = rng.randrange(100), L2_BASE + rng.randrange(100), 600, number % 2
        expected.apply(*what)
        await commit(dut, *what)
        await ClockCycles(dut.clk_i, rng.randrange(500))
        dut.stall_i.value = 100
        await ClockCycles(dut.clk_i, 1600)
        dut.stall_i.value = 0
        await idle(dut)
        expected.check(what)


@cocotb.test()
async def a_write_whose_first_byte_is_withheld_beyond_the_limit_is_tried_again(dut: Dut) -> None:
    """The device gets masked words until L2 gives the byte: nothing is lost, nothing else is written, no error."""
    rng = random.Random(cocotb.RANDOM_SEED)
    await start(dut)
    expected = Expected()
    for number, waited in enumerate([1350, 1400, 1450, *(rng.randrange(1300, 6000) for _ in range(17))]):
        l3, length = rng.randrange(2000), rng.choice([1, 2, 3, 600])
        what = l3 ^ number & 1, L2_BASE + rng.randrange(100), length, TO_L3
        dut.stall_i.value = 100
        await ClockCycles(dut.clk_i, 2)
        expected.apply(*what)
        await commit(dut, *what)
        await ClockCycles(dut.clk_i, waited)
        assert int(dut.busy_o.value), "the job ended without its bytes"
        dut.stall_i.value = 0
        await idle(dut)
        expected.check((waited, *what))
    assert await bus.read(dut, REGS.ERROR.offset) == 0
    assert int(dut.violations_o.value) == 0


@cocotb.test()
async def a_register_is_written_when_its_bytes_have_come(dut: Dut) -> None:
    """Register space has no mask, so the transaction must not begin before there is something to write."""
    await start(dut)
    region(L2)[0:2] = [0x9F, 0x2F]
    dut.stall_i.value = 100
    await ClockCycles(dut.clk_i, 2)
    before = int(dut.transactions_o.value)
    await commit(dut, CR0, L2_BASE, 2, TO_L3 | REGISTER_SPACE)
    await ClockCycles(dut.clk_i, 4000)
    assert int(dut.transactions_o.value) == before
    dut.stall_i.value = 0
    await idle(dut)
    await job(dut, CR0, L2_BASE + 8, 2, TO_L2 | REGISTER_SPACE)
    assert bytes(region(L2)[8:10]) == bytes([0x9F, 0x2F])
    assert await bus.read(dut, REGS.ERROR.offset) == 0
    assert int(dut.violations_o.value) == 0


def limit_job(rng: random.Random, limit: int, clocks: int, mode_twice: bool) -> tuple[int, int, int, int]:
    """A job whose transactions end about where chip select must rise: l3, l2, length, direction."""
    overhead = 6 + 2 * clocks * (2 if mode_twice or rng.random() < 0.3 else 1)
    burst = max(max(limit, 128) - overhead + rng.randrange(-8, 7), 3)  # bytes of one transaction
    if rng.random() < 0.4:  # one transaction that ends in the last cycles; bytes read come some cycles behind the clock
        way = rng.choice([TO_L2, TO_L3])
        length = max(max(limit, 128) - overhead + (rng.randrange(5) if way == TO_L3 else rng.randrange(-6, 2)), 3)
        return 1024 * rng.randrange(1, 40) + rng.randrange(2), L2_BASE + 8 * rng.randrange(1000), length, way
    length = burst * rng.choice([1, 1, 1, 2, 3]) + rng.choice([0, 0, 1, 2, rng.randrange(40)])
    length = min(length, 4000)
    l3 = 1024 * rng.randrange(1, 40) + rng.choice([0, 1, rng.randrange(1024), *[-burst + rng.randrange(-6, 7)] * 3])
    l3 = max(l3, 0)
    return l3, L2_BASE + rng.randrange(L2_SIZE - length), length, rng.choice([TO_L2, TO_L3])


@cocotb.test()
async def jobs_that_end_about_the_chip_select_limit_close_its_coverage(dut: Dut) -> None:
    rng = random.Random(cocotb.RANDOM_SEED)
    await start(dut)
    for repeat in range(120):
        if repeat >= 10 and not open_bins(dut, LIMIT_BINS):
            break
        clocks, fixed = MODES[repeat % len(MODES)]
        await set_latency(dut, clocks, fixed)
        expected = Expected()
        for _ in range(20):
            limit = rng.choice([100, 128, 129, 150, 151, 240, 301, 600, 901, 1399, 1400])
            await bus.write(dut, REGS.CS_LIMIT.offset, limit)
            # The first byte of a write must come from L2 before the limit; td_l2 takes some 10 cycles at most.
            heavy = [(97, 90)] if limit >= 900 else [(80, 50)]
            dut.stall_i.value, dut.delay_i.value = rng.choice([(0, 0), (0, 0), (20, 20), *heavy])
            what = limit_job(rng, limit, clocks, fixed)
            expected.apply(*what)
            await commit(dut, *what)
            await idle(dut)
            expected.check((limit, *what))
    assert int(dut.violations_o.value) == 0
    assert await bus.read(dut, REGS.ERROR.offset) == 0
    missing, over = open_bins(dut, LIMIT_BINS), int(dut.over_o.value)
    stated = sum(len(bins) for bins in LIMIT_BINS.values())
    hit = stated - sum(map(len, missing.values()))
    dut._log.info("coverage of the limit: %d of %d bins after %d rounds; %d cycles over", hit, stated, repeat, over)
    figures.record(
        {
            "HyperBus, coverage of the chip-select limit": f"{hit} of {stated} bins",
            "HyperBus, chip select low beyond CS_LIMIT, at most": f"{over} cycles",
        }
    )
    record(points(dut, LIMIT_BINS))
    assert 1400 + over <= CS_LOW_MAX
    assert not missing, missing


@cocotb.test()
async def bursts_reach_their_bandwidth(dut: Dut) -> None:
    await start(dut)
    found = {}
    for fixed in (True, False):
        await set_latency(dut, 7, fixed)
        latency = "fixed" if fixed else "variable"
        for direction, name in ((TO_L2, "L3 to L2"), (TO_L3, "L2 to L3")):
            for length in (64, 256, 1024, 65536):
                cycles = await job(dut, 0, L2_BASE, length, direction)
                found[f"HyperBus, {name}: {length} bytes, {latency} latency"] = f"{length / cycles:.3f} B/cycle"
                assert length < 1024 or length / cycles >= 0.85
            cycles = await job(dut, 510, L2_BASE + 3, 1024, direction)
            found[f"HyperBus, {name}: 1024 bytes across a row, {latency} latency"] = f"{1024 / cycles:.3f} B/cycle"
            assert 1024 / cycles >= 0.85
    figures.record(found)


@cocotb.test()
async def missing_device_and_l2_error_end_the_job_and_are_reported(dut: Dut) -> None:
    await start(dut)
    await job(dut, 0, L2_BASE + L2_SIZE - 8, 16, TO_L2)
    assert await bus.read(dut, REGS.ERROR.offset) == 1
    await bus.write(dut, REGS.ERROR.offset, 1)
    assert await bus.read(dut, REGS.ERROR.offset) == 0
    dut.unplug_i.value = 1
    await job(dut, 0, L2_BASE, 64, TO_L2)
    assert await bus.read(dut, REGS.ERROR.offset) == 1
    dut.unplug_i.value = 0
    await bus.write(dut, REGS.ERROR.offset, 1)
    await job(dut, 0, L2_BASE, 64, TO_L2)
    assert bytes(region(L2)[:64]) == bytes(region(L3)[:64])
    assert await bus.read(dut, REGS.ERROR.offset) == 0


async def violations_of(dut: Dut, l3: int, length: int, direction: int) -> int:
    before = int(dut.violations_o.value)
    await job(dut, l3, L2_BASE, length, direction)
    return int(dut.violations_o.value) - before


@cocotb.test()
async def the_model_catches_violations(dut: Dut) -> None:
    """Run with +td_hyperram_count_only: each wrong setting of the controller must be noticed by the device model."""
    await start(dut)
    assert await violations_of(dut, 1000, 3000, TO_L3) == 0
    assert await violations_of(dut, 1000, 3000, TO_L2) == 0
    await bus.write(dut, REGS.BOUNDARY.offset, 20)
    assert await violations_of(dut, 1000, 100, TO_L3) == 1  # write across a row boundary
    await bus.write(dut, REGS.BOUNDARY.offset, 10)
    await bus.write(dut, REGS.CS_LIMIT.offset, 4000)
    assert await violations_of(dut, 0, 2000, TO_L2) == 1  # chip select low for too long
    await bus.write(dut, REGS.CS_LIMIT.offset, 1400)
    await bus.write(dut, REGS.RECOVERY.offset, 1)
    assert await violations_of(dut, 0, 1400, TO_L3) == 1  # chip select high for too short a time
    await bus.write(dut, REGS.RECOVERY.offset, 4)
    await bus.write(dut, REGS.LATENCY.offset, 6)
    assert await violations_of(dut, 0, 16, TO_L3) > 0  # data before the latency has passed
    await bus.write(dut, REGS.LATENCY.offset, 8)
    assert await violations_of(dut, 0, 16, TO_L3) > 0  # data after it
    await bus.write(dut, REGS.LATENCY.offset, 7)
    assert await violations_of(dut, L3_SIZE, 16, TO_L3) > 0  # outside the device
    assert await violations_of(dut, 0, 2000, TO_L3) == 0


@cocotb.test()
async def every_word_answers_as_the_register_map_says(dut: Dut) -> None:
    await start(dut)
    await answers_as_its_map(dut, REGS, 0x400, skipped=("COMMIT", "ERROR"))
