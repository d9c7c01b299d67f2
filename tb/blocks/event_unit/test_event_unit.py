# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_event_unit: a cycle model of all cores' ports, under random accesses and events."""

import random
import re

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, Timer

from tb.blocks.event_unit.model import ALL, CORES, HOLE, OWN, Model, random_access
from tb.env.common import figures
from tb.env.common.dut import Dut
from traindeploy.platform import register_map
from traindeploy.platform.signals import EVENT_BARRIER as BARRIER
from traindeploy.platform.signals import EVENT_DMA as DMA
from traindeploy.platform.signals import EVENT_HYPERBUS as HYPERBUS
from traindeploy.platform.signals import EVENT_REDMULE as REDMULE

REGS = register_map("event_unit")
READ_BESIDE = 0xFFFFFFFF  # what stands on the bus as data to write while a core reads
ARRAY = re.compile(r"(SW_EVENT|BARRIER)(\d)(.*)")


def offset(name: str) -> int:
    """Of a register called as here, with its number behind the name of the array: BARRIER2_MASK."""
    if name.startswith(HOLE):
        return int(name.removeprefix(HOLE))
    found = ARRAY.fullmatch(name)
    return REGS.register(found[1] + found[3]).at(int(found[2])) if found else REGS.register(name).offset


class Driver:
    def __init__(self, dut: Dut) -> None:
        self.dut = dut
        self.model = Model()

    async def start(self) -> None:
        dut = self.dut
        for name in ("req_i", "addr_i", "we_i", "wdata_i", "dma_evt_i", "redmule_evt_i", "hyper_evt_i", "sleep_i"):
            getattr(dut, name).value = 0
        dut.rst_ni.value = 1
        Clock(dut.clk_i, 2, "ns").start()
        await FallingEdge(dut.clk_i)
        dut.rst_ni.value = 0
        await FallingEdge(dut.clk_i)
        await FallingEdge(dut.clk_i)
        dut.rst_ni.value = 1

    async def cycle(
        self, accesses: dict[int, tuple[str, int | None]], dma: int = 0, redmule: int = 0, hyper: int = 0
    ) -> tuple[dict[int, tuple[str, int | None]], dict[int, int]]:
        """One cycle with these requests; checks every output; returns (granted cores, responses by core)."""
        dut, model = self.dut, self.model
        await FallingEdge(dut.clk_i)
        addr = wdata = we = req = 0
        for core, (name, value) in accesses.items():
            req |= 1 << core
            addr |= offset(name) << 10 * core
            wdata |= (READ_BESIDE if value is None else value) << 32 * core
            we |= (value is not None) << core
        sleep = sum(1 << i for i, c in enumerate(model.cores) if c.waiting is not None and c.asleep >= 2)
        dut.req_i.value, dut.addr_i.value, dut.we_i.value, dut.wdata_i.value = req, addr, we, wdata
        dut.dma_evt_i.value, dut.redmule_evt_i.value, dut.hyper_evt_i.value = dma, redmule, hyper
        dut.sleep_i.value = sleep
        await Timer(0.5, "ns")
        responses = model.responses()
        rdata = dut.rdata_o.value.to_unsigned()
        for core, expected in enumerate(responses):
            assert bool(dut.rvalid_o.value.to_unsigned() >> core & 1) == (expected is not None), f"core {core}: rvalid"
            if expected is not None:
                assert rdata >> 32 * core & 0xFFFFFFFF == expected, f"core {core}: data"
                assert (dut.err_o.value.to_unsigned() ^ model.errors()) >> core & 1 == 0, f"core {core}: error"
        gnt = dut.gnt_o.value.to_unsigned()
        clk_en = dut.clk_en_o.value.to_unsigned()
        for core, state in enumerate(model.cores):
            blocked = state.waiting is not None and not model.pending(state)
            assert bool(gnt >> core & 1) == (not blocked), f"core {core}: grant"
            assert bool(clk_en >> core & 1) == (not (blocked and sleep >> core & 1)), f"core {core}: clock"
        granted = {core: access for core, access in accesses.items() if gnt >> core & 1}
        events = [(dma >> c & 1) << DMA | (redmule >> c & 1) << REDMULE | hyper << HYPERBUS for c in range(CORES)]
        model.step(granted, events)
        return granted, {c: r for c, r in enumerate(responses) if r is not None}


@cocotb.test()
async def behaves_like_its_register_map_under_random_traffic(dut: Dut) -> None:
    rng = random.Random(cocotb.RANDOM_SEED)
    driver = Driver(dut)
    await driver.start()
    held: dict[int, tuple[str, int | None]] = {}
    seen: set[str] = set()
    sleepers = 0
    last: dict[int, str] = {}  # a core's last granted access
    rally: dict[int, list[tuple[str, int | None]]] = {}  # now and then all cores go to one barrier
    for core in range(CORES):
        await driver.cycle({core: ("EVT_MASK", 1 << DMA)})
    for number in range(120_000):  # 18 of 20 seeds need 10,000 to 34,000, two more than 40,000
        if number >= 6000 and not driver.model.coverage.missing():
            break
        cores = driver.model.cores
        stuck = [last[c] for c in range(CORES) if cores[c].waiting == 1 << BARRIER and cores[c].asleep > 40]
        waiting = sum(c.waiting is not None for c in cores)
        if number % 400 == 0:
            place = f"BARRIER{rng.randrange(4)}"
            rally = {core: [(f"{place}_MASK", ALL), (f"{place}_TRIGGER_WAIT_CLEAR", None)] for core in range(CORES)}
        for core in range(CORES):
            if core in held or cores[core].waiting is not None or rng.randrange(3):
                continue
            if stuck and rng.randrange(4) == 0:
                # Somebody must arrive for the others, and who waits at a barrier of others must be let in.
                held[core] = (f"{rng.choice(stuck)[:8]}_{rng.choice(['TRIGGER', 'MASK'])}", 0xFF)
            else:
                held[core] = rally[core].pop(0) if rally.get(core) else random_access(rng)
                waiting += "WAIT" in held[core][0]
                if waiting == CORES and "WAIT" in held[core][0] and not driver.model.completes(core, held[core][0]):
                    held[core] = ("EVT_BUFFER", None)  # somebody must stay awake
        dma, redmule = (rng.getrandbits(8) & rng.getrandbits(8) if rng.randrange(8) == 0 else 0 for _ in range(2))
        granted, _ = await driver.cycle(held, dma, redmule, int(rng.randrange(20) == 0))
        seen.update(name for name, _ in granted.values())
        for core, (name, _) in granted.items():
            last[core] = name
            del held[core]
        sleepers = max(sleepers, sum(c.waiting is not None and c.asleep > 2 for c in driver.model.cores))
    assert {n for n in seen if not n.startswith("SW")} >= {*OWN, "BARRIER0_TRIGGER_WAIT_CLEAR", "BARRIER3_STATUS"}
    assert sleepers >= 4
    dut._log.info("%d cycles", number)
    driver.model.coverage.close(dut._log)


@cocotb.test()
async def barrier_wakes_exactly_its_cores_one_cycle_after_the_last_arrival(dut: Dut) -> None:
    driver = Driver(dut)
    await driver.start()
    for subset in (0xFF, 0x01, 0x81, 0x7E, 0x55):
        await driver.cycle({0: ("BARRIER2_MASK", subset)})
        await driver.cycle({})
        members = [c for c in range(CORES) if subset >> c & 1]
        for core in members[:-1]:
            _, responses = await driver.cycle({core: ("BARRIER2_TRIGGER_WAIT_CLEAR", None)})
            assert not responses
        for _ in range(20):
            _, responses = await driver.cycle({})
            assert not responses
        await driver.cycle({members[-1]: ("BARRIER2_TRIGGER_WAIT_CLEAR", None)})
        waited = 1
        while not (responses := (await driver.cycle({}))[1]):
            waited += 1
        assert responses == dict.fromkeys(members, 1 << BARRIER)
        assert waited == 1
    figures.record({"Barrier, last arrival granted to the answer at all waiting cores": f"{waited} cycle"})


@cocotb.test()
async def an_event_in_the_cycle_of_its_clear_is_not_lost(dut: Dut) -> None:
    driver = Driver(dut)
    await driver.start()
    await driver.cycle({3: ("EVT_MASK", 1 << DMA)})
    await driver.cycle({}, dma=1 << 3)
    await driver.cycle({3: ("EVT_WAIT_CLEAR", None)})
    _, responses = await driver.cycle({}, dma=1 << 3)  # the wait ends and clears while the next event comes
    assert responses == {3: 1 << DMA}
    await driver.cycle({3: ("EVT_WAIT_CLEAR", None)})
    _, responses = await driver.cycle({})
    assert responses == {3: 1 << DMA}
