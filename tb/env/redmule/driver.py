# SPDX-License-Identifier: Apache-2.0
"""Drive tb/blocks/redmule/td_redmule_tb.sv: memory images, access rights, and scripts of register accesses."""

import ctypes
import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, Timer, with_timeout

from golden.redmule import FORMATS, Job, operands
from tb.env.common.dut import Dut
from traindeploy.platform import register_map

REGS = register_map("redmule")
DTYPE = np.dtype(os.environ.get("REDMULE_DTYPE", "float32"))
TIMED_OUT = 0xFFFF_FFFF
CLOCK_NS = 10


def _array(name: str, kind: type, count: int) -> np.ndarray:
    function = getattr(ctypes.CDLL(None), name)
    function.restype = ctypes.POINTER(kind)
    return np.ctypeslib.as_array(function(), shape=(count,))


def memory() -> np.ndarray:
    """The bytes of the memory behind the engine's port."""
    return _array("redmule_memory", ctypes.c_uint8, ctypes.CDLL(None).redmule_memory_size())


def rights() -> np.ndarray:
    """What the engine may do to each byte of that memory."""
    return _array("redmule_rights", ctypes.c_uint8, ctypes.CDLL(None).redmule_memory_size())


def violations() -> np.ndarray:
    """[count, first address, whether the first was a write, bytes written since]."""
    return _array("redmule_violations", ctypes.c_uint32, 4)


def place_memory(at: int) -> None:
    """Let the memory begin at the byte address ``at``: jobs stay relative to it, the engine sees whole addresses."""
    ctypes.CDLL(None).redmule_place_memory(ctypes.c_uint32(at))


def _origin() -> int:
    function = ctypes.CDLL(None).redmule_origin
    function.restype = ctypes.c_uint32
    return int(function())


def hits() -> np.ndarray:
    """[point, bin] events that td_redmule_observer has told."""
    return _array("redmule_hits", ctypes.c_uint32, 8 * 256).reshape(8, 256)


def _bytes(elements: np.ndarray) -> np.ndarray:
    return (elements.reshape(-1, 1) + np.arange(DTYPE.itemsize)).ravel()


def permit(job: Job) -> None:
    """Let the engine read the job's operands and write its result."""
    if 0 in (job.m, job.n, job.k):
        return
    allowed = rights()
    for name, where in operands(job, DTYPE.itemsize).items():
        allowed[_bytes(where)] |= 2 if name == "z" else 1


def permit_only(*jobs: Job) -> None:
    """Give the rights to these jobs' operands alone, and forget violations."""
    rights()[:] = 0
    violations()[:] = 0
    for job in jobs:
        permit(job)


@dataclass
class Script:
    """Commands of the bench; each call returns the index to ask ``result`` for."""

    words: list[int] = field(default_factory=list)

    def command(self, opcode: int, a: int = 0, b: int = 0, core: int = 0) -> int:
        self.words += [opcode | core << 8, a & 0xFFFF_FFFF, b & 0xFFFF_FFFF, 0]
        return len(self.words) - 1

    def write(self, register: int, data: int, core: int = 0) -> int:
        return self.command(1, register, data, core)

    def read(self, register: int, core: int = 0) -> int:
        return self.command(2, register, 0, core)

    def acquire(self, core: int = 0) -> int:
        return self.command(3, core=core)

    def wait_events(self, count: int, cycles: int = 1_000_000) -> int:
        return self.command(4, count, cycles)

    def delay(self, cycles: int) -> int:
        return self.command(5, cycles)

    def memory(self, stall_percent: float = 0, latency: int = 1, random_latency: bool = False) -> int:
        return self.command(6, int(stall_percent * 2.56), latency | random_latency << 4)

    def pattern(self, granted: int, stalled: int, latency: int = 1) -> int:
        """Grants in ``granted`` cycles, none in the ``stalled`` ones that follow, and so on."""
        return self.command(6, granted << 8 | stalled, latency | 1 << 5)

    def delay_each_beat(self, cycles: int, latency: int = 1) -> int:
        """Every beat waits ``cycles`` for its grant, whenever it comes."""
        return self.command(6, cycles, latency | 3 << 5)

    def wait_beats(self, count: int, cycles: int = 1_000_000) -> int:
        return self.command(7, count, cycles)

    def core_events(self, core: int) -> int:
        return self.command(8, core=core)

    def wait_quiet(self, cycles: int = 1_000_000) -> int:
        return self.command(9, 0, cycles)

    def configure(self, job: Job, core: int = 0, fmt: int | None = None, op: int | None = None) -> None:
        fmt = FORMATS[DTYPE] if fmt is None else fmt
        op = REGS.ARITH.choice("op", "matmul" if job.y is None else "gemm") if op is None else op
        sizes = REGS.MCFG0.word(m=job.m, k=job.k), REGS.MCFG1.word(n=job.n)
        origin = _origin()
        values = [job.x + origin, job.w + origin, job.z + origin, *sizes, REGS.ARITH.word(op=op, fmt=fmt)]
        extension = [job.y + origin if job.y else 0, job.x_pitch, job.w_pitch, job.y_pitch, job.z_pitch, job.flags]
        values += extension if any(extension) else []
        for i, value in enumerate(values):
            self.write(REGS.X_PTR.offset + 4 * i, value, core)

    def submit(self, job: Job, core: int = 0, trigger: int = 0, **how: Any) -> int:
        """Acquire, configure and trigger; the index is that of the trigger write (result: its cycle)."""
        self.acquire(core)
        self.configure(job, core, **how)
        return self.write(REGS.TRIGGER.offset, trigger, core)

    def strike(
        self, register: int, data: int, code: int, mask: int, twice: bool = False, or_never: bool = False, core: int = 0
    ) -> int:
        """Write ``data`` in the first cycle in which the engine's state is ``code``; after 2500 others all the same.

        ``or_never``: not if the engine becomes idle before.
        """
        return self.command(10 | register << 12, code | mask << 9 | twice << 18 | or_never << 19, data, core)

    def acquire_at(self, code: int, mask: int, core: int = 0) -> int:
        """Acquire, with the first read in the first cycle in which the engine's state is ``code``."""
        return self.command(11 | REGS.ACQUIRE.offset << 12, code | mask << 9, 0, core)

    def read_at(self, register: int, code: int, mask: int, core: int = 0) -> int:
        """Read in the first cycle in which the engine's state is ``code``; the value is lost."""
        return self.command(12 | register << 12, code | mask << 9, 0, core)

    async def run(self, dut: Dut, cycles: int = 4_000_000) -> None:
        """Execute; the results are in ``result`` afterwards."""
        space = _array("redmule_script", ctypes.c_uint32, ctypes.CDLL(None).redmule_script_words())
        program = [*self.words, 0, 0, 0, 0]
        space[: len(program)] = program
        dut.go_i.value = 1
        await RisingEdge(dut.clk_i)
        await RisingEdge(dut.clk_i)
        dut.go_i.value = 0
        if not int(dut.done_o.value):
            await with_timeout(RisingEdge(dut.done_o), cycles * CLOCK_NS, "ns")
        await Timer(2 * CLOCK_NS, "ns")
        self.words = [int(word) for word in space[: len(self.words)]]

    def result(self, index: int) -> int:
        return self.words[index]


async def reset(dut: Dut) -> None:
    """Start the clock and pulse reset."""
    dut.go_i.value = 0
    dut.rst_ni.value = 1
    await Timer(CLOCK_NS, "ns")
    dut.rst_ni.value = 0  # an edge: most of the engine has no clock while it is reset
    Clock(dut.clk_i, CLOCK_NS, unit="ns", impl="gpi").start()
    await Timer(5 * CLOCK_NS, "ns")
    dut.rst_ni.value = 1
    await Timer(2 * CLOCK_NS, "ns")
