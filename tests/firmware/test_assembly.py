# SPDX-License-Identifier: Apache-2.0
"""The linked kernels obey the core's hardware-loop rules, and td_gemm's inner loop is what it should be."""

import struct
from dataclasses import dataclass
from pathlib import Path

import pytest

from traindeploy.codegen.firmware import build, sections
from traindeploy.platform import L2

OPCODE = 0x7F
LOAD_STEP_IMMEDIATE, LOAD_STEP_REGISTER, FMADD = 0x0B, 0x2B, 0x43
BRANCH, JAL, JALR, FENCE, SYSTEM = 0x63, 0x6F, 0x67, 0x0F, 0x73


@dataclass
class Loop:
    number: int
    setup: int
    end: int


def instructions(elf: Path) -> dict[int, int]:
    """Address -> instruction word (16 bits for compressed ones) of .text, swept linearly."""
    address, offset, size = sections(elf)[".text"]
    code = elf.read_bytes()[offset : offset + size]
    found, at = {}, 0
    while at < size:
        (half,) = struct.unpack_from("<H", code, at)
        length = 4 if half & 3 == 3 else 2
        found[address + at] = struct.unpack_from("<I", code, at)[0] if length == 4 else half
        at += length
    return found


def loops(code: dict[int, int]) -> list[Loop]:
    """All cv.setup instructions: opcode 0x2B, funct3 4, bits 11:8 = 7."""
    found = []
    for address, word in code.items():
        if word & 0x7F7F == 0x472B:
            found.append(Loop((word >> 7) & 1, address, address + 4 * (word >> 20)))
    return found


@pytest.fixture(scope="module")
def code(all_kernels_elf):
    return instructions(all_kernels_elf)


def body(code: dict[int, int], loop: Loop) -> list[int]:
    return [code[a] for a in range(loop.setup + 4, loop.end, 4)]


def test_sections_lie_where_the_linker_has_put_them(all_kernels_elf):
    """The program at its address in L2, which differs from its place in the file."""
    address, offset, size = sections(all_kernels_elf)[".text"]
    assert L2.base <= address < address + size <= L2.base + L2.size
    assert address != offset


def test_every_streaming_kernel_has_hardware_loops(code):
    assert len(loops(code)) >= 16


def test_hardware_loops_obey_the_cores_rules(code):
    for loop in loops(code):
        assert loop.setup % 4 == 0, hex(loop.setup)
        assert loop.end in code, f"loop at {loop.setup:#x} ends inside an instruction"
        words = [code.get(a) for a in range(loop.setup + 4, loop.end, 4)]
        assert len(words) >= 3, hex(loop.setup)
        for word in words:
            assert word is not None, f"compressed instruction in the loop at {loop.setup:#x}"
            assert word & 3 == 3, f"compressed instruction in the loop at {loop.setup:#x}"
            forbidden = (BRANCH, JAL, JALR, FENCE, SYSTEM)
            assert word & OPCODE not in forbidden, f"{word:#010x} in the loop at {loop.setup:#x}"


def test_inner_loops_end_two_instructions_before_outer_ones(code):
    found = loops(code)
    outer = [loop for loop in found if loop.number == 1]
    assert outer, "maxpool nests two"
    for loop in outer:
        inner = [i for i in found if loop.setup < i.setup < loop.end]
        assert inner
        for i in inner:
            assert i.number == 0
            assert loop.end >= i.end + 8


def test_gemm_inner_loop_is_eight_post_increment_loads_and_sixteen_multiply_adds(code):
    def kinds(words: list[int]) -> str:
        names = {FMADD: "f", LOAD_STEP_REGISTER: "l", LOAD_STEP_IMMEDIATE: "l"}
        return "".join(names.get(word & OPCODE, "?") for word in words)

    found = {kinds(body(code, loop)) for loop in loops(code)}
    counts = {(kind.count("l"), kind.count("f"), len(kind)) for kind in found}
    assert (8, 16, 24) in counts
    assert (5, 4, 9) in counts
    assert "llf" in found


def test_no_kernel_calls_a_library_function(all_kernels_elf):
    image = all_kernels_elf.read_bytes()
    for name in (b"fmaf\0", b"__addsf3", b"__mulsf3", b"__divsf3", b"sqrtf\0", b"expf\0", b"__udivsi3"):
        assert name not in image


def test_builds_of_the_same_sources_are_identical(all_kernels_elf, tmp_path):
    program = all_kernels_elf.parent / "all_kernels.c"
    again = tmp_path / "again.elf"
    report = build([program], again)
    assert again.read_bytes() == all_kernels_elf.read_bytes()
    assert report.text > 0
    assert report.tcdm <= 1024
