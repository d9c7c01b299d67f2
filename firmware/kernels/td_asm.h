// SPDX-License-Identifier: Apache-2.0
// Vocabulary of the cores' inner loops in inline assembly: instructions whose operands bear the names of C variables, and a
// hardware loop over groups of elements. On the host (tests/firmware) it is empty, and the C loop behind it does all. Example,
// y = x * scale for pairs (rows.h has more):
//     TD_LOOP(n, 2, 6, (TD_MOVED(x) TD_MOVED(y)), 2, (x0, x1), (TD_GIVEN(scale)),
//             TD_LOAD(x0, x) TD_LOAD(x1, x) TD_FMUL(x0, x0, scale) TD_FMUL(x1, x1, scale) TD_STORE(x0, y) TD_STORE(x1, y))
//     for (uint32_t c = 0; c < n; c++) y[c] = x[c] * scale;
#ifndef TD_ASM_H
#define TD_ASM_H

#include "td_hwloop.h"

#define TD_LOAD(value, pointer) "cv.lw %[" #value "], (%[" #pointer "]), 4\n" // value = *pointer++
#define TD_STORE(value, pointer) "cv.sw %[" #value "], (%[" #pointer "]), 4\n" // *pointer++ = value
#define TD_FADD(d, a, b) "fadd.s %[" #d "], %[" #a "], %[" #b "]\n" // d = a + b
#define TD_FSUB(d, a, b) "fsub.s %[" #d "], %[" #a "], %[" #b "]\n" // d = a - b
#define TD_FMUL(d, a, b) "fmul.s %[" #d "], %[" #a "], %[" #b "]\n" // d = a * b
#define TD_FMAX(d, a, b) "fmax.s %[" #d "], %[" #a "], %[" #b "]\n" // d = fmax(a, b)
#define TD_FMADD(d, a, b, c) "fmadd.s %[" #d "], %[" #a "], %[" #b "], %[" #c "]\n" // d = fma(a, b, c)
#define TD_NOP "nop\n"

// Operands by what the loop does with the variable: moves it on (a pointer, a sum), or only reads it.
#define TD_MOVED(variable) [variable] "+r"(variable),
#define TD_GIVEN(variable) [variable] "r"(variable),
#define TD_TEMPORARIES2(a, b) [a] "=&r"(a), [b] "=&r"(b)
#define TD_TEMPORARIES4(a, b, ...) TD_TEMPORARIES2(a, b), TD_TEMPORARIES2(__VA_ARGS__)
#define TD_TEMPORARIES6(a, b, ...) TD_TEMPORARIES2(a, b), TD_TEMPORARIES4(__VA_ARGS__)
#define TD_TEMPORARIES8(a, b, ...) TD_TEMPORARIES2(a, b), TD_TEMPORARIES6(__VA_ARGS__)
#define TD_UNWRAP(...) __VA_ARGS__

// The loop itself. `body` has the literal number of `instructions`; `moved` and `given` are lists in parentheses of TD_MOVED
// and TD_GIVEN, one of the latter for `groups`, how often the loop runs (at least once); `temporaries`, a list of float
// variables, is preceded by its `count` (2, 4, 6, 8).
#ifdef __riscv
#define TD_LOOP_ASM(instructions, moved, count, temporaries, given, body)                                              \
    {                                                                                                                  \
        float TD_UNWRAP temporaries;                                                                                   \
        __asm__ volatile(TD_HWLOOP("%[groups]", instructions) body TD_HWLOOP_END                                       \
                         : TD_UNWRAP moved TD_TEMPORARIES##count temporaries                                           \
                         : TD_UNWRAP given                                                                             \
                         : "memory");                                                                                  \
    }
// n becomes what groups of `group` elements leave over.
#define TD_LOOP(n, group, instructions, moved, count, temporaries, given, body)                                        \
    if (n >= group) {                                                                                                  \
        TD_LOOP_ASM(instructions, moved, count, temporaries, (TD_UNWRAP given [groups] "r"(n / group)), body)          \
        n %= group;                                                                                                    \
    }
#define TD_LEFT_OVER(n, group) ((n) % (group))
#else
#define TD_LOOP_ASM(instructions, moved, count, temporaries, given, body) {}
#define TD_LOOP(n, group, instructions, moved, count, temporaries, given, body)
#define TD_LEFT_OVER(n, group) (n)
#endif

#endif
