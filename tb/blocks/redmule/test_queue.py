# SPDX-License-Identifier: Apache-2.0
"""Every transition of RedMule's job queue, checked: no job is lost, started twice or overtaken.

Seven flops of td_redmule_regs say which job is where: a job is open, the contexts of the next commit and of the oldest
job, which contexts wait, which of these are started. What they become, and what is offered to the engine, depends on
them, on the register access of the cycle and on whether the engine says done; not on data. The test walks the RTL
itself from reset: in each state of the seven flops that it finds, it applies every access together with done and not
done, compares all that can be seen with ``Model`` (a list to which a commit appends and from which done removes the
head), and goes on with the states that it has not seen, until there are none. Jobs carry their number in X_PTR. So
every committed job is offered to the engine exactly once and in order, whatever software does, because in every
reachable state each step is the list's.
"""

from collections import deque
from dataclasses import dataclass, replace

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from tb.env.common.dut import Dut
from traindeploy.platform import register_map

REGS = register_map("redmule")
ACQUIRE, TRIGGER = REGS.ACQUIRE.offset, REGS.TRIGGER.offset
CLEAR, STATUS, X_PTR = REGS.SOFT_CLEAR.offset, REGS.STATUS.offset, REGS.X_PTR.offset
ALL_TAKEN, ANOTHER_OPEN = (REGS.ACQUIRE.choice("value", why) for why in ("all_taken", "another_open"))

# One cycle's input: (register access, the engine says done).
ACCESSES = ("idle", "none", "acquire", "start", "commit", "write", "clear", "clear all")
INPUTS = [(access, done) for access in ACCESSES for done in (False, True)]


@dataclass(frozen=True)
class Model:
    """``waiting``: numbers of the committed jobs, ``started`` of which may run; ``first``: the oldest one's context."""

    open: bool = False
    started: int = 0
    waiting: tuple[int, ...] = ()
    first: int = 0
    number: int = 0  # in X_PTR
    identifier: int = 0

    @property
    def valid(self) -> bool:
        """The engine is offered a job."""
        return self.started > 0

    @property
    def status(self) -> int:
        return REGS.STATUS.word(**{f"context{(self.first + i) % 2}": 1 for i in range(len(self.waiting))})

    def step(self, access: str, done: bool, number: int) -> tuple["Model", int | None]:
        """(the state after one cycle, what the access reads)."""
        new, answer = self, None
        if done:
            new = replace(new, waiting=self.waiting[1:], first=1 - self.first, started=self.started - 1)
        if access == "acquire":
            if self.open:
                answer = ANOTHER_OPEN
            elif len(self.waiting) == 2:
                answer = ALL_TAKEN
            else:
                answer = self.identifier
                new = replace(new, open=True, identifier=(self.identifier + 1) % 256)
        elif access == "write":
            new = replace(new, number=number)
        elif access in ("start", "commit"):
            if self.open:
                new = replace(new, open=False, waiting=(*new.waiting, self.number))
            if access == "start":
                new = replace(new, started=len(new.waiting))
        elif access.startswith("clear"):
            if access == "clear all":
                return Model(), None
            return Model(number=self.number, identifier=self.identifier), None
        return new, answer


class Bench:
    def __init__(self, dut: Dut) -> None:
        self.dut, self.model, self.number = dut, Model(), 0

    async def reset(self) -> None:
        self.dut.periph_req_i.value = 0
        self.dut.done_i.value = 0
        self.dut.rst_ni.value = 1
        await FallingEdge(self.dut.clk_i)
        self.dut.rst_ni.value = 0
        await FallingEdge(self.dut.clk_i)
        self.dut.rst_ni.value = 1
        self.model = Model()

    async def apply(self, access: str, done: bool) -> None:
        """One cycle; then compare everything that can be seen."""
        dut, before = self.dut, self.model
        self.number += 1
        core = self.number % 8
        address, we, data = {
            "idle": (TRIGGER, 1, 0),  # without a request
            "none": (STATUS, 0, 0),
            "acquire": (ACQUIRE, 0, 0),
            "start": (TRIGGER, 1, 0),
            "commit": (TRIGGER, 1, 1),
            "write": (X_PTR, 1, self.number),
            "clear": (CLEAR, 1, 1),
            "clear all": (CLEAR, 1, 0),
        }[access]
        dut.periph_req_i.value = int(access != "idle")
        dut.periph_addr_i.value, dut.periph_we_i.value, dut.periph_wdata_i.value = address, we, data
        dut.periph_id_i.value = core
        dut.done_i.value = int(done)
        self.model, answer = before.step(access, done, self.number)
        await FallingEdge(dut.clk_i)
        dut.periph_req_i.value = 0
        dut.done_i.value = 0
        where = f"{before} then {access}{' and done' if done else ''}"
        assert int(dut.periph_rvalid_o.value) == int(access != "idle"), where
        if access == "none":
            answer = before.status
        if answer is not None:
            assert int(dut.periph_rdata_o.value) == answer, where
        events = int(dut.evt_o.value)
        cleared = access.startswith("clear")
        assert bin(events).count("1") == int(done and not cleared), where
        self.compare(where)

    def compare(self, where: str) -> None:
        dut, model = self.dut, self.model
        assert bool(int(dut.job_valid_o.value)) == model.valid, where
        assert bool(int(dut.busy_o.value)) == bool(model.waiting), where
        assert bool(int(dut.next_valid_o.value)) == (model.started == 2), where
        if model.valid:
            assert int(dut.job_x_ptr_o.value) == model.waiting[0], f"{where}: the wrong job"
        if model.started == 2:
            assert int(dut.next_x_ptr_o.value) == model.waiting[1], f"{where}: the wrong next job"

    @property
    def control(self) -> int:
        """The seven flops."""
        return int(self.dut.control_o.value)

    async def go(self, path: tuple[tuple[str, bool], ...]) -> None:
        """From reset along ``path``; between the steps the next job gets another number."""
        await self.reset()
        await self.apply("write", False)
        for step in path:
            await self.apply(*step)
            await self.apply("write", False)


@cocotb.test()
async def every_transition_of_the_queue_keeps_each_job_exactly_once(dut: Dut) -> None:
    Clock(dut.clk_i, 10, unit="ns", impl="gpi").start()
    bench = Bench(dut)
    await bench.go(())
    paths: dict[int, tuple[tuple[str, bool], ...]] = {bench.control: ()}
    todo = deque(paths)
    transitions = 0
    while todo:
        state = todo.popleft()
        for access, done in INPUTS:
            await bench.go(paths[state])
            assert bench.control == state, "a write to a job register changed the queue"
            if done and not bench.model.valid:
                continue
            await bench.apply(access, done)
            transitions += 1
            if bench.control not in paths:
                paths[bench.control] = (*paths[state], (access, done))
                todo.append(bench.control)
            for _ in range(3):  # whatever is left comes out in order
                await bench.apply("none", False)
                if bench.model.valid:
                    await bench.apply("none", True)
    dut._log.info("%d states of %d, %d transitions", len(paths), 1 << 7, transitions)
    kinds = {(state >> 6, bin(state >> 2 & 3).count("1")) for state in paths}
    assert kinds == {(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)}, "a job is open only beside a free context"
