# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_redmule's registers: job queue, identifiers, events, refused jobs, soft clear at any moment."""

import os
import random

import cocotb
import numpy as np

from golden.redmule import FORMATS, Job, run
from tb.env.common.dut import Dut
from tb.env.redmule.driver import DTYPE, REGS, TIMED_OUT, Script, memory, permit_only, reset
from tb.env.redmule.engine import COLUMNS, ITEM, ROWS, SEED, check, fill, overlay
from tb.env.redmule.jobs import Allocator, NoGuide, random_job
from tb.env.redmule.sequences import random_behaviour

CLEARS = int(os.environ.get("REDMULE_CLEARS", "40"))
SIZE = 1 << 16
ALL_TAKEN, ANOTHER_OPEN = (REGS.ACQUIRE.choice("value", why) for why in ("all_taken", "another_open"))
TRIGGER = REGS.TRIGGER.offset
ACQUIRE = REGS.ACQUIRE.offset
FINISHED = REGS.FINISHED.offset
STATUS = REGS.STATUS.offset
RUNNING = REGS.RUNNING_JOB.offset
CLEAR = REGS.SOFT_CLEAR.offset
ERROR = REGS.ERROR.offset


def small(number: int, size: int = 20) -> Job:
    """Jobs with different numbers do not overlap."""
    base = 0x4000 * number
    return Job(base, base + 0x1000, base + 0x2000, size, size, size, None)


@cocotb.test()
async def two_jobs_queue_and_a_third_must_wait(dut: Dut) -> None:
    await reset(dut)
    fill(np.random.default_rng(0), SIZE, False)
    expected = memory()[:SIZE].copy()
    jobs = [small(i) for i in range(3)]
    script = Script()
    script.submit(jobs[0], core=1)
    script.submit(jobs[1], core=2)
    refused = script.read(ACQUIRE, 3)
    busy = script.read(STATUS)
    running = script.read(RUNNING)
    script.wait_events(1)
    one_left = script.read(STATUS)
    second = script.read(RUNNING)
    identifier = script.acquire(3)
    open_one = script.read(ACQUIRE, 4)
    script.configure(jobs[2], 3)
    script.write(TRIGGER, 0, 3)
    script.wait_events(3)
    idle = script.read(STATUS)
    finished = script.read(FINISHED)
    finished_again = script.read(FINISHED)
    events = [script.core_events(core) for core in range(8)]
    permit_only(*jobs)
    await script.run(dut)
    assert script.result(refused) == ALL_TAKEN
    assert script.result(busy) == REGS.STATUS.word(context0=1, context1=1)
    assert script.result(running) == 0
    assert script.result(one_left) == REGS.STATUS.word(context1=1)
    assert script.result(second) == 1
    assert script.result(identifier) == 2
    assert script.result(open_one) == ANOTHER_OPEN
    assert script.result(idle) == 0
    assert script.result(finished) == 2, "saturates"
    assert script.result(finished_again) == 0
    assert [script.result(e) for e in events] == [0, 1, 1, 1, 0, 0, 0, 0]
    for job in jobs:
        run(expected, job, DTYPE)
    check(expected, jobs, "three jobs")


@cocotb.test()
async def a_commit_alone_waits_for_the_start(dut: Dut) -> None:
    await reset(dut)
    fill(np.random.default_rng(0), SIZE, False)
    expected = memory()[:SIZE].copy()
    jobs = [small(i) for i in range(2)]
    script = Script()
    script.submit(jobs[0], trigger=1)
    nothing = script.wait_events(1, 2000)
    waiting = script.read(STATUS)
    script.submit(jobs[1], trigger=1)
    script.write(TRIGGER, 0)
    error = script.read(ERROR)
    done = script.wait_events(2)
    permit_only(*jobs)
    await script.run(dut)
    assert script.result(nothing) == TIMED_OUT
    assert script.result(waiting) == REGS.STATUS.word(context0=1)
    assert script.result(error) == 0
    assert script.result(done) != TIMED_OUT
    for job in jobs:
        run(expected, job, DTYPE)
    check(expected, jobs, "two jobs")


@cocotb.test()
async def a_job_reads_nothing_before_its_trigger(dut: Dut) -> None:
    """Software may still write the operands of a job that is committed behind a running one."""
    await reset(dut)
    fill(np.random.default_rng(0), SIZE, False)
    several = 3 * COLUMNS
    jobs = [Job(0, 0x3000, 0x6000, several, several, several), small(3)]
    expected = memory()[:SIZE].copy()
    script = Script()
    script.submit(jobs[0])
    script.submit(jobs[1], trigger=1)
    script.wait_events(1)
    script.delay(500)
    permit_only(jobs[0])
    await script.run(dut)
    run(expected, jobs[0], DTYPE)
    check(expected, jobs[:1], "before the second job's TRIGGER")
    fill(np.random.default_rng(1), SIZE, False)
    expected = memory()[:SIZE].copy()
    script = Script()
    script.write(TRIGGER, 0)
    done = script.wait_events(1)
    permit_only(jobs[1])
    await script.run(dut)
    assert script.result(done) != TIMED_OUT
    run(expected, jobs[1], DTYPE)
    check(expected, jobs[1:], "behind it")


@cocotb.test()
async def registers_read_back_and_acquire_clears_the_extension(dut: Dut) -> None:
    await reset(dut)
    rng = random.Random(SEED)
    script = Script()
    script.acquire()
    offsets = [REGS.X_PTR.offset + 4 * i for i in range(12)]
    values = [rng.getrandbits(32) for _ in offsets]
    for offset, value in zip(offsets, values, strict=True):
        script.write(offset, value)
    reads = [script.read(offset) for offset in offsets]
    script.write(CLEAR, 1)
    script.acquire()
    again = [script.read(offset) for offset in offsets]
    script.write(CLEAR, 0)
    cleared = [script.read(offset) for offset in offsets]
    identifier = script.acquire()
    unknown = [script.read(offset) for offset in (0x18, 0x3C, 0x74, 0x3FC)]
    await script.run(dut)
    assert [script.result(r) for r in reads] == values
    assert [script.result(r) for r in again] == values[:6] + [0] * 6
    assert [script.result(r) for r in cleared] == [0] * 12
    assert script.result(identifier) == 0
    assert [script.result(r) for r in unknown] == [0xDEAD_BEEF] * len(unknown), "answered without err"


@cocotb.test()
async def illegal_jobs_end_at_once_with_their_code_and_touch_nothing(dut: Dut) -> None:
    await reset(dut)
    fill(np.random.default_rng(0), SIZE, False)
    expected = memory()[:SIZE].copy()
    fmt = FORMATS[DTYPE]
    good = small(0)
    odd = ITEM // 2
    cases = [
        (good, {"op": 2}, "operation"),
        (good, {"op": 7}, "operation"),
        (good, {"fmt": 0}, "format"),
        (good, {"fmt": 5 - fmt}, "format"),
        (Job(good.x + odd, good.w, good.z, 4, 4, 4), {}, "pointer"),
        (Job(good.x, good.w + odd, good.z, 4, 4, 4), {}, "pointer"),
        (Job(good.x, good.w, good.z + odd, 4, 4, 4), {}, "pointer"),
        (Job(good.x, good.w, good.z, 4, 4, 4, good.x + odd), {}, "pointer"),
        (Job(good.x, good.w, good.z, 4, 4, 4, None, 64 + odd), {}, "pitch"),
        (Job(good.x, good.w, good.z, 4, 4, 4, None, 0, 64 + odd), {}, "pitch"),
        (Job(good.x, good.w, good.z, 4, 4, 4, 0, 0, 0, 64 + odd), {}, "pitch"),
        (Job(good.x, good.w, good.z, 4, 4, 4, None, 0, 0, 0, 64 + odd), {}, "pitch"),
        (Job(good.x, good.w, good.z, 0, 4, 4), {}, "none"),
        (Job(good.x, good.w, good.z, 4, 0, 4), {}, "none"),
        (Job(good.x, good.w, good.z, 4, 4, 0), {}, "none"),
    ]
    script = Script()
    waits, errors = [], []
    for number, (job, how, _) in enumerate(cases):
        script.submit(job, core=5, **how)
        waits.append(script.wait_events(number + 1, 50))
        errors.append(script.read(ERROR))
    cleared = script.read(ERROR)
    script.write(TRIGGER, 0)
    not_open = script.read(ERROR)
    nothing = script.wait_events(len(cases) + 1, 200)
    finished = script.read(FINISHED)
    script.submit(good)
    last = script.wait_events(len(cases) + 1)
    permit_only(good)
    await script.run(dut)
    assert TIMED_OUT not in [script.result(wait) for wait in waits]
    assert [script.result(e) for e in errors] == [REGS.ERROR.choice("code", why) for _, _, why in cases]
    assert script.result(cleared) == 0
    assert script.result(not_open) == REGS.ERROR.choice("code", "not_open")
    assert script.result(nothing) == TIMED_OUT
    assert script.result(finished) == 2
    assert script.result(last) != TIMED_OUT
    run(expected, good, DTYPE)
    check(expected, [good], "after the refused jobs")


@cocotb.test()
async def a_job_after_a_soft_clear_at_any_moment_is_right(dut: Dut) -> None:
    await reset(dut)
    rng = random.Random(SEED)
    for number in range(CLEARS):
        space = Allocator(rng, NoGuide())
        victims = [random_job(rng, space, 50, 30_000) for _ in range(rng.choice([1, 2]))]
        after = [random_job(rng, space, 40, 20_000) for _ in range(2)]
        size = (space.top + 4096) & ~63
        fill(np.random.default_rng(number), size, False)
        before = memory()[:size].copy()
        script = Script()
        random_behaviour(rng, []).apply(script)
        for victim in victims:
            script.submit(victim, core=1)
        if rng.random() < 0.3:
            script.acquire()
        script.delay(rng.choice([rng.randrange(20), rng.randrange(100), rng.randrange(1500)]))
        script.write(CLEAR, rng.choice([0, 1]))
        status = script.read(STATUS)
        aborted = script.core_events(1)
        for job in after:
            script.submit(job, core=2)
        script.wait_quiet(400_000)
        still = script.core_events(1)
        done = script.core_events(2)
        permit_only(*victims, *after)
        await script.run(dut)
        assert script.result(status) == 0
        assert script.result(still) == script.result(aborted), "an aborted job sent an event"
        assert script.result(done) == 2, f"run {number}: {script.result(done)} of 2 jobs done after the clear"
        # The victims' results may be there or not; whatever the jobs after them write must be right.
        state = memory()[:size].copy()
        for victim in victims:
            problem = overlay(before, state, victim)
            assert not problem, problem
        for job in after:
            run(before, job, DTYPE)
        check(before, after, f"run {number}")


@cocotb.test()
async def a_soft_clear_in_every_cycle_of_two_jobs_leaves_nothing_behind(dut: Dut) -> None:
    await reset(dut)
    rng = random.Random(SEED)
    victims = [small(0, ROWS + 1), small(1, COLUMNS + 1)]
    after = small(2, COLUMNS)
    for stall in (0, 30, 60):
        for delay in range(0, 640, 1 if stall == 0 else 3):
            fill(np.random.default_rng(delay), SIZE, False)
            before = memory()[:SIZE].copy()
            script = Script()
            script.memory(stall, rng.choice([1, 3, 8]))
            for victim in victims:
                script.submit(victim, core=1, trigger=1)
            script.write(TRIGGER, 0)
            script.delay(delay)
            script.write(CLEAR, delay % 2)
            script.submit(after, core=2)
            script.wait_quiet(100_000)
            done = script.core_events(2)
            permit_only(*victims, after)
            await script.run(dut)
            assert script.result(done) == 1, f"clear after {delay} cycles, stall {stall} %"
            state = memory()[:SIZE].copy()
            for victim in victims:
                problem = overlay(before, state, victim)
                assert not problem, problem
            run(before, after, DTYPE)
            check(before, [after], f"clear after {delay} cycles, stall {stall} %")


@cocotb.test()
async def one_row_and_one_column_edges(dut: Dut) -> None:
    """Every M up to two tiles + 2 with N, K round the tile's edges: shapes on which the published engine fails."""
    await reset(dut)
    edges = sorted({1, 2, COLUMNS - 1, COLUMNS, COLUMNS + 1})
    for n in (1, 3, 4, 5, 8, COLUMNS + 1):
        space = Allocator(random.Random(n), NoGuide())
        jobs = []
        for m in range(1, 2 * ROWS + 3):
            for k in edges:
                x, w, z = (space.take(*shape)[0] for shape in ((m, n), (n, k), (m, k)))
                jobs.append(Job(x, w, z, m, n, k, None if (m + k) % 2 else 0))
        size = (space.top + 4096) & ~63
        fill(np.random.default_rng(n), size, True)
        expected = memory()[:size].copy()
        script = Script()
        for job in jobs:
            script.submit(job)
            run(expected, job, DTYPE)
        done = script.wait_events(len(jobs))
        permit_only(*jobs)
        await script.run(dut)
        assert script.result(done) != TIMED_OUT
        check(expected, jobs, f"N = {n}")
