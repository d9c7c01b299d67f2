# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of td_cluster_control's registers: what the bus answers, what is kept, what clears the counters."""

import cocotb

from tb.blocks.cluster.test_counters import INPUTS, counters, load, start
from tb.env.common import bus
from tb.env.common.dut import Dut
from tb.env.common.register_target import answers_as_its_map
from traindeploy.platform import NUM_CORES, register_map

REGS = register_map("cluster_control")
WINDOW = 0x400  # bytes that the cluster's decoder gives it
NO_CORES = {"FETCH_EN": 0xFFFF_FFFF << NUM_CORES & 0xFFFF_FFFF}


@cocotb.test()
async def every_word_answers_as_the_register_map_says(dut: Dut) -> None:
    await start(dut)
    await answers_as_its_map(dut, REGS, WINDOW, prefix="periph_", unimplemented=NO_CORES, write_only_is_read=True)


@cocotb.test()
async def only_a_one_written_to_perf_clear_clears(dut: Dut) -> None:
    """Not a read, not a zero, not a one elsewhere, and not a write that is refused."""
    await start(dut)
    everything = {name: (1 << NUM_CORES) - 1 if name in INPUTS[:5] else 1 for name in INPUTS}
    await load(dut, everything, 500)
    before = await counters(dut)
    await bus.read(dut, REGS.PERF_CLEAR.offset, prefix="periph_")
    await bus.write(dut, REGS.PERF_CLEAR.offset, 0, prefix="periph_")
    await bus.write(dut, REGS.TCDM_WIDE_MAX.offset, 1, prefix="periph_")
    try:
        await bus.write(dut, REGS.REDMULE_BUSY.offset, 1, prefix="periph_")
    except bus.BusError:
        dut._log.info("a counter refuses to be written")
    else:
        raise AssertionError("a counter was written")
    after = await counters(dut)
    assert {key: n for key, n in after.items() if key[0] != "PERF_ASLEEP"} == {
        key: n for key, n in before.items() if key[0] != "PERF_ASLEEP"
    }
