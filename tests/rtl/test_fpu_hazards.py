# SPDX-License-Identifier: Apache-2.0
"""CV32E40P with the shared FPU: eight cores run different random programs at once; all they leave must be right."""

from pathlib import Path

import numpy as np
import pytest

from golden.isa.model import Core, Memory
from tb.build.simulator import build_platform
from tb.env.common.elf import Firmware
from tb.run import simulate
from tb.run_dir import write_expected
from tests.plan.collect import seeds
from tests.plan.records import Facts
from tests.rtl.random_program import REGISTERS, WINDOW, RandomProgram
from traindeploy.codegen.firmware import build as build_firmware
from traindeploy.platform import CONFIGS, L2, L2_ARENA, NUM_CORES, TCDM
from traindeploy.platform.address_map import EVENT_UNIT
from traindeploy.records import serial
from traindeploy.records.program import Level, OperatorDescription, Placement, ProgramDescription

CORES = NUM_CORES
LENGTH = 1200
DUMP = L2_ARENA.base
L2_WINDOWS = L2_ARENA.base + 0x1000
TCDM_WINDOWS = TCDM.base + 0x2000
SAVED = [1, 8, 9, *range(18, 28)]

MAIN = """#include "td_runtime.h"
#define DECLARE(n) void random_##n(void);
DECLARE(0) DECLARE(1) DECLARE(2) DECLARE(3) DECLARE(4) DECLARE(5) DECLARE(6) DECLARE(7)
extern const uint32_t initial[8][2 * WINDOW];
void td_main(uint32_t core) {
    static void (*const programs[8])(void) = {random_0, random_1, random_2, random_3,
                                              random_4, random_5, random_6, random_7};
    for (uint32_t i = 0; i < WINDOW; ++i) {
        ((volatile uint32_t *)TCDM_WINDOWS)[core * WINDOW + i] = initial[core][i];
        ((volatile uint32_t *)L2_WINDOWS)[core * WINDOW + i] = initial[core][WINDOW + i];
    }
    td_barrier();
    programs[core]();
    td_barrier();
    if (core == 0) td_report(0);
}
"""


def assembly(core: int, program: RandomProgram) -> list[str]:
    lines = [f".globl random_{core}", f"random_{core}:", f"addi sp, sp, -{4 * len(SAVED)}"]
    lines += [f"sw x{r}, {4 * i}(sp)" for i, r in enumerate(SAVED)]
    lines += [f"la x9, registers_{core}", *(f"lw x{r}, {4 * i}(x9)" for i, r in enumerate(REGISTERS))]
    lines += [f"li x8, {TCDM_WINDOWS + 4 * WINDOW * core}", f"li x9, {L2_WINDOWS + 4 * WINDOW * core}"]
    lines += [f"li x27, {EVENT_UNIT.base}", *program.lines]
    lines += [f"li x1, {DUMP + 4 * len(REGISTERS) * core}", *(f"sw x{r}, {4 * i}(x1)" for i, r in enumerate(REGISTERS))]
    lines += [f"lw x{r}, {4 * i}(sp)" for i, r in enumerate(SAVED)]
    lines += [f"addi sp, sp, {4 * len(SAVED)}", "ret", ".balign 4", f"registers_{core}:"]
    return lines + [f".word {value:#x}" for value in program.registers]


def after(programs: list[RandomProgram], elf: Path) -> dict[str, np.ndarray]:
    """What the cores leave, by the model: registers, windows of TCDM and of L2, a row of int32 a core."""
    firmware, tcdm, l2 = Firmware(elf), bytearray(TCDM.size), bytearray(L2.size)
    for address, data in firmware.segments:
        l2[address - L2.base : address - L2.base + len(data)] = data
    for core, program in enumerate(programs):
        for memory, at, window in (
            (tcdm, TCDM_WINDOWS - TCDM.base, program.tcdm),
            (l2, L2_WINDOWS - L2.base, program.l2),
        ):
            memory[at + 4 * WINDOW * core : at + 4 * WINDOW * (core + 1)] = np.array(window, np.uint32).tobytes()
    for core in range(CORES):
        model = Core(Memory({TCDM.base: tcdm, L2.base: l2}), core, EVENT_UNIT.base)
        model.pc = firmware.symbols[f"random_{core}"]
        model.x[2] = TCDM.base + TCDM.size - 64 * core
        model.run(0, 10 * LENGTH)  # returns to x1, 0
    return {
        "registers": np.frombuffer(l2, np.int32, CORES * len(REGISTERS), DUMP - L2.base).reshape(CORES, -1),
        "tcdm": np.frombuffer(tcdm, np.int32, CORES * WINDOW, TCDM_WINDOWS - TCDM.base).reshape(CORES, -1),
        "l2": np.frombuffer(l2, np.int32, CORES * WINDOW, L2_WINDOWS - L2.base).reshape(CORES, -1),
    }


@pytest.mark.parametrize("seed", seeds("fpu.hazards"))
def test_random_programs_on_eight_cores_compute_what_the_model_does(seed: int, tmp_path: Path, facts: Facts) -> None:
    programs = [RandomProgram(CORES * seed + core, LENGTH) for core in range(CORES)]
    lines = [".text"]
    for core, program in enumerate(programs):
        lines += assembly(core, program)
    lines += [".section .rodata", ".balign 4", ".globl initial", "initial:"]
    lines += [f".word {value:#x}" for p in programs for value in [*p.tcdm, *p.l2]]
    (tmp_path / "random.S").write_text("\n".join([*lines, ""]))
    (tmp_path / "main.c").write_text(MAIN)
    defines = [f"WINDOW={WINDOW}", f"TCDM_WINDOWS={TCDM_WINDOWS:#x}", f"L2_WINDOWS={L2_WINDOWS:#x}"]
    build_firmware([tmp_path / "main.c", tmp_path / "random.S"], tmp_path / "firmware.elf", defines=defines)

    expected = after(programs, tmp_path / "firmware.elf")
    places: dict[str, tuple[Level, int]] = {
        "registers": ("L2", DUMP),
        "tcdm": ("L1", TCDM_WINDOWS),
        "l2": ("L2", L2_WINDOWS),
    }
    outputs = tuple(
        Placement(tensor=name, level=level, address=address, shape=expected[name].shape, dtype="int32")
        for name, (level, address) in places.items()
    )
    only = OperatorDescription(index=0, name="random", kind="random", engine="cores", phase="forward", outputs=outputs)
    serial.write(ProgramDescription(operators=(only,)), tmp_path / "program.json")
    np.savez(tmp_path / "l3.npz")
    write_expected(tmp_path, 0, expected)

    simulator = build_platform(CONFIGS["compact"], disturbable=True, optimize="-O1")
    result = simulate(tmp_path, CONFIGS["compact"], max_cycles=300_000, max_seconds=120, build=simulator)
    facts.outcome = result
    assert result.passed, (result.failure, result.mismatches[:3])
    assert result.tensors_compared == 3
