# SPDX-License-Identifier: Apache-2.0
"""Falsify the hardware on purpose, to show that the checks notice: needs a simulator built with ``disturbable``."""

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import Timer

from tb.env.common.dut import Dut
from tb.env.network.components import PERIOD_PS

REDMULE_BUSY = 1  # bit 0 of td_tb_top.engine_busy
BIT = 22  # the highest of the mantissa
POLL_CYCLES = 20
SETTLE_CYCLES = 100  # from the job's start until the row works on real sums


async def disturb_redmule_row(row: int) -> None:
    """Invert one bit of all partial sums of ``row`` once, shortly after the first job starts."""
    dut: Dut = cocotb.top
    array: Dut = _find(dut.u_soc.i_cluster.i_redmule, "i_array")
    sums = array.gen_row[row].i_row.acc_q
    while not int(dut.engine_busy.value) & REDMULE_BUSY:
        await Timer(POLL_CYCLES * PERIOD_PS, "ps")
    await Timer(SETTLE_CYCLES * PERIOD_PS, "ps")
    mask = sum(1 << bit for bit in range(BIT, len(sums), 32))
    sums.value = int(sums.value) ^ mask
    cocotb.log.info(f"disturbed row {row} of RedMule")


def _find(scope: HierarchyObject, name: str) -> HierarchyObject:
    """The nearest instance called ``name`` below ``scope``."""
    level = [scope]
    while level:
        for handle in level:
            found = getattr(handle, name, None)
            if isinstance(found, HierarchyObject):
                return found
        level = [child for handle in level for child in handle if isinstance(child, HierarchyObject)]
    raise LookupError(f"no instance {name!r} below {scope._path}: was the simulator built with disturbable=True?")
