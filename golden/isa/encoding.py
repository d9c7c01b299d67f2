# SPDX-License-Identifier: Apache-2.0
"""Machine words -> mnemonic and fields: RV32IMC, Zicsr, Zfinx and the CORE-V extensions that the compiler may emit.

From the RISC-V manuals and CV32E40P's user manual. Compressed instructions become what they stand for, with size 2.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Instruction:
    """``name`` is the assembler's, ``form`` the 32-bit format; ``compressed`` the 16-bit mnemonic, or ''."""

    name: str
    rd: int = 0
    rs1: int = 0
    rs2: int = 0
    rs3: int = 0
    imm: int = 0
    extra: int = 0  # rounding mode, Is3, CSR number
    compressed: str = ""
    size: int = field(default=4)


class IllegalError(Exception):
    """No instruction has this encoding."""


def signed(value: int, bits: int) -> int:
    """The lowest ``bits`` of ``value`` as two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value


OP = {
    (0, 0): "add", (0, 0x20): "sub", (1, 0): "sll", (2, 0): "slt", (3, 0): "sltu", (4, 0): "xor", (5, 0): "srl",
    (5, 0x20): "sra", (6, 0): "or", (7, 0): "and", (0, 1): "mul", (1, 1): "mulh", (2, 1): "mulhsu", (3, 1): "mulhu",
    (4, 1): "div", (5, 1): "divu", (6, 1): "rem", (7, 1): "remu",
}  # fmt: skip
OP_IMM = {0: "addi", 2: "slti", 3: "sltiu", 4: "xori", 6: "ori", 7: "andi"}
LOAD = {0: "lb", 1: "lh", 2: "lw", 4: "lbu", 5: "lhu"}
STORE = {0: "sb", 1: "sh", 2: "sw"}
BRANCH = {0: "beq", 1: "bne", 4: "blt", 5: "bge", 6: "bltu", 7: "bgeu"}
CSR = {1: "csrrw", 2: "csrrs", 3: "csrrc", 5: "csrrwi", 6: "csrrsi", 7: "csrrci"}
FUSED = {0x43: "fmadd.s", 0x47: "fmsub.s", 0x4B: "fnmsub.s", 0x4F: "fnmadd.s"}
FLOAT_ROUNDED = {0x00: "fadd.s", 0x04: "fsub.s", 0x08: "fmul.s", 0x0C: "fdiv.s"}
FLOAT_EXACT = {
    (0x10, 0): "fsgnj.s", (0x10, 1): "fsgnjn.s", (0x10, 2): "fsgnjx.s", (0x14, 0): "fmin.s", (0x14, 1): "fmax.s",
    (0x50, 0): "fle.s", (0x50, 1): "flt.s", (0x50, 2): "feq.s", (0x70, 1): "fclass.s",
}  # fmt: skip
FLOAT_CONVERT = {
    (0x60, 0): "fcvt.w.s", (0x60, 1): "fcvt.wu.s", (0x68, 0): "fcvt.s.w", (0x68, 1): "fcvt.s.wu", (0x2C, 0): "fsqrt.s",
}  # fmt: skip
RESERVED_ROUNDING = (5, 6)
# Opcode 0x2B, funct3 3: register forms by funct7.
COREV_REGISTER = {
    **{0x00 + i: f"cv.{n}.postr" for i, n in {0: "lb", 1: "lh", 2: "lw", 8: "lbu", 9: "lhu"}.items()},
    **{0x04 + i: f"cv.{n}.reg" for i, n in {0: "lb", 1: "lh", 2: "lw", 8: "lbu", 9: "lhu"}.items()},
    **{0x10 + i: f"cv.{n}.postr" for i, n in STORE.items()},
    **{0x14 + i: f"cv.{n}.reg" for i, n in STORE.items()},
    **dict(zip(range(0x18, 0x1B), ("cv.extractr", "cv.extractur", "cv.insertr"), strict=True)),
    **dict(zip(range(0x1C, 0x1E), ("cv.bclrr", "cv.bsetr"), strict=True)),
    **dict(zip(range(0x20, 0x25), ("cv.ror", "cv.ff1", "cv.fl1", "cv.clb", "cv.cnt"), strict=True)),
    **dict(zip(range(0x28, 0x2C), ("cv.abs", "cv.sle", "cv.sleu", "cv.min"), strict=True)),
    **dict(zip(range(0x2C, 0x2F), ("cv.minu", "cv.max", "cv.maxu"), strict=True)),
    **dict(zip(range(0x30, 0x34), ("cv.exths", "cv.exthz", "cv.extbs", "cv.extbz"), strict=True)),
    **dict(zip(range(0x38, 0x3C), ("cv.clip", "cv.clipu", "cv.clipr", "cv.clipur"), strict=True)),
    **{0x40 + i: f"cv.{op}{kind}r" for i, (op, kind) in enumerate(
        (op, kind) for op in ("add", "sub") for kind in ("N", "uN", "RN", "uRN"))},
    0x48: "cv.mac", 0x49: "cv.msu",
}  # fmt: skip
ONE_OPERAND = {"cv.ff1", "cv.fl1", "cv.clb", "cv.cnt", "cv.abs", "cv.exths", "cv.exthz", "cv.extbs", "cv.extbz"}
# Opcode 0x5B by (funct3, bits 31:30).
COREV_FIELDS = {
    (0, 0): "cv.extract", (0, 1): "cv.extractu", (0, 2): "cv.insert", (1, 0): "cv.bclr", (1, 1): "cv.bset",
    (1, 3): "cv.bitrev",
    **{(2 + i, j): f"cv.{op}{kind}" for i, op in enumerate(("add", "sub"))
       for j, kind in enumerate(("N", "uN", "RN", "uRN"))},
    **{(5 - s, j): f"cv.mul{'hh' if j & 1 else ''}{'us'[s]}{'R' if j & 2 else ''}N" for s in (0, 1) for j in range(4)},
    **{(7 - s, j): f"cv.mac{'hh' if j & 1 else ''}{'us'[s]}{'R' if j & 2 else ''}N" for s in (0, 1) for j in range(4)},
}  # fmt: skip
LOOP = ("cv.starti", "cv.start", "cv.endi", "cv.end", "cv.counti", "cv.count", "cv.setupi", "cv.setup")
LOOP_NO_REGISTER, LOOP_NO_IMMEDIATE = (0, 2, 4), (1, 3, 5)  # whose other operand's field is 0


def decode(word: int) -> Instruction:
    """The instruction in ``word``: its low 16 bits alone if these are a compressed one. Raises IllegalError."""
    return _decode16(word & 0xFFFF) if word & 3 != 3 else _decode32(word)


def _decode32(w: int) -> Instruction:
    opcode, f3, f7 = w & 0x7F, w >> 12 & 7, w >> 25
    r = {"rd": w >> 7 & 31, "rs1": w >> 15 & 31, "rs2": w >> 20 & 31}
    i_imm, s_imm = signed(w >> 20, 12), signed(f7 << 5 | r["rd"], 12)
    b_imm = signed((w >> 31) << 12 | (w >> 7 & 1) << 11 | (w >> 25 & 63) << 5 | (w >> 8 & 15) << 1, 13)

    def found(name: str | None, **fields: Any) -> Instruction:
        if name is None:
            raise IllegalError(f"{w:#010x}")
        return Instruction(name, **{**r, **fields})

    if opcode == 0x33:
        return found(OP.get((f3, f7)))
    if opcode == 0x13:
        if f3 in (1, 5):
            return found({(1, 0): "slli", (5, 0): "srli", (5, 0x20): "srai"}.get((f3, f7)), imm=r["rs2"])
        return found(OP_IMM[f3], imm=i_imm)
    if opcode == 0x03:
        return found(LOAD.get(f3), imm=i_imm)
    if opcode == 0x23:
        return found(STORE.get(f3), imm=s_imm)
    if opcode == 0x63:
        return found(BRANCH.get(f3), imm=b_imm)
    if opcode in (0x37, 0x17):
        return found("lui" if opcode == 0x37 else "auipc", imm=w & 0xFFFFF000)
    if opcode == 0x6F:
        imm = (w >> 31) << 20 | (w >> 12 & 0xFF) << 12 | (w >> 20 & 1) << 11 | (w >> 21 & 0x3FF) << 1
        return found("jal", imm=signed(imm, 21))
    if opcode == 0x67:
        return found("jalr" if f3 == 0 else None, imm=i_imm)
    if opcode == 0x0F:
        return found({0: "fence", 1: "fence.i"}.get(f3))
    if opcode == 0x73:
        if f3:
            return found(CSR.get(f3), extra=w >> 20)
        alone = {0: "ecall", 1: "ebreak", 0x302: "mret", 0x105: "wfi"}.get(w >> 20)
        return found(None if r["rd"] or r["rs1"] else alone)
    if opcode in FUSED:
        return found(FUSED[opcode] if f7 & 3 == 0 and f3 not in RESERVED_ROUNDING else None, rs3=w >> 27, extra=f3)
    if opcode == 0x53:
        name = FLOAT_ROUNDED.get(f7) or FLOAT_CONVERT.get((f7, r["rs2"]))
        if name:
            return found(None if f3 in RESERVED_ROUNDING else name, extra=f3)
        name = FLOAT_EXACT.get((f7, f3))
        return found(None if name == "fclass.s" and r["rs2"] else name, extra=f3)
    if opcode == 0x0B:
        if f3 >= 6:
            return found("cv.beqimm" if f3 == 6 else "cv.bneimm", imm=b_imm, extra=signed(r["rs2"], 5))
        return found("cv.elw" if f3 == 3 else f"cv.{LOAD[f3]}.posti", imm=i_imm)
    if opcode == 0x2B:
        if f3 in STORE:
            return found(f"cv.{STORE[f3]}.posti", imm=s_imm)
        if f3 == 3:
            name = COREV_REGISTER.get(f7)
            return found(None if name in ONE_OPERAND and r["rs2"] else name, rs3=r["rd"])
        if (
            f3 == 4
            and r["rd"] < 16
            and not (r["rs1"] if r["rd"] >> 1 in LOOP_NO_REGISTER else 0)
            | (w >> 20 if r["rd"] >> 1 in LOOP_NO_IMMEDIATE else 0)
        ):
            return found(LOOP[r["rd"] >> 1], rd=r["rd"] & 1, imm=w >> 20)
    if opcode == 0x5B:
        name, extra = COREV_FIELDS.get((f3, w >> 30)), w >> 25 & 31
        return found(None if name == "cv.bitrev" and extra > 3 else name, extra=extra, imm=r["rs2"])
    raise IllegalError(f"{w:#010x}")


def _decode16(h: int) -> Instruction:
    quadrant, f3 = h & 3, h >> 13
    rd, rs2 = h >> 7 & 31, h >> 2 & 31
    rd_, rs2_, rs1_ = 8 + (h >> 2 & 7), 8 + (h >> 2 & 7), 8 + (h >> 7 & 7)
    imm6 = signed((h >> 12 & 1) << 5 | rs2, 6)

    def c(mnemonic: str, name: str, **fields: int) -> Instruction:
        return Instruction(name, compressed=mnemonic, size=2, **fields)

    if quadrant == 0:
        word_offset = (h >> 10 & 7) << 3 | (h >> 6 & 1) << 2 | (h >> 5 & 1) << 6
        if f3 == 0:
            imm = (h >> 11 & 3) << 4 | (h >> 7 & 15) << 6 | (h >> 6 & 1) << 2 | (h >> 5 & 1) << 3
            if imm:
                return c("c.addi4spn", "addi", rd=rd_, rs1=2, imm=imm)
        if f3 == 2:
            return c("c.lw", "lw", rd=rd_, rs1=rs1_, imm=word_offset)
        if f3 == 6:
            return c("c.sw", "sw", rs2=rs2_, rs1=rs1_, imm=word_offset)
    if quadrant == 1:
        jump = signed((h >> 12 & 1) << 11 | (h >> 11 & 1) << 4 | (h >> 9 & 3) << 8 | (h >> 8 & 1) << 10
                      | (h >> 7 & 1) << 6 | (h >> 6 & 1) << 7 | (h >> 3 & 7) << 1 | (h >> 2 & 1) << 5, 12)  # fmt: skip
        branch = signed((h >> 12 & 1) << 8 | (h >> 10 & 3) << 3 | (h >> 5 & 3) << 6 | (h >> 3 & 3) << 1
                        | (h >> 2 & 1) << 5, 9)  # fmt: skip
        if f3 == 0:
            return c("c.addi" if rd else "c.nop", "addi", rd=rd, rs1=rd, imm=imm6)
        if f3 in (1, 5):
            return c("c.jal" if f3 == 1 else "c.j", "jal", rd=1 if f3 == 1 else 0, imm=jump)
        if f3 == 2:
            return c("c.li", "addi", rd=rd, rs1=0, imm=imm6)
        if f3 == 3 and rd == 2:
            imm = (h >> 12 & 1) << 9 | (h >> 6 & 1) << 4 | (h >> 5 & 1) << 6 | (h >> 3 & 3) << 7 | (h >> 2 & 1) << 5
            if imm:
                return c("c.addi16sp", "addi", rd=2, rs1=2, imm=signed(imm, 10))
        if f3 == 3 and rd != 2 and imm6:
            return c("c.lui", "lui", rd=rd, imm=imm6 << 12 & 0xFFFFFFFF)
        if f3 == 4:
            kind = h >> 10 & 3
            if kind == 2 or (kind < 2 and not h >> 12 & 1):
                name = ("srli", "srai", "andi")[kind]
                return c(f"c.{name}", name, rd=rs1_, rs1=rs1_, imm=imm6)
            if kind == 3 and not h >> 12 & 1:
                name = ("sub", "xor", "or", "and")[h >> 5 & 3]
                return c(f"c.{name}", name, rd=rs1_, rs1=rs1_, rs2=rs2_)
        if f3 >= 6:
            return c("c.beqz" if f3 == 6 else "c.bnez", "beq" if f3 == 6 else "bne", rs1=rs1_, rs2=0, imm=branch)
    if quadrant == 2:
        if f3 == 0 and not h >> 12 & 1:
            return c("c.slli", "slli", rd=rd, rs1=rd, imm=rs2)
        if f3 == 2 and rd:
            return c("c.lwsp", "lw", rd=rd, rs1=2, imm=(h >> 12 & 1) << 5 | (h >> 4 & 7) << 2 | (h >> 2 & 3) << 6)
        if f3 == 6:
            return c("c.swsp", "sw", rs2=rs2, rs1=2, imm=(h >> 9 & 15) << 2 | (h >> 7 & 3) << 6)
        if f3 == 4:
            if rs2:
                name = "c.add" if h >> 12 & 1 else "c.mv"
                return c(name, "add", rd=rd, rs1=rd if h >> 12 & 1 else 0, rs2=rs2)
            if rd:
                return c("c.jalr" if h >> 12 & 1 else "c.jr", "jalr", rd=h >> 12 & 1, rs1=rd)
            if h >> 12 & 1:
                return c("c.ebreak", "ebreak")
    raise IllegalError(f"{h:#06x}")
