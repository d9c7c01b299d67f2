# SPDX-License-Identifier: Apache-2.0
"""Programs of the instruction suite: blocks over tables of operands, random sequences, hardware loops, memory forms."""

import random
import re
from dataclasses import dataclass, field

from golden.isa import floats
from golden.isa.encoding import LOOP
from tests.rtl.isa.blocks import Block, all_blocks
from traindeploy.platform import register_map

# x5, x6: windows in TCDM and L2; x7: event unit; x8, x14: row and end of table; x9: where results go; x18, x19: tables.
DATA = [*range(10, 18), *range(20, 28)]
COMPRESSIBLE = range(10, 16)
POINTER, OFFSET, SCRATCH = 28, 29, 30
SAVED = [1, 8, 9, *range(18, 28)]
WINDOW = 256  # bytes
ACCESSES = ("lb", "lh", "lw", "lbu", "lhu", "sb", "sh", "sw")
ROW = 12
EVENT_UNIT = register_map("event_unit")
EVT_MASK, BUFFER, WAIT = (r.offset for r in (EVENT_UNIT.EVT_MASK, EVENT_UNIT.EVT_BUFFER, EVENT_UNIT.EVT_WAIT_CLEAR))


@dataclass
class Program:
    """What one core runs: ``lines``, and how many words of results it leaves behind x9."""

    lines: list[str] = field(default_factory=list)
    words: int = 0
    label: int = 0
    groups: list[tuple[int, str]] = field(default_factory=list)  # (words before it, what it is), ascending

    def new_label(self) -> str:
        self.label += 1
        return f".Lisa_{id(self)}_{self.label}"

    def group(self, name: str) -> None:
        """What follows is ``name``, for the message of a failure."""
        self.groups.append((self.words, name))

    def group_of(self, word: int) -> str:
        return [name for start, name in self.groups if start <= word][-1]

    def emit(self, register: int) -> None:
        self.lines.append(f"cv.sw x{register}, (x9), 4")
        self.words += 1


def loop_form(name: str, number: int, rs1: str = "x0", imm: int = 0) -> str:
    """A hardware-loop instruction by the firmware's header (td_hwloop.h); ``imm`` is unsigned."""
    return f"td_hwloop_form x{2 * LOOP.index(name) + number}, {rs1}, {imm - 4096 if imm > 2047 else imm}"


def add_block(program: Program, block: Block, rows: dict[str, int]) -> None:
    """``block`` on all rows of its table: the result, and the flags if it has any, to memory."""
    program.group("; ".join(block.lines))
    if block.table == "integers":
        _add_rows(program, block, "x18", rows["integers"])
        return
    _add_rows(program, block, "x19", rows["floats"])
    _add_rows(program, block, "x8", rows["unclear"], ~floats.UNDERFLOW)  # x8: the end of the rows before


def _add_rows(program: Program, block: Block, table: str, rows: int, flags: int = -1) -> None:
    """``flags``: which are compared."""
    if not rows:
        return
    again = program.new_label()
    program.lines += [f"mv x8, {table}", f"li x14, {ROW * rows}", "add x14, x14, x8", f"{again}:"]
    program.lines += ["lw x10, 0(x8)", "lw x11, 4(x8)", "lw x12, 8(x8)"]
    program.lines += [*block.lines, "cv.sw x12, (x9), 4"]
    if block.flags:
        program.lines += ["csrrw x13, fflags, x0", *([f"andi x13, x13, {flags}"] if flags != -1 else [])]
        program.lines.append("cv.sw x13, (x9), 4")
    program.lines += [f"addi x8, x8, {ROW}", f"bne x8, x14, {again}"]
    program.words += rows * (2 if block.flags else 1)


class RandomCode:
    """Random instructions on random registers, appended to ``program``."""

    def __init__(self, program: Program, seed: int) -> None:
        self.program, self.rng = program, random.Random(seed)
        single = [block.lines[0] for block in all_blocks() if len(block.lines) == 1]
        self.pool = [line for line in single if not line.startswith(("c.", "fence"))]
        self.short = [line for line in single if line.startswith("c.")]
        # Divisions are slow: fewer of them.
        self.pool = [
            line
            for line in self.pool
            if not line.startswith(("div", "rem", "fdiv", "fsqrt")) or self.rng.random() < 0.3
        ]

    def instruction(self, compressed: bool) -> str:
        line = self.rng.choice(self.short if compressed else self.pool)
        registers = {n: self.rng.choice(COMPRESSIBLE if compressed else DATA) for n in (10, 11, 12)}
        return re.sub(r"\bx(1[012])\b", lambda match: f"x{registers[int(match[1])]}", line)

    def memory(self) -> list[str]:
        """Accesses of any form, with what their addresses need before them; at least one instruction, 4 bytes each."""
        rng, data = self.rng, self.rng.choice(DATA)
        name = rng.choice(ACCESSES)
        offset = rng.randrange(WINDOW - 4)
        base = rng.choice(["x5", "x5", "x6"])
        form = rng.randrange(8)
        if form > 5:
            return self.stream()
        if form > 3:  # negative offsets, down to the lowest
            above = rng.choice([1, 4, rng.randrange(1, 256), 2047, 2048])
            lines = [f"addi x{POINTER}, {base}, {above - 1}", f"addi x{POINTER}, x{POINTER}, {offset + 1}"]
            if form == 4:
                return [*lines, f"{name} x{data}, {-above}(x{POINTER})"]
            return [*lines, f"addi x{OFFSET}, x0, {-above}", f"cv.{name} x{data}, x{OFFSET}(x{POINTER})"]
        if form == 0:
            return [f"{name} x{data}, {offset}({base})"]
        step = rng.choice([-2048, -4, 0, 1, 4, 2047])
        if form == 1:
            return [f"addi x{POINTER}, {base}, {offset}", f"cv.{name} x{data}, (x{POINTER}), {step}"]
        if form == 2:
            lines = [f"addi x{POINTER}, {base}, {offset}", f"addi x{OFFSET}, x0, {step}"]
            return [*lines, f"cv.{name} x{data}, (x{POINTER}), x{OFFSET}"]
        return [f"addi x{OFFSET}, x0, {offset}", f"cv.{name} x{data}, x{OFFSET}({base})"]

    def stream(self) -> list[str]:
        """Post-increment accesses through one pointer or two, nothing but some arithmetic between them."""
        rng, few = self.rng, self.rng.sample(DATA, 3)
        pointers, by_register, step = [POINTER], rng.randrange(3) == 0, rng.choice([-8, -3, 1, 2, 4, 12])
        bases = [rng.choice(["x5", "x5", "x6"])]
        if by_register:
            lines = [f"addi x{OFFSET}, x0, {step}"]
        else:
            lines = []
            if rng.randrange(2):
                pointers, bases = [POINTER, OFFSET], [*bases, rng.choice(["x5", "x6"])]
        place = {pointer: rng.randrange(96, WINDOW - 112) for pointer in pointers}
        lines += [f"addi x{p}, {base}, {place[p]}" for p, base in zip(pointers, bases, strict=True)]
        only_words, loads = rng.randrange(2), rng.choice([ACCESSES[:5], ACCESSES])
        for _ in range(rng.randrange(2, 8)):
            pointer, name = rng.choice(pointers), rng.choice(loads)
            if only_words:
                name = "lw" if name[0] == "l" else "sw"
            step = (
                step if by_register else 4 if only_words and rng.randrange(4) else rng.choice([-8, -4, -1, 1, 2, 4, 12])
            )
            by = f"x{OFFSET}" if by_register else step
            lines.append(f"cv.{name} x{rng.choice(few)}, (x{pointer}), {by}")
            if rng.randrange(5) == 0:
                a, b, c = (rng.choice(few) for _ in range(3))
                lines.append(rng.choice([f"fmadd.s x{a}, x{b}, x{c}, x{a}", f"cv.mac x{a}, x{b}, x{c}"]))
        return lines

    def body(self, length: int, last: int) -> list[str]:
        """``length`` instructions of 4 bytes; ``last``: which kind ends the loop."""
        lines: list[str] = []
        while len(lines) < length:
            lines += self.memory() if self.rng.randrange(4) == 0 else [self.instruction(False)]
        lines = lines[:length]
        a, b = self.rng.choice(DATA), self.rng.choice(DATA)
        ends = [f"lw x{a}, 8(x5)", f"lw x{a}, 8(x6)", f"fdiv.s x{a}, x{a}, x{b}", f"fmadd.s x{a}, x{a}, x{b}, x{a}",
                f"div x{a}, x{a}, x{b}", f"mulh x{a}, x{a}, x{b}", f"lw x{a}, 6(x5)", f"sw x{a}, 12(x6)",
                f"csrr x{a}, mscratch", "nop"]  # fmt: skip
        # The first instructions of a cut memory form may leave a pointer that nobody uses: harmless.
        return [*lines[:-1], ends[last % len(ends)]]

    def loop(self, kind: int, length: int, count: int, last: int) -> None:
        """One loop: kind 0 setup, 1 setupi, 2 immediate forms, 3 register forms."""
        number, add = self.rng.randrange(2), self.program.lines.append
        body = self.body(length, last)
        add(f"li x{SCRATCH}, {count}")
        start, end = self.program.new_label(), self.program.new_label()
        if kind == 3:
            add(f"la x{POINTER}, {start}")
            add(f"la x{OFFSET}, {end}")
        over = self.program.new_label()
        self.program.lines += [f"bltz x{self.rng.choice(DATA)}, {over}", "c.addi x10, 1", f"{over}:"]
        self.program.lines += [".option push", ".option norvc", ".balign 4"]
        if kind == 0:
            add(loop_form("cv.setup", number, f"x{SCRATCH}", length + 1))
        elif kind == 1:
            add(loop_form("cv.setupi", number, f"x{min(length, 30) + 1}", count))
            body = body[-min(length, 30) :]
        elif kind == 2:
            between = self.rng.randrange(3)
            add(loop_form("cv.starti", number, imm=3 + between))
            add(loop_form("cv.endi", number, imm=2 + between + length))
            self.program.lines += [self.instruction(False) for _ in range(between)]
            add(loop_form("cv.counti", number, imm=count))
        else:
            add(loop_form("cv.start", number, f"x{POINTER}"))
            add(loop_form("cv.end", number, f"x{OFFSET}"))
            add(loop_form("cv.count", number, f"x{SCRATCH}"))
        self.program.lines += [f"{start}:", *body, f"{end}:", ".option pop"]
        add(self.instruction(True))
        add(f"csrr x{self.rng.choice(DATA)}, {0xCC2 + 4 * number:#x}")

    def nested(self, outer: int, inner: int, lengths: tuple[int, int, int], last: int) -> None:
        """Loop 0 within loop 1: ``lengths`` before, inside and after the inner loop (after: at least 2)."""
        before, inside, after = lengths
        self.program.lines += [
            f"li x{SCRATCH}, {outer}",
            f"li x31, {inner}",
            ".option push",
            ".option norvc",
            ".balign 4",
        ]
        self.program.lines += [loop_form("cv.setup", 1, f"x{SCRATCH}", before + 1 + inside + after + 1)]
        self.program.lines += self.body(before, 9) if before else []
        self.program.lines += [loop_form("cv.setup", 0, "x31", inside + 1), *self.body(inside, last)]
        self.program.lines += [*self.body(after, last + 3), ".option pop", self.instruction(True)]

    def events(self) -> None:
        """A software event to this core, and the event load that takes it."""
        bit, data = self.rng.randrange(8), self.rng.choice(DATA)
        self.program.lines += [
            *(f"li x{SCRATCH}, {1 << bit}", f"sw x{SCRATCH}, {EVT_MASK}(x7)", "csrr x31, mhartid", f"li x{OFFSET}, 1"),
            *(f"sll x31, x{OFFSET}, x31", f"sw x31, {EVENT_UNIT.SW_EVENT.at(bit)}(x7)", f"cv.elw x{data}, {WAIT}(x7)"),
            *(f"cv.elw x{self.rng.choice(DATA)}, {EVT_MASK}(x7)", f"lw x{self.rng.choice(DATA)}, {BUFFER}(x7)"),
        ]

    def branch(self) -> None:
        skip, a, b = self.program.new_label(), self.rng.choice(DATA), self.rng.choice(DATA)
        name = self.rng.choice(["beq", "bne", "blt", "bge", "bltu", "bgeu"])
        self.program.lines += [f"{name} x{a}, x{b}, {skip}"]
        self.program.lines += [self.instruction(self.rng.random() < 0.5) for _ in range(self.rng.randrange(1, 4))]
        self.program.lines.append(f"{skip}:")

    def dump(self) -> None:
        for register in (*DATA, POINTER, OFFSET):
            self.program.emit(register)

    def run(self, units: int) -> None:
        for register in DATA:
            self.program.lines.append(f"lw x{register}, {4 * register}(x5)")
        self.program.lines += [f"mv x{POINTER}, x0", f"mv x{OFFSET}, x0"]
        for unit in range(units):
            if unit % 20 == 0:
                self.program.group(f"random pieces {unit} to {unit + 19}")
            kind = self.rng.randrange(20)
            if kind < 9:
                self.program.lines.append(self.instruction(self.rng.random() < 0.4))
            elif kind < 15:
                self.program.lines += self.memory()
            elif kind < 17:
                self.branch()
            elif kind == 17:
                self.events()
            elif kind == 18:
                count, length = self.rng.choice([0, 1, 2, 3, 7]), self.rng.choice([3, 4, 5, 8, 29])
                self.loop(self.rng.randrange(4), length, count, self.rng.randrange(10))
            else:
                lengths = (self.rng.randrange(4), self.rng.choice([3, 4, 7]), self.rng.choice([2, 3, 5]))
                self.nested(self.rng.choice([1, 2, 5]), self.rng.choice([0, 1, 3]), lengths, self.rng.randrange(10))
            if unit % 20 == 19:
                self.dump()


def directed_loops(code: RandomCode, core: int) -> None:
    """Boundary lengths and counts in every form, divided among the cores; then what no random loop reaches."""
    cases = [(kind, length, count, last) for kind in range(4) for length in (3, 4, 30) for count in (0, 1, 2, 9)
             for last in range(10)]  # fmt: skip
    for case in cases[core::8]:
        code.program.group("hardware loop: form {}, {} instructions, {} times, last {}".format(*case))
        code.loop(*case)
        code.dump()
    for last in range(10):
        code.program.group(f"nested hardware loops, last {last}")
        code.nested(4, 3, (last % 3, 3, 2), last)
        code.dump()
    code.program.group("hardware loops: longest body, largest counts")
    lines = code.program.lines
    if core == 0:  # the longest body that cv.setup can have, twice
        lines += ["li x30, 2", ".option push", ".option norvc", ".balign 4", loop_form("cv.setup", 0, "x30", 4095)]
        lines += [".rept 4094", "addi x10, x10, 3", ".endr", ".option pop"]
    if core == 1:  # the largest counts of the immediate forms
        lines += [".option push", ".option norvc", ".balign 4", loop_form("cv.setupi", 1, "x4", 4095)]
        lines += ["addi x10, x10, 3", "xor x11, x11, x10", "add x12, x12, x11", ".option pop"]
        lines += [".option push", ".option norvc", ".balign 4", loop_form("cv.starti", 0, imm=3)]
        lines += [loop_form("cv.endi", 0, imm=5), loop_form("cv.counti", 0, imm=4095)]
        lines += ["addi x10, x10, 3", "xor x11, x11, x10", "add x12, x12, x11", ".option pop"]
    if core == 2:  # the largest count of all, seen through its CSRs; its body is never entered
        lines += ["li x30, -1", ".option push", ".option norvc", ".balign 4", loop_form("cv.start", 0, "x18")]
        lines += [loop_form("cv.end", 0, "x19"), loop_form("cv.count", 0, "x30")]
        lines += [
            "csrr x10, 0xcc0",
            "csrr x11, 0xcc1",
            "csrr x12, 0xcc2",
            loop_form("cv.counti", 0, imm=0),
            ".option pop",
        ]
    code.dump()


def core_program(core: int, rows: dict[str, int], units: int, seed: int) -> Program:
    """Core ``core``'s share of the blocks (one in eight), directed loops, and ``units`` random pieces."""
    program = Program()
    for block in all_blocks()[core::8]:
        add_block(program, block, rows)
    code = RandomCode(program, seed * 8 + core)
    code.run(units)
    for i in range(20):
        program.group(f"streams of post-increment accesses {5 * i} to {5 * i + 4}")
        for _ in range(5):
            program.lines += code.stream()
        code.dump()
    directed_loops(code, core)
    return program
