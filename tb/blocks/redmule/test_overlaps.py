# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of what may overlap: a result with what the next job reads, and a job's own Z with its operands.

The next job reads ahead while the first one has yet to store. Both are one tile and one chunk, so that all of its reads
come at once: if the engine took it for independent, every word that overlaps would be the old one.
"""

import random
from collections.abc import Iterator
from dataclasses import replace

import cocotb
import numpy as np

from golden.redmule import Job, operands, run
from tb.env.common.dut import Dut
from tb.env.redmule.driver import DTYPE, REGS, TIMED_OUT, Script, memory, permit_only, reset
from tb.env.redmule.engine import COLUMNS, ITEM, ROWS, SEED, check, fill

SIZE = 1 << 16
FIRST, SECOND, FAR = 0x2000, 0x6000, 0xA000
M, N, K = ROWS, COLUMNS, COLUMNS  # as large as one tile and one chunk allow
PITCHES = ("dense", "padded", "negative")
OPERANDS = ("x", "x transposed", "w", "w transposed", "y", "row of y")
PLACES = ("first element", "last element", "inside", "all", "one before", "one behind")


def pitch(columns: int, kind: str) -> int:
    return {"dense": 0, "padded": (columns + 3) * ITEM, "negative": -(columns + 2) * ITEM}[kind]


def first_job(kind: str) -> Job:
    """Its Z lies about FIRST."""
    return Job(FAR, FAR + 0x1000, FIRST, M, N, K, None, z_pitch=pitch(K, kind))


def second_job(operand: str, kind: str) -> Job:
    """All of it lies about SECOND, the operand in question in the middle."""
    letter, *how = operand.replace("row of y", "y row").split()
    transposed, row = "transposed" in how, "row" in how
    places = {name: SECOND + 0x1000 * i for i, name in enumerate("xwzy")}
    # M, N and K differ, so that a range with rows and columns exchanged is another one.
    m, n, k = ROWS - 1, COLUMNS, COLUMNS - 1
    columns = {"x": m if transposed else n, "w": n if transposed else k, "y": k}[letter]
    job = Job(places["x"], places["w"], places["z"], m, n, k, places["y"] if letter == "y" else None)
    return replace(
        job,
        **{f"{letter}_pitch": pitch(columns, kind)},
        x_transposed=transposed and letter == "x",
        w_transposed=transposed and letter == "w",
        y_broadcast=row,
    )


def moved(job: Job, letter: str, place: str, first: Job) -> Job:
    """``job`` with its operand moved so that it meets the result of ``first`` there."""
    mine, z = operands(job, ITEM)[letter], operands(first, ITEM)["z"]
    low, high = int(mine.min()), int(mine.max())
    distance = {
        "first element": int(z.max()) - low,  # of the operand is the last one of Z
        "last element": int(z.min()) - high,
        "inside": int(z.min()) - low + ITEM,
        "all": int(z.min()) - low,
        "one before": int(z.min()) - ITEM - high,
        "one behind": int(z.max()) + ITEM - low,
    }[place]
    return replace(job, **{letter: getattr(job, letter) + distance})


def pairs() -> Iterator[tuple[str, Job, Job, bool]]:
    """(what, two jobs, whether the second one must wait)."""
    for first_pitch in PITCHES:
        first = first_job(first_pitch)
        for operand in OPERANDS:
            letter = operand.replace("row of ", "")[0]
            for kind in PITCHES:
                for place in PLACES:
                    what = f"Z {first_pitch}; {operand}, {kind}, {place}"
                    yield what, first, moved(second_job(operand, kind), letter, place, first), "one" not in place


async def cycles_of(dut: Dut, first: Job, second: Job, stall: int = 0) -> int:
    """Run both, started together; from the start to the second one's event. Compares all memory."""
    fill(np.random.default_rng(SEED), SIZE, False)
    expected = memory()[:SIZE].copy()
    script = Script()
    script.memory(stall)
    script.submit(first, trigger=1)
    script.submit(second, trigger=1)
    begin = script.write(REGS.TRIGGER.offset, 0)
    end = script.wait_events(2)
    permit_only(first, second)
    await script.run(dut)
    assert script.result(end) != TIMED_OUT
    run(expected, first, DTYPE)
    run(expected, second, DTYPE)
    check(expected, [first, second], f"{first} then {second}")
    return script.result(end) - script.result(begin)


@cocotb.test()
async def the_next_job_reads_what_this_one_has_written_however_they_overlap(dut: Dut) -> None:
    """By head, by tail, inside, in every operand and layout, and with every kind of pitch."""
    await reset(dut)
    rng = random.Random(SEED)
    for _, first, second, _ in pairs():
        await cycles_of(dut, first, second)
        await cycles_of(dut, first, second, rng.choice([30, 60]))


@cocotb.test()
async def a_neighbour_does_not_wait(dut: Dut) -> None:
    """What lies one element before or behind the result is not the result: the job is as fast as one far away."""
    await reset(dut)
    slower = []
    for what, first, second, dependent in pairs():
        if dependent or "negative" in what:  # a range that goes down counts as meeting everything
            continue
        away = second_job(*what.partition("; ")[2].rsplit(", ", 2)[:2])
        if await cycles_of(dut, first, second) > await cycles_of(dut, first, away):
            slower.append(what)
    assert not slower, slower


@cocotb.test()
async def a_job_that_depends_on_nothing_reads_ahead(dut: Dut) -> None:
    """It is done sooner than one that has to wait, of the same sizes, whichever operand keeps the other waiting."""
    await reset(dut)
    first = first_job("dense")
    for operand in OPERANDS:
        away = second_job(operand, "dense")
        dependent = moved(away, operand.replace("row of ", "")[0], "all", first)
        assert await cycles_of(dut, first, away) < await cycles_of(dut, first, dependent), operand


@cocotb.test()
async def y_in_place_is_z_element_by_element(dut: Dut) -> None:
    """In as many tiles as there are: Y_PTR 0 or Z_PTR, dense, padded and negative pitch, and one row if M is 1."""
    await reset(dut)
    m, n, k = 2 * ROWS + 1, COLUMNS + 1, 2 * COLUMNS + 1
    for y in (0, FIRST):
        for kind in PITCHES:
            job = Job(SECOND, FAR, FIRST, m, n, k, y, y_pitch=pitch(k, kind), z_pitch=pitch(k, kind))
            await cycles_of(dut, job, replace(job, m=0))
        job = Job(SECOND, FAR, FIRST, 1, n, k, y, y_broadcast=True)
        await cycles_of(dut, job, replace(job, m=0))


@cocotb.test()
async def y_in_place_as_one_row_or_with_another_pitch_is_refused(dut: Dut) -> None:
    """It computed wrongly without a word: of 40 x 16 x 40 results 736 were wrong on the paper's engine."""
    await reset(dut)
    fill(np.random.default_rng(0), SIZE, False)
    expected = memory()[:SIZE].copy()
    wide = pitch(40, "padded")
    jobs = [
        Job(SECOND, FAR, FIRST, m, 16, 40, y, y_pitch=y_pitch, z_pitch=z_pitch, y_broadcast=broadcast)
        for m in (2, 40)
        for y in (0, FIRST)
        for y_pitch, z_pitch, broadcast in ((0, 0, True), (wide, wide, True), (0, wide, False), (wide, 0, False))
    ]
    script = Script()
    errors = []
    for number, job in enumerate(jobs, 1):
        script.submit(job)
        script.wait_events(number, 50)
        errors.append(script.read(REGS.ERROR.offset))
    quiet = script.wait_quiet(50)
    permit_only()
    await script.run(dut)
    assert [script.result(e) for e in errors] == [REGS.ERROR.choice("code", "in_place")] * len(jobs)
    assert script.result(quiet) != TIMED_OUT
    check(expected, [], "refused jobs")


@cocotb.test()
async def z_of_one_tile_may_lie_on_anything(dut: Dut) -> None:
    """All operands are read before the first store: Z may be X, W, or lie across several of them, even shifted."""
    await reset(dut)
    rng = random.Random(SEED)
    for _ in range(60):
        m, n, k = rng.randint(1, ROWS), rng.randint(1, 3 * COLUMNS), rng.randint(1, COLUMNS)
        x, w, y = (FIRST + ITEM * rng.randrange(400) for _ in range(3))
        z = rng.choice([x, w, y]) + ITEM * rng.randrange(-20, 20)
        y = y + ITEM if y == z else y
        x_pitch, w_pitch, y_pitch, z_pitch = (pitch(columns, rng.choice(PITCHES)) for columns in (n, k, k, k))
        job = Job(x, w, z, m, n, k, rng.choice([None, y]), x_pitch, w_pitch, y_pitch, z_pitch)
        job = replace(job, y_broadcast=rng.random() < 0.5)
        await cycles_of(dut, job, replace(job, m=0), rng.choice([0, 50]))
