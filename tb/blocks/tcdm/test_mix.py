# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of the TCDM under its real load: RedMule, DMA and eight ports that behave like cores."""

from dataclasses import dataclass

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, FallingEdge, with_timeout

from golden.redmule import gemm
from tb.env.common import bus, figures, reset
from tb.env.common.dut import Dut
from tb.env.common.memories import L2, TCDM, region
from traindeploy.platform import address_map, register_map

L2_BASE = address_map.L2.base
TCDM_BASE = address_map.TCDM.base

REDMULE, DMA, CONTROL = register_map("redmule"), register_map("dma"), register_map("cluster_control")
RESET = (CONTROL.TCDM_WIDE_MAX.reset, CONTROL.TCDM_NARROW_MAX.reset)  # what every network runs with
M = N = K = 96
X, W, Z = 0, 4 * M * N, 4 * (M * N + N * K)  # bytes from the TCDM's start
DMA_AREA = Z + 4 * M * K  # 8 KB that the DMA writes, then the cores' scratch area
SCRATCH, SCRATCH_BYTES = DMA_AREA + 8192, 8192


@dataclass
class Run:
    """What the bench counted while one job ran."""

    cycles: int
    beats: int
    conflicts: int
    lost: int  # by the wide port
    wide_wait: int
    core_wait: int
    core_grants: list[int]
    dma_words: int


async def start(dut: Dut) -> None:
    await reset.start(dut, dut.redmule_req_i, dut.dma_req_i, dut.core_percent_i, dut.one_bank_i)
    dut.scratch_i.value, dut.scratch_bytes_i.value = SCRATCH, SCRATCH_BYTES
    rng = np.random.default_rng(21)
    region(TCDM)[:] = 0
    region(L2)[:8192] = rng.integers(0, 256, 8192, dtype=np.uint8)
    operands = rng.standard_normal(M * N + N * K, dtype=np.float32)
    region(TCDM)[: operands.nbytes] = operands.view(np.uint8)


def product() -> np.ndarray:
    """X . W as RedMule computes it, from the TCDM."""
    words = region(TCDM).view(np.float32)
    return gemm(words[X // 4 : W // 4].reshape(M, N), words[W // 4 : Z // 4].reshape(N, K))


async def transfers(dut: Dut) -> None:
    """Keep the DMA's queue filled: L2 to TCDM, 8 bytes a cycle."""
    fields = {"SRC": L2_BASE, "DST": TCDM_BASE + DMA_AREA, "LEN": 8192, "ROWS": 1, "PLANES": 1}
    for name, value in fields.items():
        await bus.write(dut, DMA.register(name).offset, value, prefix="dma_")
    while True:
        await bus.read(dut, DMA.COMMIT.offset, prefix="dma_")  # is not granted while the queue is full


async def job(
    dut: Dut, bounds: tuple[int, int] = RESET, percent: int = 0, one_bank: bool = False, dma: bool = False
) -> Run:
    """One job X . W under this load; checks its result."""
    dut.wide_max_i.value, dut.narrow_max_i.value = bounds
    dut.core_percent_i.value, dut.one_bank_i.value = percent, one_bank
    region(TCDM)[Z : Z + 4 * M * K] = 0
    load = cocotb.start_soon(transfers(dut)) if dma else None
    await ClockCycles(dut.clk_i, 100)
    assert await bus.read(dut, REDMULE.ACQUIRE.offset, prefix="redmule_") < 0x100
    sizes = {"MCFG0": REDMULE.MCFG0.word(m=M, k=K), "MCFG1": REDMULE.MCFG1.word(n=N)}
    arith = REDMULE.ARITH.word(fmt=REDMULE.ARITH.choice("fmt", "fp32"))
    fields = {"X_PTR": X, "W_PTR": W, "Z_PTR": Z, **sizes, "ARITH": arith, "TRIGGER": 0}
    for name, value in fields.items():
        address = TCDM_BASE if name.endswith("PTR") else 0
        await bus.write(dut, REDMULE.register(name).offset, address + value, prefix="redmule_")
    await with_timeout(FallingEdge(dut.busy_o), 3_000_000, "ns")
    run = Run(
        cycles=int(dut.busy_cycles_o.value),
        beats=int(dut.beats_o.value),
        conflicts=int(dut.conflicts_o.value),
        lost=int(dut.conflicts_lost_o.value),
        wide_wait=int(dut.wide_wait_o.value),
        core_wait=int(dut.core_wait_o.value),
        core_grants=[int(dut.core_grants_o.value) >> 32 * c & 0xFFFF_FFFF for c in range(8)],
        dma_words=int(dut.dma_words_o.value),
    )
    if load is not None:
        load.cancel()
        dut.dma_req_i.value = 0
    dut.core_percent_i.value = 0
    await ClockCycles(dut.clk_i, 20_000 if load is not None else 100)
    found = region(TCDM)[Z : Z + 4 * M * K].view(np.uint32)
    assert (found == product().ravel().view(np.uint32)).all(), "wrong result"
    dut._log.info("bounds %s cores %d %% one bank %s dma %s: %s", bounds, percent, one_bank, dma, run)
    return run


@cocotb.test()
async def redmule_keeps_its_speed_and_cores_get_their_share(dut: Dut) -> None:
    await start(dut)
    alone = await job(dut)
    assert alone.conflicts == 0
    found = {"RedMule alone, 96 x 96 x 96": f"{alone.beats / alone.cycles:.2f} beats a cycle"}

    def note(what: str, run: Run) -> float:
        speed = alone.cycles / run.cycles
        parts = [f"{100 * speed:.1f} % of its lone speed"]
        if any(run.core_grants):
            rate = sum(run.core_grants) / 8 / run.cycles
            parts.append(f"a core {rate:.2f} accesses a cycle, waits up to {run.core_wait}")
        if run.dma_words:
            parts.append(f"DMA {4 * run.dma_words / run.cycles:.1f} B/cycle")
        found[f"RedMule, {what}"] = "; ".join(parts)
        return speed

    asleep = await job(dut, dma=True)
    assert note("cores asleep, DMA from L2 at full rate", asleep) >= 0.95
    assert 4 * asleep.dma_words >= asleep.cycles  # an eighth of its rate is promised
    for percent in (30, 100):
        note(f"eight cores ask in {percent} % of the cycles", await job(dut, percent=percent))
    everyone = await job(dut, percent=100, dma=True)
    note("eight cores ask in 100 % of the cycles, DMA", everyone)
    assert everyone.core_wait <= (RESET[0] + 1) * 10 - 1
    assert everyone.wide_wait <= RESET[1]
    assert min(everyone.core_grants) >= 0.9 * max(everyone.core_grants)  # fair among the cores

    # All cores in one bank: the share of conflicts that each side wins is the one that is set.
    for wide, narrow in ((7, 1), (3, 1), (1, 1), (1, 3)):
        run = await job(dut, (wide, narrow), percent=100, one_bank=True)
        note(f"eight cores in one bank, wide to narrow {wide} to {narrow}", run)
        share = run.lost / run.conflicts
        assert abs(share - narrow / (wide + narrow)) <= 1 / run.conflicts * (wide + narrow), share
        assert run.wide_wait <= narrow
        assert run.core_wait <= (wide + 1) * 10 - 1
        assert max(run.core_grants) - min(run.core_grants) <= 2
    figures.record(found)
