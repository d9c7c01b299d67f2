# SPDX-License-Identifier: Apache-2.0
"""cocotb side of the TCDM bench: sets traffic and arbitration bounds; C++ drives and checks every cycle."""

import ctypes
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import Timer

from tb.env.common import figures
from tb.env.common.coverage import record
from tb.env.common.dut import Dut
from traindeploy.platform import register_map
from traindeploy.records.verdict import functional

PERIOD = 2
CONTROL = register_map("cluster_control")
RESET = (CONTROL.TCDM_WIDE_MAX.reset, CONTROL.TCDM_NARROW_MAX.reset)  # what every network runs with


def bins(ports: int, banks: int) -> list[tuple[str, list[int]]]:
    """The coverage points in the order of the C++ side, with their bins.

    Not reachable, and so not stated: two narrow grants of one bank in a cycle; a lost conflict without rivals.
    """
    return [
        ("first bank of a wide beat, read and write", list(range(2 * banks))),
        ("wide beat goes on in the next row, read and write", [0, 1]),
        ("byte enables of a wide word, read and write", list(range(32))),
        ("bank contested, wide port wins", list(range(banks))),
        ("bank contested, narrow ports win", list(range(banks))),
        ("bank of a word without byte enable used by a narrow port", list(range(banks))),
        ("narrow port x bank", list(range(ports * banks))),
        ("byte enables of a narrow access, read and write", list(range(32))),
        ("narrow requests for one bank in a cycle", list(range(1, ports + 1))),
    ]


class Bench:
    def __init__(self, dut: Dut) -> None:
        self.dut = dut
        self.library = ctypes.CDLL(None)
        for name in ("narrow_grants", "wide_grants", "cycles"):
            getattr(self.library, f"td_tcdm_bench_{name}").restype = ctypes.c_uint64
        self.ports = int(dut.NumPorts.value)
        self.banks = int(dut.NumBanks.value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, f"td_tcdm_bench_{name}")

    async def start(self, wide_max: int = RESET[0], narrow_max: int = RESET[1]) -> None:
        self.dut.rst_ni.value = 1
        self.dut.wide_max_i.value = wide_max
        self.dut.narrow_max_i.value = narrow_max
        self.quiet()
        await Timer(1, "ns")
        self.dut.rst_ni.value = 0
        self.library.td_tcdm_bench_reset()
        Clock(self.dut.clk_i, PERIOD, "ns", impl="gpi").start()
        await Timer(5 * PERIOD, "ns")
        self.dut.rst_ni.value = 1

    def quiet(self) -> None:
        """No new requests."""
        self.traffic(0, 0, 0, self.banks, 1, 1)

    async def run(
        self, cycles: int, narrow: int, wide: int, banks: int | None = None, rows: int = 1024, first: int = 0
    ) -> None:
        """``narrow``, ``wide``: percent of cycles in which a free port sends; narrow addresses fall in ``rows`` rows of
        ``banks`` banks from ``first`` on.
        """
        self.traffic(narrow, wide, first, banks or self.banks, rows, cocotb.RANDOM_SEED & 0xFFFF)
        await Timer(cycles * PERIOD, "ns")
        grants = [self.narrow_grants(p) for p in range(self.ports)]
        self.grants, self.wide = grants, self.wide_grants()
        worst = (self.narrow_worst(), self.wide_worst())
        self.quiet()
        await Timer(200 * PERIOD, "ns")
        self.dut._log.info("narrow %s wide %d in %d cycles, worst waits %s", grants, self.wide, cycles, worst)
        assert self.dut.errors_o.value.to_unsigned() == 0
        assert self.differences() == 0
        self.worst = worst


@cocotb.test()
async def random_traffic_reads_what_was_written_at_every_offset(dut: Dut) -> None:
    bench = Bench(dut)
    await bench.start()
    mixes = ((30, 30, 0, 1024), (80, 60, 0, 2), (100, 100, 4, 4), (10, 100, 0, 1024), (100, 0, 2, 1))
    for narrow, wide, banks, rows in mixes:
        await bench.run(20000, narrow, wide, banks or None, rows)
    points = list(enumerate(bins(bench.ports, bench.banks)))
    missing = {name: [b for b in wanted if not bench.hits(point, b)] for point, (name, wanted) in points}
    dut._log.info("coverage: %s", ", ".join(f"{name}: {len(wanted)} bins" for _, (name, wanted) in points))
    record(functional(name, {str(b): bench.hits(point, b) for b in wanted}) for point, (name, wanted) in points)
    assert not any(missing.values()), {name: open_bins for name, open_bins in missing.items() if open_bins}


@cocotb.test()
async def unconflicted_access_takes_one_cycle(dut: Dut) -> None:
    bench = Bench(dut)
    await bench.start()
    await bench.run(2000, 0, 100)
    assert bench.worst == (0, 0)
    assert bench.wide >= 1999


@cocotb.test()
async def no_port_starves_when_all_want_the_same_bank(dut: Dut) -> None:
    bench = Bench(dut)
    found = {}
    for wide_max, narrow_max in (RESET, (7, 1), (1, 1), (3, 2), (0, 0), (255, 4), (1, 9)):
        await bench.start(wide_max, narrow_max)
        await bench.run(20000, 100, 100, banks=1)
        if (wide_max, narrow_max) in (RESET, (7, 1), (1, 1), (3, 2), (1, 9)):
            found[f"Ten ports on one bank, wide port saturating, wide to narrow {wide_max} to {narrow_max}"] = (
                f"{bench.wide / 20000:.2f} beats and {sum(bench.grants) / 20000:.2f} narrow grants a cycle, "
                f"longest waits {bench.worst[1]} and {bench.worst[0]} cycles"
            )
        share = sum(bench.grants) / 20000
        wins_wide, wins_narrow = max(wide_max, 1), max(narrow_max, 1)
        # The wide beat does not always touch the contested bank, so the narrow side gets its share or more.
        assert share > 0.95 * wins_narrow / (wins_wide + wins_narrow)
        assert bench.wide > 0.95 * 20000 * wins_wide / (wins_wide + wins_narrow)
        assert max(bench.grants) - min(bench.grants) <= 2 + max(bench.grants) // 50
    await bench.start()
    await bench.run(20000, 100, 0, rows=64)
    found["Ten ports at random banks, wide port quiet"] = f"{sum(bench.grants) / 20000:.2f} narrow grants a cycle"
    await bench.run(20000, 0, 100)
    found["Wide port at random offsets, narrow ports quiet"] = f"{bench.wide / 20000:.2f} beats a cycle"
    found["Request to answer, nobody in the way"] = f"{bench.worst[1] + 1} cycle"
    figures.record(found)


@cocotb.test()
async def narrow_ports_share_a_bank_evenly(dut: Dut) -> None:
    bench = Bench(dut)
    await bench.start()
    for bank in range(bench.banks):
        await bench.run(2000, 100, 0, banks=1, first=bank)
        assert sum(bench.grants) >= 1990, f"bank {bank}"
        assert max(bench.grants) - min(bench.grants) <= 1, f"bank {bank}"
        assert bench.worst[0] == bench.ports - 1, f"bank {bank}"


@cocotb.test()
async def every_bank_is_shared_with_the_wide_port_as_the_bounds_say(dut: Dut) -> None:
    """The C++ side checks each request's waiting time against its bound, and here is each side's share."""
    bench = Bench(dut)
    for wide_max, narrow_max in (RESET, (7, 1)):
        for bank in range(bench.banks):
            await bench.start(wide_max, narrow_max)
            await bench.run(3000, 100, 100, banks=1, first=bank)
            share = sum(bench.grants) / 3000
            assert share > 0.95 * narrow_max / (wide_max + narrow_max), f"bank {bank}"
            assert bench.wide > 0.95 * 3000 * wide_max / (wide_max + narrow_max), f"bank {bank}"
            assert max(bench.grants) - min(bench.grants) <= 2 + max(bench.grants) // 50, f"bank {bank}"
