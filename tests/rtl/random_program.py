# SPDX-License-Identifier: Apache-2.0
"""Random straight-line programs for one core; golden.isa says what they compute.

Aimed at what a shared FPU makes hard: results that come back while loads wait for L2, operations held up by the
neighbour, divisions amid everything, jumps and multi-cycle integer operations while a result is due.
"""

import random

REGISTERS = [5, 6, 7, *range(11, 26)]  # what the program computes with; x8, x9: its windows, x26: walking pointer
WINDOW = 64  # words of TCDM and of L2 that belong to the core
SPECIAL = (0, 1 << 31, 0x7F800000, 0x7FC00000, 1, 0x00800000, 0x7F7FFFFF, 0xFFFFFFFF, 7)

TWO = (
    *("fadd.s", "fsub.s", "fmul.s", "fdiv.s", "fmin.s", "fmax.s", "feq.s", "flt.s", "fle.s"),
    *("fsgnj.s", "fsgnjn.s", "fsgnjx.s", "add", "sub", "xor", "and", "mul", "mulh", "div"),
)
ONE = ("fsqrt.s {d}, {a}", "fcvt.w.s {d}, {a}, rtz", "fcvt.s.w {d}, {a}", "slli {d}, {a}, 3", "srai {d}, {a}, 9")
THREE = ("fmadd.s", "fmsub.s", "fnmsub.s", "fnmadd.s")
SHARE = {"fdiv.s": 0.5, "div": 0.3}  # slow instructions come less often


class RandomProgram:
    """At least ``length`` ``lines`` of assembly, and what registers and both windows hold before."""

    def __init__(self, seed: int, length: int) -> None:
        self.rng = random.Random(seed)
        self.lines: list[str] = []
        self.registers = [self._value() for _ in REGISTERS]
        self.tcdm = [self._value() for _ in range(WINDOW)]
        self.l2 = [self._value() for _ in range(WINDOW)]
        self.walk = WINDOW  # words that the walking pointer has passed: reset first
        self.label = 0
        kinds = [self._two] * 8 + [self._three] * 5 + [self._one] * 2 + [self._memory] * 6
        kinds += [self._walk, self._misaligned, self._branch, self._jump, self._mac, self._peripheral]
        while len(self.lines) < length:
            self.rng.choice(kinds)()

    def _value(self) -> int:
        kind = self.rng.randrange(8)
        if kind == 0:
            return self.rng.choice(SPECIAL)
        if kind == 1:
            return self.rng.getrandbits(32)
        return (self.rng.getrandbits(32) & 0x807FFFFF) | self.rng.randrange(107, 147) << 23

    def _pick(self) -> str:
        return f"x{self.rng.choice(REGISTERS)}"

    def _two(self) -> None:
        name = self.rng.choice(TWO)
        if self.rng.random() <= SHARE.get(name, 1.0):
            self.lines.append(f"{name} {self._pick()}, {self._pick()}, {self._pick()}")

    def _three(self) -> None:
        self.lines.append(f"{self.rng.choice(THREE)} {', '.join(self._pick() for _ in range(4))}")

    def _one(self) -> None:
        self.lines.append(self.rng.choice(ONE).format(d=self._pick(), a=self._pick()))

    def _memory(self) -> None:
        name = "lw" if self.rng.randrange(3) else "sw"
        base = self.rng.choice(("x8", "x9"))
        self.lines.append(f"{name} {self._pick()}, {4 * self.rng.randrange(WINDOW)}({base})")

    def _misaligned(self) -> None:
        offset = 4 * self.rng.randrange(WINDOW - 1) + self.rng.randrange(1, 4)
        self.lines.append(f"lw {self._pick()}, {offset}(x8)")

    def _walk(self) -> None:
        if self.walk >= WINDOW:
            self.lines.append("mv x26, x8")
            self.walk = 0
        self.lines.append(f"cv.lw {self._pick()}, (x26), 4")
        self.walk += 1

    def _mac(self) -> None:
        self.lines.append(f"cv.mac {self._pick()}, {self._pick()}, {self._pick()}")

    def _peripheral(self) -> None:
        self.lines.append(f"lw {self._pick()}, 0(x27)")  # the core's event mask, 0

    def _branch(self) -> None:
        name, a, register = self.rng.choice(("beq", "bne", "blt", "bgeu")), self._pick(), self._pick()
        self.label += 1
        self.lines += [f"{name} {a}, {self._pick()}, {self.label}f", f"fadd.s {register}, {register}, {a}"]
        self.lines += [f"{self.label}:"]

    def _jump(self) -> None:
        self.label += 1
        self.lines += [f"la x1, {self.label}f", "jr x1", "unimp", f"{self.label}:"]
