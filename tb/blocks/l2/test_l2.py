# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_l2: the agents check every answer; traffic mixes, latency and shares are set and judged here."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles

from tb.env.common import figures, reset
from tb.env.common.coverage import names, open_bins, points, record
from tb.env.common.dut import Dut
from tb.env.common.memories import L2, fill_random, region

QUIET, RANDOM, STREAM, ONE_BANK, UNMAPPED, EDGES = range(6)
DMA, ICACHE, HYPER, CORE = range(4)
LATENCY = 4  # cycles from grant to answer


WINDOW, END = 64 * 256, 256  # bytes at the memory's begin and end that the agents write

PORTS = ("DMA", "instruction cache", "HyperBus", "cores")
READS = ("reads", "writes")
PLACES = ("the first word", "the last word", "just below", "just above", "far away")
STROBES = (*(f"lane {n} alone" for n in range(8)), "no lane", "all lanes", "some lanes")
NEXT = (
    *("read after read of a word", "write after its read", "read after its write", "write after its write"),
    *("another bank", "another word of the bank", "good after an error", "an error after good"),
)
QUEUE = ("accepted by an empty queue", "by one that is not", "while the oldest leaves")


# Bins of td_l2_coverage.sv by its outputs, lowest bit first.
BINS = {
    "place": names(PORTS, READS, PLACES),
    "strobes": names(PORTS, STROBES),
    "sequence": names(PORTS, READS, READS, ("in the next cycle", "after a pause")),
    "next": names(PORTS, NEXT),
    "queue": names(PORTS, QUEUE),
    "held": names(PORTS, tuple(f"{n} cycles without a grant" for n in range(4))),
    "served": names(PORTS, tuple(f"bank {n}" for n in range(4)), READS),
    "pair": names(tuple(f"{p} before" for p in PORTS), PORTS, READS, READS),
    "robin": names(
        tuple(f"bank {n}" for n in range(4)), tuple(f"after {p}" for p in PORTS), tuple(map(str, range(16)))
    ),
    "waited": names(PORTS, tuple(f"oldest waits {n} cycles" for n in range(4))),
    "banks": [f"{n} banks at once" for n in range(1, 5)],
    "answers": [f"{n} answers at once" for n in range(1, 5)],
    "beside": names(PORTS),
}


def unreachable(point: str, name: str) -> bool:
    """The instruction cache never writes, cores have four lanes, a port does not beat itself, some port wants."""
    parts = name.split(", ")
    cache, cores = PORTS[1], PORTS[3]
    match point:
        case "pair":
            winner, loser, wins, loses = parts
            own = winner == f"{loser} before"
            return own or (winner == f"{cache} before" and wins == "writes") or (loser == cache and loses == "writes")
        case "robin":
            return parts[2] == "0"
        case "strobes":
            return parts[0] == cache or (parts[0] == cores and parts[1] in STROBES[4:8])
        case "next":
            return parts[0] == cache and parts[1] in NEXT[1:4]
    return parts[0] == cache and "writes" in parts


STATED = {point: [name for name in bins if not unreachable(point, name)] for point, bins in BINS.items()}


def missing(dut: Dut) -> dict[str, list[str]]:
    """Stated bins without a hit since reset, by point."""
    return open_bins(dut, BINS, unreachable)


async def start(dut: Dut) -> None:
    fill_random(np.random.default_rng(11), L2)
    await reset.start(dut, dut.mode_i, dut.owner_i)


def words(signal: Any) -> list[int]:
    """A packed array of four 32-bit words, element 0 first."""
    return [int(signal.value) >> 32 * p & 0xFFFF_FFFF for p in range(4)]


async def traffic(dut: Dut, modes: list[int], cycles: int) -> list[int]:
    """Let the ports run in these modes; accesses answered a port."""
    dut.mode_i.value = sum(mode << 3 * p for p, mode in enumerate(modes))
    await ClockCycles(dut.clk_i, cycles)
    accesses = words(dut.accesses_o)
    dut.mode_i.value = 0
    await ClockCycles(dut.clk_i, 60)
    assert int(dut.idle_o.value) == 1, "an access was never answered"
    return accesses


@cocotb.test()
async def random_traffic_of_all_ports_reads_what_it_wrote(dut: Dut) -> None:
    await start(dut)
    untouched = region(L2)[WINDOW:-END].copy()
    mixed = [RANDOM, STREAM, ONE_BANK, RANDOM], [ONE_BANK, RANDOM, RANDOM, UNMAPPED]
    for modes in ([RANDOM] * 4, [UNMAPPED] * 4, *mixed):
        accesses = await traffic(dut, modes, 8000)
        assert min(accesses) > 1500, accesses
    for owner in range(1, 13):  # each port gets each area, the memory's first and last word too
        dut.owner_i.value = owner % 4
        await ClockCycles(dut.clk_i, 2)
        accesses = await traffic(dut, [EDGES] * 4, 1500)
        assert min(accesses) > 300, accesses
        if owner >= 4 and not missing(dut):
            break
    dut.owner_i.value = (owner + 1) % 4
    await ClockCycles(dut.clk_i, 2)
    assert np.array_equal(region(L2)[WINDOW:-END], untouched)
    hit = {point: len(bins) - len(missing(dut).get(point, [])) for point, bins in STATED.items()}
    of = {point: len(bins) for point, bins in STATED.items()}
    dut._log.info("coverage: %d of %d bins, %s", sum(hit.values()), sum(of.values()), hit)
    figures.record({f"L2, coverage: {point}": f"{hit[point]} of {of[point]} bins" for point in STATED})
    record(points(dut, BINS, unreachable))
    assert not missing(dut), missing(dut)


@cocotb.test()
async def a_lone_port_streams_at_full_rate_with_the_documented_latency(dut: Dut) -> None:
    await start(dut)
    for port in range(4):
        modes = [QUIET] * 4
        modes[port] = STREAM
        accesses = await traffic(dut, modes, 1000)
        assert accesses[port] >= 990
    assert words(dut.fastest_o) == [LATENCY] * 4
    # One cycle more is the request queue's when the next port takes over the bank; a lone port never waits.
    assert words(dut.slowest_o) == [LATENCY] * 4


@cocotb.test()
async def ports_that_saturate_share_fairly(dut: Dut) -> None:
    await start(dut)
    accesses = await traffic(dut, [ONE_BANK] * 4, 4000)
    found = {"L2, four ports on one bank": f"{min(accesses) / 4000:.2f} accesses a cycle and port"}
    assert min(accesses) >= 0.24 * 4000
    accesses = await traffic(dut, [STREAM] * 4, 4000)
    found["L2, four ports streaming"] = f"{sum(accesses[:3]) / 3 / 4000:.2f} accesses a cycle and 64-bit port"
    assert min(accesses[:3]) >= 0.75 * 4000
    found["L2, grant to answer, lone port"] = f"{min(words(dut.fastest_o))} cycles"
    found["L2, grant to answer, worst case above"] = f"{max(words(dut.slowest_o))} cycles"
    figures.record(found)
    assert max(words(dut.slowest_o)) <= LATENCY + 2 * 4  # two queued accesses, three others before each
