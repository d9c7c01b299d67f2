# SPDX-License-Identifier: Apache-2.0
"""A register target against its SystemRDL: every word of its window answers as the register map says."""

import random
from collections.abc import Awaitable, Collection, Mapping

from tb.env.common import bus
from tb.env.common.dut import Dut
from traindeploy.platform.registers import Register, RegisterMap


async def answers_as_its_map(
    dut: Dut,
    registers: RegisterMap,
    window: int,
    *,
    prefix: str = "",
    unimplemented: Mapping[str, int] | None = None,
    skipped: Collection[str] = (),
    write_only_is_read: bool = False,
) -> None:
    """Read and write all words of the first ``window`` bytes, in random order, many times.

    A read is an error where nothing lies that can be read, a write also where all bits are read-only. Registers that
    software reads and writes hold their reset value and then what was written last, whatever is read, refused or
    written elsewhere.

    Args:
        unimplemented: register -> bits of its fields that this block does not have.
        skipped: names that are mapped, but answer by a rule of their own.
        write_only_is_read: a read of a register that is only written gives 0, and is no error.
    """
    rng = random.Random(1)
    lacking = unimplemented or {}
    mapped = {r.at(index): r for r in registers.registers for index in range(r.count)}
    kept = {at: _bits(r, lacking) & r.reset for at, r in mapped.items() if r.access == "rw" and r.name not in skipped}
    order = [at for at in range(0, window, 4) if at not in mapped or mapped[at].name not in skipped] * 3
    rng.shuffle(order)
    for at in order:
        register = mapped.get(at)
        if rng.random() < 0.5:
            value = rng.getrandbits(32)
            refused = register is None or "w" not in register.access
            await _expected(bus.write(dut, at, value, prefix=prefix), refused, f"write at {at:#x}")
            if at in kept and register is not None:
                kept[at] = value & _bits(register, lacking)
        else:
            refused = register is None or ("r" not in register.access and not write_only_is_read)
            found = await _expected(bus.read(dut, at, prefix=prefix), refused, f"read at {at:#x}")
            assert at not in kept or found == kept[at], f"{at:#x} holds {found:#x}, {kept[at]:#x} was written"
    for at, value in kept.items():
        assert await bus.read(dut, at, prefix=prefix) == value, f"{at:#x} lost {value:#x}"


def _bits(register: Register, lacking: Mapping[str, int]) -> int:
    """What software can read and write of it."""
    return sum(field.mask for field in register.fields if field.access == "rw") & ~lacking.get(register.name, 0)


async def _expected(access: Awaitable[int | None], refused: bool, what: str) -> int | None:
    try:
        found = await access
    except bus.BusError:
        assert refused, f"{what} was refused"
        return None
    assert not refused, f"{what} was taken"
    return found
