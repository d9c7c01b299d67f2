# SPDX-License-Identifier: Apache-2.0
"""A register target's bus in a block bench: signals req, gnt, addr, we, wdata, rvalid, rdata, err of ``dut``."""

from typing import Any

from cocotb.triggers import ReadOnly, RisingEdge

from tb.env.common.dut import Dut


class BusError(Exception):
    """The target answered with err."""


async def _access(dut: Dut, address: int, we: int, data: int, core: int, prefix: str) -> int:
    def signal(name: str) -> Any:
        return getattr(dut, prefix + name)

    signal("addr_i").value = address
    signal("we_i").value = we
    signal("wdata_i").value = data & 0xFFFF_FFFF
    if hasattr(dut, prefix + "id_i"):
        signal("id_i").value = core
    signal("req_i").value = 1
    while True:
        await ReadOnly()
        granted = int(signal("gnt_o").value)
        await RisingEdge(dut.clk_i)
        if granted:
            break
    signal("req_i").value = 0
    while True:
        await ReadOnly()
        done, value, error = (int(signal(n).value) for n in ("rvalid_o", "rdata_o", "err_o"))
        await RisingEdge(dut.clk_i)
        if done:
            break
    if error:
        raise BusError(f"{'write' if we else 'read'} at offset {address:#x}")
    return value


async def write(dut: Dut, address: int, data: int, core: int = 0, prefix: str = "") -> None:
    """Write a register; BusError if the target refuses."""
    await _access(dut, address, 1, data, core, prefix)


async def read(dut: Dut, address: int, core: int = 0, prefix: str = "") -> int:
    """Read a register; BusError if the target refuses."""
    return await _access(dut, address, 0, 0, core, prefix)
