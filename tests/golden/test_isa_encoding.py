# SPDX-License-Identifier: Apache-2.0
"""The suite's decoder against LLVM's assembler, and what it refuses; and what adds with a shift make of their operands.

tests/rtl/test_isa.py runs all of it on the RTL; here a mistake is seen in a second.
"""

from itertools import product
from pathlib import Path

import pytest

from golden.isa.encoding import LOOP, IllegalError, decode
from golden.isa.model import Core, Memory
from tests.rtl.isa.blocks import all_blocks
from traindeploy.codegen.firmware import assemble


def words(lines: list[str], folder: Path) -> list[int]:
    source, binary = folder / "all.S", folder / "all.bin"
    source.write_text("\n".join([".option norvc", *lines]) + "\n")
    assemble(source, binary)
    image = binary.read_bytes()
    return [int.from_bytes(image[at : at + 4], "little") for at in range(0, len(image), 4)]


def test_what_the_assembler_writes_is_read_back(tmp_path: Path) -> None:
    blocks = [
        block for block in all_blocks() if len(block.lines) == 1 and not block.lines[0].startswith(("c.", "csrr "))
    ]
    assert len({block.mnemonic for block in blocks}) > 100
    for block, word in zip(blocks, words([block.lines[0] for block in blocks], tmp_path), strict=True):
        found = decode(word)
        assert found.name == block.mnemonic, block.lines[0]
        assert found.rd == 12, block.lines[0]
        assert ("x10" in block.lines[0]) <= (found.rs1 == 10), block.lines[0]
        assert ("x11" in block.lines[0]) <= (found.rs2 == 11), block.lines[0]


@pytest.mark.parametrize("name", LOOP)
def test_a_hardware_loop_with_a_field_that_it_does_not_have_is_illegal(name: str) -> None:
    """cv.starti, cv.endi and cv.counti have no register; cv.start, cv.end and cv.count have no immediate."""
    for loop, register, immediate in product((0, 1), (0, 9), (0, 33)):
        word = immediate << 20 | register << 15 | 4 << 12 | (LOOP.index(name) << 1 | loop) << 7 | 0x2B
        strange = immediate if name in ("cv.start", "cv.end", "cv.count") else register
        if strange and not name.startswith("cv.setup"):
            with pytest.raises(IllegalError):
                decode(word)
        else:
            found = decode(word)
            assert (found.name, found.rd, found.rs1, found.imm) == (name, loop, register, immediate)


@pytest.mark.parametrize(
    ("op", "kind", "by_register"), list(product(("add", "sub"), ("N", "uN", "RN", "uRN"), (False, True)))
)
def test_sums_are_shifted_and_rounded_as_the_manual_says(op: str, kind: str, by_register: bool, tmp_path: Path) -> None:
    """Before the shift half of the last place is added if the name has an R; then the sign comes in but for a u."""
    shifts, old = (0, 1, 5, 31), 0xFFFF_FFF7
    suffixes = ["r x12, x10, x11"] * len(shifts) if by_register else [f" x12, x10, x11, {by}" for by in shifts]
    for by, word in zip(shifts, words([f"cv.{op}{kind}{suffix}" for suffix in suffixes], tmp_path), strict=True):
        for a, b in product((3, 0x7FFF_FFF0, 0xFFFF_FFF5), (6, 0x8000_0001)):
            core = Core(Memory({0: bytearray(word.to_bytes(4, "little"))}), 0, 0x1000_0000)
            core.x[10], core.x[11], core.x[12] = a, (by if by_register else b), old
            core.step()
            left, right = (old, a) if by_register else (a, b)
            total = (left + right if op == "add" else left - right) + ((1 << by >> 1) if "R" in kind else 0)
            total &= 0xFFFF_FFFF
            if "u" not in kind and total >> 31:
                total -= 1 << 32
            assert core.x[12] == total >> by & 0xFFFF_FFFF, (op, kind, left, right, by)
