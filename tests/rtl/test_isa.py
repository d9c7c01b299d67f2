# SPDX-License-Identifier: Apache-2.0
"""The instructions that the firmware relies on, against a model of our own: eight cores, each with its own program."""

import itertools
import json
import struct
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from isa.blocks import all_blocks, tables
from isa.encoding import IllegalError, decode
from isa.model import Core, Memory
from isa.programs import SAVED, WINDOW, Program, core_program

from tb.build.simulator import build_platform
from tb.env.elf import Firmware
from tb.run import simulate
from traindeploy import target
from traindeploy.codegen.compile import write_program
from traindeploy.codegen.image import l3_image
from traindeploy.codegen.toolchain import build as build_firmware
from traindeploy.codegen.toolchain import sections
from traindeploy.frontend.data import load_samples
from traindeploy.schedule import build_program
from traindeploy.target import CONFIGS
from traindeploy.training import build_training_graph

CORES = target.NUM_CORES
TABLES = target.TCDM_BASE
TCDM_WINDOWS = target.TCDM_BASE + 0x4000
L2_WINDOWS = target.L2_ARENA_BASE
RESULTS = target.L2_ARENA_BASE + 0x1000
LIMIT = 5_000_000

MAIN = """#include "td_runtime.h"
#define DECLARE(n) void isa_##n(void);
DECLARE(0) DECLARE(1) DECLARE(2) DECLARE(3) DECLARE(4) DECLARE(5) DECLARE(6) DECLARE(7)
extern const uint32_t isa_tables[], isa_windows[];
void td_main(uint32_t core) {
    static void (*const programs[8])(void) = {isa_0, isa_1, isa_2, isa_3, isa_4, isa_5, isa_6, isa_7};
    for (uint32_t i = core; i < TABLE_WORDS; i += 8) ((volatile uint32_t *)TABLES)[i] = isa_tables[i];
    for (uint32_t i = 0; i < WINDOW / 4; ++i) {
        ((volatile uint32_t *)(TCDM_WINDOWS + core * WINDOW))[i] = isa_windows[core * WINDOW / 4 + i];
        ((volatile uint32_t *)(L2_WINDOWS + core * WINDOW))[i] = isa_windows[(8 + core) * WINDOW / 4 + i];
    }
    td_barrier();
    programs[core]();
    td_barrier();
    if (core == 0) td_report(0);
}
"""


def assembly(core: int, program: Program, results: int, integer_rows: int) -> list[str]:
    lines = [f".globl isa_{core}", f"isa_{core}:", f"addi sp, sp, -{4 * len(SAVED)}"]
    lines += [f"sw x{r}, {4 * i}(sp)" for i, r in enumerate(SAVED)]
    lines += [f"li x5, {TCDM_WINDOWS + WINDOW * core}", f"li x6, {L2_WINDOWS + WINDOW * core}"]
    lines += [f"li x7, {target.EVENT_UNIT_BASE}", f"li x9, {results}"]
    lines += [f"li x18, {TABLES}", f"li x19, {TABLES + 12 * integer_rows}", "csrw mscratch, zero", "fscsr zero"]
    lines += [*program.lines, f".globl isa_end_{core}", f"isa_end_{core}:"]
    lines += [f"lw x{r}, {4 * i}(sp)" for i, r in enumerate(SAVED)]
    return [*lines, f"addi sp, sp, {4 * len(SAVED)}", "ret"]


class Suite:
    """The programs, built, and what the model says that they leave."""

    def __init__(self, folder: Path, units: int, seed: int) -> None:
        rows = tables(seed)
        counts = {name: len(table) for name, table in rows.items()}
        programs = [core_program(core, counts, units, seed) for core in range(CORES)]
        starts = list(itertools.accumulate((4 * program.words for program in programs), initial=RESULTS))
        assert starts[-1] <= target.L2_BASE + target.L2_SIZE
        words = [word for table in ("integers", "floats") for row in rows[table] for word in row]
        windows = np.random.default_rng(seed).integers(0, 1 << 32, 2 * CORES * WINDOW // 4, np.uint32)
        lines = ['#include "td_hwloop.h"', ".text"]
        for core, program in enumerate(programs):
            lines += assembly(core, program, starts[core], counts["integers"])
        for name, values in (("isa_tables", words), ("isa_windows", windows.tolist())):
            lines += [".section .rodata", ".balign 4", f".globl {name}", f"{name}:", *(f".word {v:#x}" for v in values)]
        (folder / "isa.S").write_text("\n".join([*lines, ""]))
        (folder / "main.c").write_text(MAIN)
        places = {"TABLES": TABLES, "TCDM_WINDOWS": TCDM_WINDOWS, "L2_WINDOWS": L2_WINDOWS}
        defines = [f"{name}={place:#x}u" for name, place in places.items()]
        defines += [f"WINDOW={WINDOW}", f"TABLE_WORDS={len(words)}"]
        self.elf = folder / "firmware.elf"
        build_firmware([folder / "main.c", folder / "isa.S"], self.elf, defines=defines)
        self._simulate(programs, starts, np.array(words, np.uint32), windows)

    def _simulate(self, programs: list[Program], starts: list[int], words: np.ndarray, windows: np.ndarray) -> None:
        firmware = Firmware(self.elf)
        tcdm, l2 = bytearray(target.TCDM_SIZE), bytearray(target.L2_SIZE)
        for address, data in firmware.segments:
            l2[address - target.L2_BASE : address - target.L2_BASE + len(data)] = data
        half = CORES * WINDOW
        tcdm[: words.nbytes] = words.tobytes()
        at = TCDM_WINDOWS - target.TCDM_BASE
        tcdm[at : at + half] = windows[: half // 4].tobytes()
        at = L2_WINDOWS - target.L2_BASE
        l2[at : at + half] = windows[half // 4 :].tobytes()
        memory = Memory({target.TCDM_BASE: tcdm, target.L2_BASE: l2})
        self.executed: Counter[str] = Counter()
        self.compressed: Counter[str] = Counter()
        for core in range(CORES):
            model = Core(memory, core, target.EVENT_UNIT_BASE)
            model.pc = firmware.symbols[f"isa_{core}"]
            model.x[2] = target.TCDM_BASE + target.TCDM_SIZE - 64 * core
            model.run(firmware.symbols[f"isa_end_{core}"], LIMIT)
            assert model.x[9] == starts[core + 1], f"core {core} leaves another number of results than its program says"
            self.executed += model.executed
            self.compressed += model.compressed
        self.expected = {
            "results": np.frombuffer(l2, np.int32, (starts[-1] - RESULTS) // 4, RESULTS - target.L2_BASE),
            "l2": np.frombuffer(l2, np.int32, half // 4, L2_WINDOWS - target.L2_BASE),
            "tcdm": np.frombuffer(tcdm, np.int32, half // 4, TCDM_WINDOWS - target.TCDM_BASE),
        }

    def run(self, folder: Path) -> dict:
        """The bench's result on the RTL."""
        places = {"results": ("L2", RESULTS), "l2": ("L2", L2_WINDOWS), "tcdm": ("L1", TCDM_WINDOWS)}
        outputs = [
            {"tensor": name, "level": level, "address": address, "shape": self.expected[name].shape, "dtype": "int32"}
            for name, (level, address) in places.items()
        ]
        facts = {"index": 0, "name": "isa", "kind": "isa", "engine": "cores", "phase": "forward", "flop": 0}
        description = {"steps": 1, "loss": None, "operators": [{**facts, "outputs": outputs}]}
        (folder / "program.json").write_text(json.dumps(description))
        np.savez(folder / "l3.npz")
        (folder / "expected").mkdir()
        np.savez(folder / "expected" / "step_0.npz", **self.expected)
        simulator = build_platform(CONFIGS["compact"], disturbable=True, optimize="-O1")
        return simulate(folder, CONFIGS["compact"], max_cycles=LIMIT, max_seconds=300, build=simulator)


@pytest.fixture(scope="module")
def suite(tmp_path_factory) -> Suite:
    return Suite(tmp_path_factory.mktemp("isa"), units=400, seed=1)


def code(elf: Path) -> Counter[str]:
    """Mnemonics in .text, compressed ones by their 16-bit names."""
    _, offset, size = sections(elf)[".text"]
    text, at, found = elf.read_bytes()[offset : offset + size], 0, Counter()
    while at < size:
        (half,) = struct.unpack_from("<H", text, at)
        if half == 0:  # fills the space between functions
            at += 2
            continue
        word = struct.unpack_from("<I", text, at)[0] if half & 3 == 3 else half
        instruction = decode(word)
        found[instruction.compressed or instruction.name] += 1
        at += instruction.size
    return found


def test_every_instruction_leaves_what_the_model_says(suite: Suite, tmp_path: Path) -> None:
    (tmp_path / "firmware.elf").write_bytes(suite.elf.read_bytes())
    result = suite.run(tmp_path)
    assert result["passed"], (result["failure"], result["mismatches"][:3])
    assert result["tensors_compared"] == 3
    assert result["elements_compared"] == sum(value.size for value in suite.expected.values())


def test_the_suite_runs_every_instruction_that_it_lists(suite: Suite) -> None:
    for block in all_blocks():
        ran = suite.compressed if block.mnemonic.startswith("c.") else suite.executed
        assert ran[block.mnemonic] >= 100, block.mnemonic


def test_the_suite_covers_every_instruction_of_the_firmware(suite: Suite, tmp_path: Path) -> None:
    graph = build_training_graph("cct_tiny", "lora2")
    program = build_program(graph, CONFIGS["compact"], "cores")  # every operator by a kernel
    write_program(program, l3_image(program, load_samples("", graph, 1, 1)), tmp_path)
    firmware = code(tmp_path / "firmware.elf")
    missing = {name for name in firmware if not (suite.compressed if name.startswith("c.") else suite.executed)[name]}
    assert not missing, f"in the firmware, not in the suite: {sorted(missing)}"
    assert len(firmware) > 60


def test_unknown_words_are_no_instructions() -> None:
    for word in (0, 0xFFFF_FFFF, 0x0000_707F, 0x7B, 0x8000, 0x0200_0053 | 0x7F << 25):
        with pytest.raises(IllegalError):
            decode(word)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2, 8))
def test_other_random_programs_leave_what_the_model_says(seed: int, tmp_path: Path) -> None:
    result = Suite(tmp_path, units=1500, seed=seed).run(tmp_path)
    assert result["passed"], (result["failure"], result["mismatches"][:3])
