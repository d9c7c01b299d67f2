// SPDX-License-Identifier: Apache-2.0
// Hardware loops of CV32E40P (its user manual, "CORE-V Hardware Loop feature"): the one place that knows the encoding.
// The compiler has no mnemonic for them: `cv.setup L, count, body` is an I-type instruction of opcode 0x2B, funct3 4, rd =
// 0b0111L, whose immediate is the distance to the end in words. Rules, checked on the linked program by
// tests/firmware/test_assembly.py: setup and body 4-byte aligned, at least 3 instructions, none compressed, no jump, branch
// or fence; the count is at least 1; of nested loops 0 is the inner one, and ends at least 2 instructions before loop 1.
#ifndef TD_HWLOOP_H
#define TD_HWLOOP_H

#ifdef __ASSEMBLER__
.macro td_hwloop count:req, body:req
    .insn i 0x2b, 4, x14, \count, 1 + \body
.endm
// Any form: rd = x<2 * form + L>, forms 0 to 7 are starti, start, endi, end, counti, count, setupi and setup.
.macro td_hwloop_form rd:req, rs1:req, imm:req
    .insn i 0x2b, 4, \rd, \rs1, \imm
.endm
#else
// Inline assembly: "count" is an operand, `body` the literal number of instructions that follow, up to TD_HWLOOP_END.
#define TD_HWLOOP(count, body) ".option push\n.option norvc\n.balign 4\n.insn i 0x2b, 4, x14, " count ", 1 + " #body "\n"
#define TD_HWLOOP_OUTER(count, body) \
    ".option push\n.option norvc\n.balign 4\n.insn i 0x2b, 4, x15, " count ", 1 + " #body "\n"
#define TD_HWLOOP_INNER(count, body) ".insn i 0x2b, 4, x14, " count ", 1 + " #body "\n"
#define TD_HWLOOP_END ".option pop\n"
#endif

#endif
