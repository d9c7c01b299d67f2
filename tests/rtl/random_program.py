# SPDX-License-Identifier: Apache-2.0
"""Random straight-line programs for one core, and what they compute by an independent model of the instructions.

Aimed at what a shared FPU makes hard: results that come back while loads wait for L2, operations held up by the
neighbour, divisions amid everything, jumps and multi-cycle integer operations while a result is due.
"""

import random
from collections.abc import Callable

import numpy as np

from golden.fp32 import fma

REGISTERS = [5, 6, 7, *range(11, 26)]  # what the program computes with; x8, x9: its windows, x26: walking pointer
WINDOW = 64  # words of TCDM and of L2 that belong to the core
NAN = 0x7FC00000
ALL = 0xFFFFFFFF


def _float(bits: int) -> np.float32:
    return np.uint32(bits & ALL).view(np.float32)


def _bits(value: np.ndarray | np.float32) -> int:
    bits = int(np.asarray(value, np.float32).reshape(1).view(np.uint32)[0])
    return NAN if (bits & 0x7FFFFFFF) > 0x7F800000 else bits


def _is_nan(bits: int) -> bool:
    return (bits & 0x7FFFFFFF) > 0x7F800000


def _signed(word: int) -> int:
    return word - (1 << 32) if word >> 31 else word


def _minmax(a: int, b: int, largest: bool) -> int:
    if _is_nan(a) or _is_nan(b):
        return NAN if _is_nan(a) and _is_nan(b) else b if _is_nan(a) else a
    a_less = _float(a) < _float(b) or (_float(a) == _float(b) and a >> 31)
    return a if bool(a_less) != largest else b


def _to_int(a: int) -> int:
    if _is_nan(a):
        return 0x7FFFFFFF
    return int(np.clip(np.trunc(np.float64(_float(a))), -(2.0**31), 2.0**31 - 1)) & ALL


def _divide(a: int, b: int) -> int:
    a, b = _signed(a), _signed(b)
    if b == 0:
        return ALL
    return (abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)) & ALL


def _sign(a: int, sign: int) -> int:
    return (a & 0x7FFFFFFF) | (sign & 0x80000000)


def _fused(a: int, b: int, c: int) -> int:
    return _bits(fma(_float(a), _float(b), _float(c)))


FLIP = 0x80000000
TWO: dict[str, Callable[[int, int], int]] = {
    "fadd.s": lambda a, b: _bits(_float(a) + _float(b)),
    "fsub.s": lambda a, b: _bits(_float(a) - _float(b)),
    "fmul.s": lambda a, b: _bits(_float(a) * _float(b)),
    "fdiv.s": lambda a, b: _bits(_float(a) / _float(b)),
    "fmin.s": lambda a, b: _minmax(a, b, False),
    "fmax.s": lambda a, b: _minmax(a, b, True),
    "feq.s": lambda a, b: int(_float(a) == _float(b)),
    "flt.s": lambda a, b: int(_float(a) < _float(b)),
    "fle.s": lambda a, b: int(_float(a) <= _float(b)),
    "fsgnj.s": _sign,
    "fsgnjn.s": lambda a, b: _sign(a, ~b),
    "fsgnjx.s": lambda a, b: _sign(a, a ^ b),
    "add": lambda a, b: (a + b) & ALL,
    "sub": lambda a, b: (a - b) & ALL,
    "xor": lambda a, b: a ^ b,
    "and": lambda a, b: a & b,
    "mul": lambda a, b: (a * b) & ALL,
    "mulh": lambda a, b: (_signed(a) * _signed(b) >> 32) & ALL,
    "div": _divide,
}
ONE: dict[str, Callable[[int], int]] = {
    "fsqrt.s {d}, {a}": lambda a: _bits(np.sqrt(_float(a))),
    "fcvt.w.s {d}, {a}, rtz": _to_int,
    "fcvt.s.w {d}, {a}": lambda a: _bits(np.float32(_signed(a))),
    "slli {d}, {a}, 3": lambda a: (a << 3) & ALL,
    "srai {d}, {a}, 9": lambda a: (_signed(a) >> 9) & ALL,
}
THREE: dict[str, Callable[[int, int, int], int]] = {
    "fmadd.s": _fused,
    "fmsub.s": lambda a, b, c: _fused(a, b, c ^ FLIP),
    "fnmsub.s": lambda a, b, c: _fused(a ^ FLIP, b, c),
    "fnmadd.s": lambda a, b, c: _fused(a ^ FLIP, b, c ^ FLIP),
}
FUSED_SHARE = {"fdiv.s": 0.5, "div": 0.3}  # slow instructions come less often


class RandomProgram:
    """``length`` instructions; ``lines`` is their assembly, ``registers`` and the two windows the state afterwards."""

    def __init__(self, seed: int, length: int) -> None:
        self.rng = random.Random(seed)
        self.lines: list[str] = []
        self.initial = [self._value() for _ in REGISTERS]
        self.initial_tcdm = [self._value() for _ in range(WINDOW)]
        self.initial_l2 = [self._value() for _ in range(WINDOW)]
        self.registers = dict(zip(REGISTERS, self.initial, strict=True))
        self.tcdm, self.l2 = list(self.initial_tcdm), list(self.initial_l2)
        self.walk = WINDOW  # words that the walking pointer has passed: reset first
        self.label = 0
        kinds = [self._two] * 8 + [self._three] * 5 + [self._one] * 2 + [self._memory] * 6
        kinds += [self._walk, self._misaligned, self._branch, self._jump, self._mac, self._peripheral]
        with np.errstate(all="ignore"):
            while len(self.lines) < length:
                self.rng.choice(kinds)()

    def _value(self) -> int:
        kind = self.rng.randrange(8)
        if kind == 0:
            return self.rng.choice([0, FLIP, 0x7F800000, NAN, 1, 0x00800000, 0x7F7FFFFF, ALL, 7])
        if kind == 1:
            return self.rng.getrandbits(32)
        return (self.rng.getrandbits(32) & 0x807FFFFF) | self.rng.randrange(107, 147) << 23

    def _pick(self) -> int:
        return self.rng.choice(REGISTERS)

    def _two(self) -> None:
        name = self.rng.choice(list(TWO))
        if self.rng.random() > FUSED_SHARE.get(name, 1.0):
            return
        d, a, b = self._pick(), self._pick(), self._pick()
        self.lines.append(f"{name} x{d}, x{a}, x{b}")
        self.registers[d] = TWO[name](self.registers[a], self.registers[b])

    def _three(self) -> None:
        name = self.rng.choice(list(THREE))
        d, a, b, c = (self._pick() for _ in range(4))
        self.lines.append(f"{name} x{d}, x{a}, x{b}, x{c}")
        self.registers[d] = THREE[name](self.registers[a], self.registers[b], self.registers[c])

    def _one(self) -> None:
        form = self.rng.choice(list(ONE))
        d, a = self._pick(), self._pick()
        self.lines.append(form.format(d=f"x{d}", a=f"x{a}"))
        self.registers[d] = ONE[form](self.registers[a])

    def _memory(self) -> None:
        window, base = self.rng.choice([(self.tcdm, 8), (self.l2, 9)])
        register, index = self._pick(), self.rng.randrange(WINDOW)
        if self.rng.randrange(3):
            self.lines.append(f"lw x{register}, {4 * index}(x{base})")
            self.registers[register] = window[index]
        else:
            self.lines.append(f"sw x{register}, {4 * index}(x{base})")
            window[index] = self.registers[register]

    def _misaligned(self) -> None:
        register, index, shift = self._pick(), self.rng.randrange(WINDOW - 1), self.rng.randrange(1, 4)
        both = self.tcdm[index] | self.tcdm[index + 1] << 32
        self.lines.append(f"lw x{register}, {4 * index + shift}(x8)")
        self.registers[register] = both >> 8 * shift & ALL

    def _walk(self) -> None:
        if self.walk >= WINDOW:
            self.lines.append("mv x26, x8")
            self.walk = 0
        register = self._pick()
        self.lines.append(f"cv.lw x{register}, (x26), 4")
        self.registers[register] = self.tcdm[self.walk]
        self.walk += 1

    def _mac(self) -> None:
        d, a, b = self._pick(), self._pick(), self._pick()
        self.lines.append(f"cv.mac x{d}, x{a}, x{b}")
        self.registers[d] = (self.registers[d] + self.registers[a] * self.registers[b]) & ALL

    def _peripheral(self) -> None:
        register = self._pick()
        self.lines.append(f"lw x{register}, 0(x27)")  # the core's event mask, 0
        self.registers[register] = 0

    def _branch(self) -> None:
        a, b, register = self._pick(), self._pick(), self._pick()
        name = self.rng.choice(["beq", "bne", "blt", "bgeu"])
        left, right = self.registers[a], self.registers[b]
        taken = {"beq": left == right, "bne": left != right, "bgeu": left >= right}.get(
            name, _signed(left) < _signed(right)
        )
        self.label += 1
        self.lines += [f"{name} x{a}, x{b}, {self.label}f", f"fadd.s x{register}, x{register}, x{a}", f"{self.label}:"]
        if not taken:
            self.registers[register] = TWO["fadd.s"](self.registers[register], self.registers[a])

    def _jump(self) -> None:
        self.label += 1
        self.lines += [f"la x1, {self.label}f", "jr x1", "unimp", f"{self.label}:"]
