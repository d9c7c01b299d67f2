# SPDX-License-Identifier: Apache-2.0
"""Where the cores and the host have different sources: ``#ifdef __riscv`` in the firmware."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

ASSEMBLER = "assembler of the cores, which the RTL alone runs"
STAND_IN = "the host's stand-in for assembler, which the RTL alone runs"
Span = tuple[int, int]  # first and last line


@dataclass(frozen=True)
class Divided:
    """What only the cores' compiler sees, and what only the host's does."""

    cores: tuple[Span, ...]
    host: tuple[Span, ...]

    def told(self) -> str:
        """The place, and what it is."""
        first, last = (self.cores or self.host)[0]
        return f"{first}-{last}: {ASSEMBLER if self.cores else STAND_IN}"


def divided(text: Sequence[str]) -> list[Divided]:
    """Every ``#ifdef __riscv`` and ``#ifndef __riscv`` of a file's lines.

    >>> divided(["#ifdef __riscv", "asm();", "#else", "plain();", "#endif"])
    [Divided(cores=((2, 2),), host=((4, 4),))]
    """
    found: list[Divided] = []
    stack: list[_Open | None] = []  # None: another condition
    for number, line in enumerate(text, 1):
        if opened := re.match(r"#\s*if(n?)def\s+__riscv\b", line):
            stack.append(_Open(not opened[1], number + 1, ()))
        elif re.match(r"#\s*if", line):
            stack.append(None)
        elif re.match(r"#\s*else", line) and stack and stack[-1]:
            stack[-1] = stack[-1].turned(number)
        elif re.match(r"#\s*endif", line) and stack and (top := stack.pop()):
            parts = top.turned(number).parts
            cores, host = (tuple(span for own, *span in parts if own is kind) for kind in (True, False))
            found.append(Divided(_spans(cores), _spans(host)))
    return found


@dataclass(frozen=True)
class _Open:
    cores: bool
    first: int
    parts: tuple[tuple[bool, int, int], ...]

    def turned(self, number: int) -> "_Open":
        """After the ``#else`` or ``#endif`` in line ``number``."""
        return _Open(not self.cores, number + 1, (*self.parts, (self.cores, self.first, number - 1)))


def _spans(found: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    return tuple((first, last) for first, last in found)
