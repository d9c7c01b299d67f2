# SPDX-License-Identifier: Apache-2.0
"""An instruction-set simulator of one core: machine code in, registers and memory out.

Written from the RISC-V manuals and CV32E40P's user manual; arithmetic on floats is exact (floats.py). Accesses outside
``memory`` raise. Of the event unit it knows what a core does to itself: its mask, its events and waiting for them.
"""

from collections import Counter
from collections.abc import Callable

from golden.isa import floats
from golden.isa.encoding import ONE_OPERAND, IllegalError, Instruction, decode, signed
from traindeploy.platform import register_map

ALL = 0xFFFFFFFF
LOOP_CSR = 0xCC0
# What a CSR keeps of what is written: mscratch, mepc (bit 0 is 0), mtval (not written by software here).
CSR_MASK = {0x340: ALL, 0x341: ALL - 1, 0x001: 0x1F, 0x002: 7, 0x003: 0xFF}


class Memory:
    """Byte-addressed regions, ``{base: bytearray}``."""

    def __init__(self, regions: dict[int, bytearray]) -> None:
        self.regions = [(base, base + len(data), data) for base, data in regions.items()]

    def _find(self, address: int, size: int) -> tuple[bytearray, int]:
        for base, end, data in self.regions:
            if base <= address and address + size <= end:
                return data, address - base
        raise LookupError(f"nothing at {address:#010x}")

    def read(self, address: int, size: int) -> int:
        data, at = self._find(address, size)
        return int.from_bytes(data[at : at + size], "little")

    def write(self, address: int, size: int, value: int) -> None:
        data, at = self._find(address, size)
        data[at : at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")


def _divide(a: int, b: int) -> int:
    if b == 0:
        return ALL
    quotient = abs(signed(a, 32)) // abs(signed(b, 32))
    return quotient if a >> 31 == b >> 31 else -quotient


def _remainder(a: int, b: int) -> int:
    rest = abs(signed(a, 32)) % abs(signed(b, 32)) if b else abs(signed(a, 32))
    return -rest if a >> 31 else rest


INTEGER: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "sll": lambda a, b: a << (b & 31),
    "slt": lambda a, b: signed(a, 32) < signed(b, 32),
    "sltu": lambda a, b: a < b,
    "xor": lambda a, b: a ^ b,
    "srl": lambda a, b: a >> (b & 31),
    "sra": lambda a, b: signed(a, 32) >> (b & 31),
    "or": lambda a, b: a | b,
    "and": lambda a, b: a & b,
    "mul": lambda a, b: a * b,
    "mulh": lambda a, b: signed(a, 32) * signed(b, 32) >> 32,
    "mulhsu": lambda a, b: signed(a, 32) * b >> 32,
    "mulhu": lambda a, b: a * b >> 32,
    "div": _divide,
    "divu": lambda a, b: a // b if b else ALL,
    "rem": _remainder,
    "remu": lambda a, b: a % b if b else a,
    "cv.sle": lambda a, b: signed(a, 32) <= signed(b, 32),
    "cv.sleu": lambda a, b: a <= b,
    "cv.min": lambda a, b: min(signed(a, 32), signed(b, 32)),
    "cv.minu": min,
    "cv.max": lambda a, b: max(signed(a, 32), signed(b, 32)),
    "cv.maxu": max,
    "cv.ror": lambda a, b: (a << 32 | a) >> (b & 31),
}
UNARY: dict[str, Callable[[int], int]] = {
    "cv.abs": lambda a: abs(signed(a, 32)),
    "cv.exths": lambda a: signed(a, 16),
    "cv.exthz": lambda a: a & 0xFFFF,
    "cv.extbs": lambda a: signed(a, 8),
    "cv.extbz": lambda a: a & 0xFF,
    "cv.ff1": lambda a: (a & -a).bit_length() - 1 if a else 32,
    "cv.fl1": lambda a: a.bit_length() - 1 if a else 32,
    "cv.clb": lambda a: 31 - (a ^ ALL if a >> 31 else a).bit_length() if a else 0,
    "cv.cnt": lambda a: a.bit_count(),
}
BRANCHES: dict[str, Callable[[int, int], bool]] = {
    "beq": lambda a, b: a == b,
    "bne": lambda a, b: a != b,
    "blt": lambda a, b: signed(a, 32) < signed(b, 32),
    "bge": lambda a, b: signed(a, 32) >= signed(b, 32),
    "bltu": lambda a, b: a < b,
    "bgeu": lambda a, b: a >= b,
}
IMMEDIATE = {"addi": "add", "slti": "slt", "sltiu": "sltu", "xori": "xor", "ori": "or", "andi": "and", "slli": "sll",
             "srli": "srl", "srai": "sra"}  # fmt: skip
ACCESS = {"b": (1, True), "h": (2, True), "w": (4, True), "bu": (1, False), "hu": (2, False)}


def _clip(a: int, bound: int, unsigned: bool) -> int:
    return max(0 if unsigned else -bound - 1, min(bound, signed(a, 32)))


def _shifted(total: int, by: int, rounded: bool, unsigned: bool) -> int:
    """A 32-bit sum or product, shifted right; ``rounded``: half of the last place was added first."""
    total += 1 << by - 1 if rounded and by else 0
    return (total & ALL) >> by if unsigned else signed(total, 32) >> by


def _field(position: int, length: int) -> tuple[int, int]:
    """(lowest bit, mask) of ``length`` + 1 bits from ``position``, cut at bit 31."""
    top = min(position + length, 31)
    return position, ((1 << top - position + 1) - 1) << position


def _bit_reversed(a: int, radix: int, points: int) -> int:
    """Shifted left by ``points``; the digits of radix + 1 bits (3: like 0) from bit 31 down become those from bit 0 up.

    So the manual's examples; with three bits a digit, the lowest two are lost and the result's highest two are 0.
    """
    digit, shifted = (radix % 3) + 1, a << points & ALL
    return sum((shifted >> 32 - digit - at & (1 << digit) - 1) << at for at in range(0, 33 - digit, digit))


EVENT_UNIT = register_map("event_unit")
SW_EVENTS = [EVENT_UNIT.SW_EVENT.at(number) for number in range(EVENT_UNIT.SW_EVENT.count)]


class Core:
    """One core: ``x`` (registers), ``pc``, ``csr``, ``loops`` ([start, end, count] of loops 0 and 1)."""

    def __init__(self, memory: Memory, hart: int, event_unit: int) -> None:
        self.memory, self.event_unit = memory, event_unit
        self.x = [0] * 32
        self.pc = 0
        self.csr = {0xF14: hart, 0x340: 0, 0x341: 0, 0x001: 0, 0x002: 0}
        self.loops = [[0, 0, 0], [0, 0, 0]]
        self.event_mask = self.event_buffer = 0
        self.executed: Counter[str] = Counter()
        self.compressed: Counter[str] = Counter()
        self.cache: dict[int, Instruction] = {}
        self.previous: Instruction | None = None
        # Loads and stores: (mnemonic, base register, sign of the offset, l or s if the instruction before
        # was a post-increment load or store through the same pointer).
        self.accesses: Counter[tuple[str, int, int, str]] = Counter()

    def run(self, until: int, limit: int) -> None:
        """Execute until the program counter is ``until``; RuntimeError after ``limit`` instructions."""
        for _ in range(limit):
            if self.pc == until:
                return
            self.step()
        raise RuntimeError(f"no end after {limit} instructions, at {self.pc:#x}")

    def step(self) -> None:
        pc = self.pc
        instruction = self.cache.get(pc)
        if instruction is None:
            low = self.memory.read(pc, 2)
            instruction = decode(low | self.memory.read(pc + 2, 2) << 16 if low & 3 == 3 else low)
            self.cache[pc] = instruction
        self.executed[instruction.name] += 1
        if instruction.compressed:
            self.compressed[instruction.compressed] += 1
        following = pc + instruction.size
        target = self._execute(instruction, following)
        if target is None:
            target = self._loop_back(following)
        self.pc = target
        self.previous = instruction

    def _loop_back(self, following: int) -> int:
        """Where execution goes from the end of an instruction that does not jump."""
        for loop in self.loops:
            if loop[2] and following == loop[1]:
                loop[2] -= 1
                if loop[2]:
                    return loop[0]
        return following

    def _write(self, register: int, value: int) -> None:
        if register:
            self.x[register] = int(value) & ALL

    def _execute(self, i: Instruction, following: int) -> int | None:
        """Do it; where it jumps to, or None."""
        name, x = i.name, self.x
        a, b = x[i.rs1], x[i.rs2]
        if name in INTEGER:
            self._write(i.rd, INTEGER[name](a, b))
        elif name in IMMEDIATE:
            self._write(i.rd, INTEGER[IMMEDIATE[name]](a, i.imm & ALL))
        elif name in ONE_OPERAND:
            self._write(i.rd, UNARY[name](a))
        elif name in BRANCHES:
            return self.pc + i.imm if BRANCHES[name](a, b) else None
        elif name in ("cv.beqimm", "cv.bneimm"):
            return self.pc + i.imm if (signed(a, 32) == i.extra) == (name == "cv.beqimm") else None
        elif name == "lui":
            self._write(i.rd, i.imm)
        elif name == "auipc":
            self._write(i.rd, self.pc + i.imm)
        elif name == "jal":
            self._write(i.rd, following)
            return self.pc + i.imm
        elif name == "jalr":
            self._write(i.rd, following)
            return a + i.imm & ALL - 1
        elif (name.startswith("f") and name.endswith(".s")) or name.startswith("fcvt"):
            self._float(i, a, b)
        elif name.startswith("csr"):
            self._csr(i, a)
        elif name in ("fence", "fence.i"):
            pass
        elif not self._access(i, a, b):
            self._corev(i, a, b)
        return None

    def _float(self, i: Instruction, a: int, b: int) -> None:
        name, mode = i.name, self.csr[0x002] if i.extra == 7 else i.extra
        c, flip = self.x[i.rs3], floats.SIGN
        flags = 0
        if name == "fadd.s":
            value, flags = floats.add(a, b, mode)
        elif name == "fsub.s":
            value, flags = floats.add(a, b ^ flip, mode)
        elif name == "fmul.s":
            value, flags = floats.multiply(a, b, mode)
        elif name == "fdiv.s":
            value, flags = floats.divide(a, b, mode)
        elif name == "fsqrt.s":
            value, flags = floats.square_root(a, mode)
        elif name in ("fmadd.s", "fmsub.s", "fnmsub.s", "fnmadd.s"):
            product = flip if name in ("fnmsub.s", "fnmadd.s") else 0
            addend = flip if name in ("fmsub.s", "fnmadd.s") else 0
            value, flags = floats.multiply_add(a ^ product, b, c ^ addend, mode)
        elif name.startswith("fsgnj"):
            value = a & ~flip | {"fsgnj.s": b, "fsgnjn.s": ~b, "fsgnjx.s": a ^ b}[name] & flip
        elif name in ("fmin.s", "fmax.s"):
            value, flags = floats.minimum(a, b, name == "fmax.s")
        elif name in ("feq.s", "flt.s", "fle.s"):
            value, flags = floats.compare(a, b, name[1:3])
        elif name == "fclass.s":
            value = floats.classify(a)
        elif name.startswith("fcvt.w"):
            value, flags = floats.to_integer(a, name == "fcvt.wu.s", mode)
        else:
            value, flags = floats.from_integer(a, name == "fcvt.s.wu", mode)
        self.csr[0x001] |= flags
        self._write(i.rd, value)

    def _read_csr(self, number: int) -> int:
        if number == 0x003:
            return self.csr[0x002] << 5 | self.csr[0x001]
        if LOOP_CSR <= number <= LOOP_CSR + 6 and number & 3 < 3:
            return self.loops[number >> 2 & 1][number & 3]
        return self.csr[number]

    def _csr(self, i: Instruction, a: int) -> None:
        operand = i.rs1 if i.name.endswith("i") else a
        old = self._read_csr(i.extra)
        kind = i.name[4]
        if kind == "w" or i.rs1:
            value = {"w": operand, "s": old | operand, "c": old & ~operand}[kind] & CSR_MASK[i.extra]
            if i.extra == 0x003:
                self.csr[0x001], self.csr[0x002] = value & 0x1F, value >> 5
            else:
                self.csr[i.extra] = value
        self._write(i.rd, old)

    def _access(self, i: Instruction, a: int, b: int) -> bool:
        """Loads and stores; False if it is none."""
        base, _, form = i.name.removeprefix("cv.").partition(".")
        width = ACCESS.get(base[1:])
        if i.name == "cv.elw":
            self._write(i.rd, self._load(a + i.imm & ALL, 4))
            return True
        if base[0] not in "ls" or width is None:
            return False
        size, is_signed = width
        store = base[0] == "s"
        register = self.x[i.rs3] if store else b
        offset = {"": i.imm, "posti": i.imm, "postr": register, "reg": register}[form]
        self._count(i, signed(offset, 32))
        address = self._address(a, offset, form.startswith("post"))
        if store:
            self._store(address, size, b)
        else:
            value = self._load(address, size)
            value = signed(value, 8 * size) if is_signed else value
        if form.startswith("post"):
            self._write(i.rs1, a + offset)
        if not store:
            self._write(i.rd, value)
        return True

    def _address(self, base: int, offset: int, post: bool) -> int:
        return (base if post else base + offset) & ALL

    def _count(self, i: Instruction, offset: int) -> None:
        before = self.previous
        kind = ""
        if before is not None and ".post" in before.name and before.rs1 == i.rs1:
            kind = before.name.removeprefix("cv.")[0]
        self.accesses[i.name, i.rs1, (offset > 0) - (offset < 0), kind] += 1

    def _load(self, address: int, size: int) -> int:
        offset = address - self.event_unit
        if offset == EVENT_UNIT.EVT_MASK.offset:
            return self.event_mask
        if offset == EVENT_UNIT.EVT_BUFFER.offset:
            return self.event_buffer
        if offset == EVENT_UNIT.EVT_WAIT_CLEAR.offset:
            found = self.event_buffer & self.event_mask
            if not found:
                raise RuntimeError("waits for an event that never comes")
            self.event_buffer &= ~found
            return found
        return self.memory.read(address, size)

    def _store(self, address: int, size: int, value: int) -> None:
        offset = address - self.event_unit
        if offset == EVENT_UNIT.EVT_MASK.offset:
            self.event_mask = value
        elif offset in SW_EVENTS:  # to the cores in the mask
            if value >> self.csr[0xF14] & 1:
                self.event_buffer |= 1 << SW_EVENTS.index(offset)
        else:
            self.memory.write(address, size, value)

    def _corev(self, i: Instruction, a: int, b: int) -> None:
        name, rd = i.name.removeprefix("cv."), self.x[i.rd]
        if name in ("mac", "msu"):
            self._write(i.rd, rd + a * b if name == "mac" else rd - a * b)
        elif name in ("clip", "clipu"):
            self._write(i.rd, _clip(a, (1 << i.rs2 - 1) - 1 if i.rs2 else 0, name == "clipu"))
        elif name in ("clipr", "clipur"):
            self._write(i.rd, _clip(a, b & 0x7FFFFFFF, name == "clipur"))
        elif name[:3] in ("add", "sub"):
            kind, by_register = name[3:], name.endswith("r")
            left, right, by = (rd, a, b & 31) if by_register else (a, b, i.extra)
            total = left + right if name[:3] == "add" else left - right
            self._write(i.rd, _shifted(total, by, "R" in kind, "u" in kind))
        elif name[:3] in ("mul", "mac"):
            unsigned, high = name.rstrip("RN").endswith("u"), name[3:5] == "hh"
            left, right = (value >> 16 if high else value & 0xFFFF for value in (a, b))
            product = left * right if unsigned else signed(left, 16) * signed(right, 16)
            product += rd if name[:3] == "mac" else 0
            self._write(i.rd, _shifted(product, i.extra, "R" in name, unsigned))
        elif name.startswith(("extract", "insert", "bclr", "bset")):
            self._bit_field(i, name, a, b, rd)
        elif name == "bitrev":
            self._write(i.rd, _bit_reversed(a, i.extra & 3, i.imm))
        else:
            self._loop(i, name, a)

    def _bit_field(self, i: Instruction, name: str, a: int, b: int, rd: int) -> None:
        by_register = name.endswith("r") and name != "bclr"
        length, position = (b >> 5 & 31, b & 31) if by_register else (i.extra, i.imm)
        low, mask = _field(position, length)
        if name.startswith("extract"):
            value = (a & mask) >> low
            bits = (mask >> low).bit_length()
            self._write(i.rd, value if name.startswith("extractu") else signed(value, bits))
        elif name.startswith("insert"):
            self._write(i.rd, rd & ~mask | a << low & mask)
        else:
            self._write(i.rd, a & ~mask if name.startswith("bclr") else a | mask)

    def _loop(self, i: Instruction, name: str, a: int) -> None:
        if name not in ("starti", "start", "endi", "end", "counti", "count", "setupi", "setup"):
            raise IllegalError(i.name)
        loop = self.loops[i.rd]
        if name.startswith("setup"):
            immediate = name.endswith("i")
            loop[0] = self.pc + 4
            loop[1] = self.pc + 4 * (i.rs1 if immediate else i.imm)
            loop[2] = i.imm if immediate else a
        else:
            which = {"s": 0, "e": 1, "c": 2}[name[0]]
            relative = self.pc + 4 * i.imm if which < 2 else i.imm
            loop[which] = relative if name.endswith("i") else (a & ~3 if which < 2 else a)
