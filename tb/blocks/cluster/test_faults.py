# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_fault_select: several faults in one cycle, and whom an engine's fault is traced to."""

import random
from dataclasses import dataclass, field

import cocotb
from cocotb.triggers import FallingEdge

from tb.env.common import reset
from tb.env.common.dut import Dut
from traindeploy.platform import NUM_CORES
from traindeploy.platform.signals import SOURCE_DMA, SOURCE_FETCH, SOURCE_REDMULE

Announced = tuple[int, int, int, int]  # source, core, address, program counter


@dataclass
class Faults:
    """Of one cycle: (address, program counter) by core, the engines' addresses, and (core, address) of a fetch."""

    cores: dict[int, tuple[int, int]] = field(default_factory=dict)
    dma: int | None = None
    redmule: int | None = None
    fetch: tuple[int, int] | None = None

    def drive(self, dut: Dut, slot: int) -> None:
        dut.core_fault_i.value = sum(1 << core for core in self.cores)
        dut.core_addr_i.value = sum(address << 32 * core for core, (address, _) in self.cores.items())
        dut.core_pc_i.value = sum(pc << 32 * core for core, (_, pc) in self.cores.items())
        dut.dma_fault_i.value, dut.dma_addr_i.value = self.dma is not None, self.dma or 0
        dut.dma_slot_i.value = slot % 32
        dut.redmule_fault_i.value, dut.redmule_addr_i.value = self.redmule is not None, self.redmule or 0
        dut.icache_fault_i.value = self.fetch is not None
        dut.icache_core_i.value, dut.icache_addr_i.value = self.fetch or (0, 0)


@dataclass
class Model:
    """Who committed the newest 32 transfers, and who triggered the newest job."""

    commits: int = 0
    origins: dict[int, tuple[int, int]] = field(default_factory=dict)
    job: tuple[int, int] = (0, 0)

    def chosen(self, faults: Faults, slot: int) -> Announced | None:
        """The cores' first, the lowest of several; then DMA, RedMule, instruction fetch."""
        if faults.cores:
            core = min(faults.cores)
            return (core, core, *faults.cores[core])
        if faults.dma is not None:
            core, pc = self.origins[slot % 32]
            return (SOURCE_DMA, core, faults.dma, pc)
        if faults.redmule is not None:
            return (SOURCE_REDMULE, self.job[0], faults.redmule, self.job[1])
        if faults.fetch is not None:
            core, address = faults.fetch
            return (SOURCE_FETCH, core, address, address)
        return None


def word(rng: random.Random) -> int:
    return rng.getrandbits(32)


def random_faults(rng: random.Random) -> Faults:
    """None, one or several at once."""
    often = rng.choice([0.0, 0.2, 0.7])
    faults = Faults({core: (word(rng), word(rng)) for core in range(NUM_CORES) if rng.random() < often})
    if rng.random() < 0.5:
        faults.dma = word(rng)
    if rng.random() < 0.5:
        faults.redmule = word(rng)
    if rng.random() < 0.5:
        faults.fetch = (rng.randrange(NUM_CORES), word(rng))
    return faults


@cocotb.test()
async def of_simultaneous_faults_the_first_in_order_is_announced_with_its_origin(dut: Dut) -> None:
    rng = random.Random(cocotb.RANDOM_SEED)
    engines = (dut.dma_fault_i, dut.redmule_fault_i, dut.icache_fault_i)
    await reset.start(dut, dut.core_fault_i, dut.dma_commit_i, dut.job_i, *engines)
    model = Model()
    for number in range(6000):
        await FallingEdge(dut.clk_i)
        commit, job = number < 40 or rng.random() < 0.3, number == 0 or rng.random() < 0.2
        dut.dma_commit_i.value, dut.job_i.value = commit, job
        core, pc = rng.randrange(NUM_CORES), word(rng)
        dut.dma_commit_core_i.value, dut.dma_commit_pc_i.value = core, pc
        dut.job_core_i.value, dut.job_pc_i.value = NUM_CORES - 1 - core, pc ^ 1
        slot = model.commits - rng.randrange(8)
        faults = random_faults(rng) if number >= 40 else Faults()
        faults.drive(dut, slot)
        await FallingEdge(dut.clk_i)
        dut.dma_commit_i.value = dut.job_i.value = 0
        if commit:
            model.commits += 1
            model.origins[model.commits % 32] = (core, pc)
        if job:
            model.job = (NUM_CORES - 1 - core, pc ^ 1)
        want = model.chosen(faults, slot)
        assert int(dut.valid_o.value) == (want is not None)
        if want is not None:
            got = tuple(int(signal.value) for signal in (dut.source_o, dut.core_o, dut.addr_o, dut.pc_o))
            assert got == want, f"{faults}: {got} instead of {want}"
