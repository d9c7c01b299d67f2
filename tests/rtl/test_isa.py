# SPDX-License-Identifier: Apache-2.0
"""The instructions that the firmware relies on, against a model of our own: eight cores, each with its own program."""

import itertools
import struct
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from golden.isa import floats
from golden.isa.encoding import LOOP, IllegalError, Instruction, decode
from golden.isa.model import ALL, Core, Memory
from tb.build.simulator import build_platform
from tb.env.common.elf import Firmware
from tb.run import simulate
from tb.run_dir import write_expected
from tests.plan.collect import seeds
from tests.rtl.isa.blocks import all_blocks, tables
from tests.rtl.isa.programs import ACCESSES, OFFSET, POINTER, SAVED, WINDOW, Program, core_program
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen.firmware import build as build_firmware
from traindeploy.codegen.firmware import sections
from traindeploy.codegen.write import write_program
from traindeploy.platform import CONFIGS, L2, L2_ARENA, NUM_CORES, TCDM
from traindeploy.platform.address_map import EVENT_UNIT
from traindeploy.records import serial
from traindeploy.records.bench import BenchRecord
from traindeploy.records.program import Engine, Level, OperatorDescription, Placement, ProgramDescription
from traindeploy.schedule import build_program

CORES = NUM_CORES
TABLES = TCDM.base
TCDM_WINDOWS = TCDM.base + 0x4000
L2_WINDOWS = L2_ARENA.base
RESULTS = L2_ARENA.base + 0x1000
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
    lines += [f"li x7, {EVENT_UNIT.base}", f"li x9, {results}"]
    lines += [f"li x18, {TABLES}", f"li x19, {TABLES + 12 * integer_rows}", "csrw mscratch, zero", "fscsr zero"]
    lines += [*program.lines, f".globl isa_end_{core}", f"isa_end_{core}:"]
    lines += [f"lw x{r}, {4 * i}(sp)" for i, r in enumerate(SAVED)]
    return [*lines, f"addi sp, sp, {4 * len(SAVED)}", "ret"]


RESERVED = (
    *(op | mode << 12 for mode in (5, 6) for op in (0x53, 0x18000053, 0x58000053, 0xC0000053, 0xD0000053, 0x43, 0x4F)),
    0xE0101053,  # fclass.s with rs2
    0x4210302B,  # cv.ff1 with rs2
    0xC800105B,  # cv.bitrev with Is3 = 4
    0x0000C02B, 0x0010412B,  # cv.starti with rs1, cv.start with an immediate
    0x9001, 0x9401, 0x1002, 0x6101,  # c.srli, c.srai and c.slli by 32, c.addi16sp by 0
    0x30200173,  # mret with rd
)  # fmt: skip


class Suite:
    """The programs, built, and what the model says that they leave."""

    def __init__(self, folder: Path, units: int, seed: int) -> None:
        rows = tables(seed)
        counts = {name: len(table) for name, table in rows.items()}
        self.programs = programs = [core_program(core, counts, units, seed) for core in range(CORES)]
        self.starts = starts = list(itertools.accumulate((4 * program.words for program in programs), initial=RESULTS))
        assert starts[-1] <= L2.base + L2.size
        words = [word for table in ("integers", "floats", "unclear") for row in rows[table] for word in row]
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
        self.words, self.windows = np.array(words, np.uint32), windows
        cores, self.expected = self.simulate(Core)
        self.executed = sum((core.executed for core in cores), Counter[str]())
        self.compressed = sum((core.compressed for core in cores), Counter[str]())
        self.accesses = sum((core.accesses for core in cores), Counter[tuple[str, int, int, str]]())
        for core, model in enumerate(cores):
            assert model.x[9] == starts[core + 1], f"core {core} leaves another number of results than its program says"

    def simulate(self, model_of_core: type[Core], cores: Iterable[int] = range(CORES)) -> tuple[list[Core], dict]:
        """The models after their programs, and the memory they leave."""
        firmware, words, windows, starts = Firmware(self.elf), self.words, self.windows, self.starts
        tcdm, l2 = bytearray(TCDM.size), bytearray(L2.size)
        for address, data in firmware.segments:
            l2[address - L2.base : address - L2.base + len(data)] = data
        half = CORES * WINDOW
        tcdm[: words.nbytes] = words.tobytes()
        at = TCDM_WINDOWS - TCDM.base
        tcdm[at : at + half] = windows[: half // 4].tobytes()
        at = L2_WINDOWS - L2.base
        l2[at : at + half] = windows[half // 4 :].tobytes()
        memory = Memory({TCDM.base: tcdm, L2.base: l2})
        models = []
        for core in cores:
            model = model_of_core(memory, core, EVENT_UNIT.base)
            model.pc = firmware.symbols[f"isa_{core}"]
            model.x[2] = TCDM.base + TCDM.size - 64 * core
            model.run(firmware.symbols[f"isa_end_{core}"], LIMIT)
            models.append(model)
        return models, {
            "results": np.frombuffer(l2, np.int32, (starts[-1] - RESULTS) // 4, RESULTS - L2.base),
            "l2": np.frombuffer(l2, np.int32, half // 4, L2_WINDOWS - L2.base),
            "tcdm": np.frombuffer(tcdm, np.int32, half // 4, TCDM_WINDOWS - TCDM.base),
        }

    def where(self, tensor: str, index: int) -> str:
        """Core and group of instructions that leave element ``index`` of an expected tensor."""
        if tensor != "results":
            core = index // (WINDOW // 4)
            return f"core {core}, byte {4 * index % WINDOW} of its window in {tensor}: a store"
        core = bisect_right(self.starts, RESULTS + 4 * index) - 1
        word = (RESULTS + 4 * index - self.starts[core]) // 4
        return f"core {core}, {self.programs[core].group_of(word)}, word {word} of its results"

    def check(self, folder: Path) -> None:
        """Run on the RTL; a failure names cores and instructions."""
        result = self.run(folder)
        wrong = [self.where(each.tensor, each.index[0]) for each in result.mismatches]
        assert result.passed, (result.failure, wrong, result.mismatches[:3])
        assert result.tensors_compared == 3
        assert result.elements_compared == sum(value.size for value in self.expected.values())

    def run(self, folder: Path) -> BenchRecord:
        """The bench's result on the RTL."""
        places: dict[str, tuple[Level, int]] = {
            "results": ("L2", RESULTS),
            "l2": ("L2", L2_WINDOWS),
            "tcdm": ("L1", TCDM_WINDOWS),
        }
        outputs = tuple(
            Placement(tensor=name, level=level, address=address, shape=self.expected[name].shape, dtype="int32")
            for name, (level, address) in places.items()
        )
        only = OperatorDescription(index=0, name="isa", kind="isa", engine="cores", phase="forward", outputs=outputs)
        serial.write(ProgramDescription(operators=(only,)), folder / "program.json")
        np.savez(folder / "l3.npz")
        write_expected(folder, 0, self.expected)
        simulator = build_platform(CONFIGS["compact"], disturbable=True, optimize="-O1")
        return simulate(folder, CONFIGS["compact"], max_cycles=LIMIT, max_seconds=300, build=simulator)


@pytest.fixture(scope="module")
def suite(tmp_path_factory) -> Suite:
    return Suite(tmp_path_factory.mktemp("isa"), units=400, seed=1)


def code(elf: Path) -> Counter[str]:
    """Mnemonics in .text, compressed ones by their 16-bit names."""
    _, offset, size = sections(elf)[".text"]
    text, at = elf.read_bytes()[offset : offset + size], 0
    found: Counter[str] = Counter()
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
    suite.check(tmp_path)


def test_the_suite_runs_every_instruction_that_it_lists(suite: Suite) -> None:
    for block in all_blocks():
        ran = suite.compressed if block.mnemonic.startswith("c.") else suite.executed
        assert ran[block.mnemonic] >= 100, block.mnemonic


def test_the_suite_runs_every_form_of_access_loop_and_event_load(suite: Suite) -> None:
    counts = Counter({f"loop {name}": suite.executed[name] for name in LOOP})
    counts["cv.elw"] = suite.executed["cv.elw"]
    for (name, base, sign, before), times in suite.accesses.items():
        if base in (5, 6, POINTER, OFFSET) and name != "cv.elw":  # not the tables and results
            counts[name] += times
            counts[f"{name} {sign:+}"] += times
            if before and ".post" in name:
                counts[f"{before} then {name}"] += times
    required = {f"loop {name}": 20 for name in LOOP} | {"cv.elw": 100}
    for name in ACCESSES:
        required |= {name: 100, f"{name} -1": 20, f"cv.{name}.reg": 50, f"cv.{name}.reg -1": 20}
        for form in ("posti", "postr"):
            required |= {f"cv.{name}.{form}": 50, f"cv.{name}.{form} -1": 10}
            required |= {f"{before} then cv.{name}.{form}": 10 for before in "ls"}
    short = {form: (counts[form], least) for form, least in required.items() if counts[form] < least}
    assert not short, f"forms run too seldom (times, required): {short}"


@pytest.mark.parametrize(
    ("model", "strategy", "engine"),
    [("cct_tiny", "lora2", "cores"), ("cct2", "lora1", "redmule"), ("cct2", "lora1", "cores")],
)
def test_the_suite_covers_every_instruction_of_the_firmware(
    suite: Suite, model: str, strategy: str, engine: Engine, tmp_path: Path
) -> None:
    program = build_program(build_training_graph(model, strategy), CONFIGS["compact"], engine)
    write_program(program, {}, tmp_path)
    firmware = code(tmp_path / "firmware.elf")
    missing = {name for name in firmware if not (suite.compressed if name.startswith("c.") else suite.executed)[name]}
    assert not missing, f"{model} {strategy} on {engine} contains what the suite does not run: {sorted(missing)}"
    assert len(firmware) > 60


def test_unknown_words_are_no_instructions() -> None:
    for word in (0, 0xFFFF_FFFF, 0x0000_707F, 0x7B, 0x8000, 0x0200_0053 | 0x7F << 25, *RESERVED):
        with pytest.raises(IllegalError):
            decode(word)


class CountsOneTooMany(Core):
    def _loop(self, i: Instruction, name: str, a: int) -> None:
        super()._loop(i, name, a)
        if name.startswith(("count", "setup")) and self.loops[i.rd][2]:
            self.loops[i.rd][2] += 1


class CountsOneTooFew(Core):
    def _loop(self, i: Instruction, name: str, a: int) -> None:
        super()._loop(i, name, a)
        if name.startswith(("count", "setup")) and self.loops[i.rd][2] > 1:
            self.loops[i.rd][2] -= 1


class StopsWithTheCountAtOne(Core):
    """lpcount is not cleared by the last round."""

    def _loop_back(self, following: int) -> int:
        for loop in self.loops:
            if loop[2] > 1 and following == loop[1]:
                loop[2] -= 1
                return loop[0]
        return following


class LoopsWithCountZero(Core):
    def _loop(self, i: Instruction, name: str, a: int) -> None:
        super()._loop(i, name, a)
        if name in ("setup", "setupi") and not self.loops[i.rd][2]:
            self.loops[i.rd][2] = 2


class IncrementsBeforeTheAccess(Core):
    def _address(self, base: int, offset: int, post: bool) -> int:
        return base + offset & ALL


class ForgetsTheIncrementOfALoadBehindALoad(Core):
    def _access(self, i: Instruction, a: int, b: int) -> bool:
        before = self.previous
        found = super()._access(i, a, b)
        loads = before and i.name.startswith("cv.l") and before.name.startswith("cv.l")
        if loads and ".post" in i.name and ".post" in before.name and before.rs1 == i.rs1 != 9:
            self.x[i.rs1] = a
        return found


class OffsetsAreUnsigned(Core):
    def _access(self, i: Instruction, a: int, b: int) -> bool:
        plain = i.name in ACCESSES
        return super()._access(replace(i, imm=i.imm & 0xFFF) if plain else i, a, b)


class RegisterOffsetsAreTwelveBits(Core):
    def _address(self, base: int, offset: int, post: bool) -> int:
        return super()._address(base, offset & 0xFFF, post)


class LoadsBytesUnsigned(Core):
    def _access(self, i: Instruction, a: int, b: int) -> bool:
        return super()._access(replace(i, name=i.name.replace("lb.", "lbu.")), a, b)


class RoundsFusedTwice(Core):
    def _float(self, i: Instruction, a: int, b: int) -> None:
        if i.name != "fmadd.s":
            return super()._float(i, a, b)
        mode = self.csr[0x002] if i.extra == 7 else i.extra
        product, flags = floats.multiply(a, b, mode)
        total, more = floats.add(product, self.x[i.rs3], mode)
        self.csr[0x001] |= flags | more
        return self._write(i.rd, total)


class RoundsAlwaysToNearest(Core):
    def _float(self, i: Instruction, a: int, b: int) -> None:
        super()._float(replace(i, extra=0) if i.extra == 7 else i, a, b)  # of the instructions with a dynamic mode


class ForgetsInexact(Core):
    def _float(self, i: Instruction, a: int, b: int) -> None:
        super()._float(i, a, b)
        if i.name == "fsqrt.s":
            self.csr[0x001] &= ~floats.INEXACT


class AccumulatesInSixteenBits(Core):
    def _corev(self, i: Instruction, a: int, b: int) -> None:
        super()._corev(i, a & 0xFFFF if i.name == "cv.mac" else a, b)


class EventLoadKeepsTheEvent(Core):
    def _load(self, address: int, size: int) -> int:
        before = self.event_buffer
        value = super()._load(address, size)
        self.event_buffer = before
        return value


class LinksFourBehindACompressedCall(Core):
    def _execute(self, i: Instruction, following: int) -> int | None:
        return super()._execute(i, self.pc + 4 if i.compressed in ("c.jal", "c.jalr") else following)


MISTAKES = [
    CountsOneTooMany, CountsOneTooFew, StopsWithTheCountAtOne, LoopsWithCountZero, IncrementsBeforeTheAccess,
    ForgetsTheIncrementOfALoadBehindALoad, OffsetsAreUnsigned, RegisterOffsetsAreTwelveBits, LoadsBytesUnsigned,
    RoundsFusedTwice, RoundsAlwaysToNearest, ForgetsInexact, AccumulatesInSixteenBits, EventLoadKeepsTheEvent,
    LinksFourBehindACompressedCall,
]  # fmt: skip


def seen(suite: Suite, model: type[Core]) -> str:
    """How a core like ``model`` shows: each core's program alone, until one tells; '' if none does."""
    for core in range(CORES):
        try:
            _, left = suite.simulate(model, [core])
        except (IllegalError, LookupError, RuntimeError) as error:
            if type(error) in (IllegalError, LookupError, RuntimeError):  # the model's own, no slip of this test
                return f"core {core}: {error!r}"
            raise
        words = slice(*((start - RESULTS) // 4 for start in suite.starts[core : core + 2]))
        window = slice(core * WINDOW // 4, (core + 1) * WINDOW // 4)
        parts = {"results": words, "l2": window, "tcdm": window}
        for name, part in parts.items():
            wrong = np.flatnonzero(left[name][part] != suite.expected[name][part])
            if wrong.size:
                return suite.where(name, part.start + int(wrong[0]))
    return ""


@pytest.mark.parametrize("mistaken", MISTAKES)
def test_the_programs_see_a_mistake(suite: Suite, mistaken: type[Core]) -> None:
    assert seen(suite, mistaken), "no program tells this mistake from the right model"


def test_the_programs_see_no_mistake_in_the_right_model(suite: Suite) -> None:
    assert not seen(suite, Core)


def test_a_failure_names_core_and_instructions(suite: Suite) -> None:
    first = (suite.starts[1] - RESULTS) // 4
    assert suite.where("results", first) == f"core 1, {all_blocks()[1].lines[0]}, word 0 of its results"
    assert suite.where("results", first - 1).startswith("core 0, hardware loops")
    assert suite.where("tcdm", 2 * WINDOW // 4 + 3).startswith("core 2, byte 12 of its window")


def test_the_manuals_examples_of_bitrev() -> None:
    model = Core(Memory({}), 0, 0)
    for radix, expected in enumerate((0x0CC9A526, 0x0CC65A19, 0x216B244B)):
        model.x[20] = 0xC64A5933
        model._execute(Instruction("cv.bitrev", rd=18, rs1=20, imm=4, extra=radix), 4)
        assert model.x[18] == expected


@pytest.mark.parametrize("seed", seeds("isa.random_programs"))
def test_other_random_programs_leave_what_the_model_says(seed: int, tmp_path: Path) -> None:
    Suite(tmp_path, units=1500, seed=seed).check(tmp_path)
