# SPDX-License-Identifier: Apache-2.0
"""Every small mistake that could have been made in a file: one token or one statement changed.

pygments (which rich brings along) cuts Python, C, assembly and SystemVerilog into tokens; comments, texts, directives
of a preprocessor and Python's annotations are left alone.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pygments.lexer import Lexer
from pygments.lexers import CLexer, PythonLexer, SystemVerilogLexer
from pygments.token import Comment, Number, Operator, Punctuation, String, Text, _TokenType


@dataclass(frozen=True)
class Mutant:
    """Characters ``start`` to ``end`` of ``file`` (relative to the checkout), which ``old`` says, become ``new``."""

    file: str
    line: int
    start: int
    end: int
    old: str
    new: str

    @property
    def name(self) -> str:
        """Where and what, in one line: ``golden/fp32.py:12 '+' -> '-' (column 8)``."""
        return f"{self.file}:{self.line} {self.old!r} -> {self.new!r} ({self.start})"

    def apply(self, text: str) -> str:
        """``text`` of the file with this mistake in it."""
        assert text[self.start : self.end] == self.old
        return text[: self.start] + self.new + text[self.end :]


COMMON = {
    "<": "<=", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-", "-": "+", "*": "+", "%": "*",
    "<<": ">>", ">>": "<<", "&": "|", "^": "&", "+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=",
}  # fmt: skip
C_LIKE = {"&&": "||", "||": "&&", "|": "&", "!": "", "~": "", "min": "max", "max": "min", "/": "*"}
PYTHON = {
    "<=": "<", "//": "*", "/": "*", "and": "or", "or": "and", "not": "", "in": "not in", "is": "is not",
    "True": "False", "False": "True", "min": "max", "max": "min", "any": "all", "all": "any",
    "break": "continue", "continue": "break",
}  # fmt: skip
SWAPS: dict[str, dict[str, str]] = {
    ".py": COMMON | PYTHON,
    ".c": COMMON | C_LIKE | {"<=": "<"},
    ".h": COMMON | C_LIKE | {"<=": "<"},
    ".sv": COMMON | C_LIKE,  # "<=" is also an assignment
}
LEXERS: dict[str, type[Lexer]] = {".py": PythonLexer, ".c": CLexer, ".h": CLexer, ".sv": SystemVerilogLexer}
SKIPPED = (Comment, String, Text)
# Not the first assignment of a local name, whose absence is an error that any test shows.
PYTHON_STATEMENT = re.compile(r"\w+[.\[][^=]* = [^=].*|[\w.\[\]]+ [-+|]= .*|[\w.]+\(.*\)|raise .*|yield .*")
C_STATEMENT = re.compile(r"[\w.>\-\[\]]+ ?[-+*|&]?= [^=].*;|\w+\(.*\);")
SV_STATEMENT = re.compile(r"[\w.\[\]:+\-]+ (<=|=) .*;")
WIDTH = re.compile(r"\s*(input|output|inout|logic|typedef|localparam|parameter|function)\b")  # lint's business


def mutants(root: Path, file: str) -> list[Mutant]:
    """All mistakes of ``file``, in its order (see ``parses``); empty for a language that is not known."""
    suffix = Path(file).suffix
    if suffix not in LEXERS:
        return []
    text = (root / file).read_text(encoding="utf-8")
    found = [*_tokens(file, suffix, text), *_statements(file, suffix, text)]
    if suffix == ".py":
        quiet = _silent_in_python(text)
        found = [m for m in found if not any(first <= m.start < last for first, last in quiet)]
    return sorted(found, key=lambda m: m.start)


def _tokens(file: str, suffix: str, text: str) -> Iterator[Mutant]:
    swaps, position = SWAPS[suffix], 0
    pieces = list(LEXERS[suffix](ensurenl=False, stripnl=False).get_tokens(text))
    for kind, piece in _joined(pieces):
        start, position = position, position + len(piece)
        line = text[text.rfind("\n", 0, start) + 1 : start]
        if any(kind in skipped for skipped in SKIPPED) or (suffix == ".sv" and WIDTH.match(line)):
            continue
        new = _number(piece) if kind in Number else swaps.get(piece)
        if new is not None:
            yield Mutant(file, text.count("\n", 0, start) + 1, start, position, piece, new)


def _joined(pieces: list[tuple[_TokenType, str]]) -> Iterator[tuple[_TokenType, str]]:
    """Operators that the lexer cut in two, such as ``<`` ``=``, in one piece."""
    waiting = ""
    for kind, piece in pieces:
        if (kind in Operator and not piece[0].isalpha()) or (kind in Punctuation and piece in "<>=!&|"):
            waiting += piece
            continue
        if waiting:
            yield Operator, waiting
            waiting = ""
        yield kind, piece
    if waiting:
        yield Operator, waiting


def _number(text: str) -> str | None:
    """The next number: ``3`` -> ``4``, ``0.5`` -> ``1.5``, ``1'b0`` -> ``1'b1``, ``0x10`` -> ``0x11``."""
    if match := re.fullmatch(r"1'b([01])", text):
        return f"1'b{1 - int(match[1])}"
    if match := re.fullmatch(r"(\d+'d)?(\d+)([uUlL]*)", text):
        return f"{match[1] or ''}{int(match[2]) + 1}{match[3]}"
    if match := re.fullmatch(r"0[xX]([0-9a-fA-F]+)([uUlL]*)", text):
        return f"0x{int(match[1], 16) + 1:x}{match[2]}"
    if match := re.fullmatch(r"(\d+)(\.\d*)([fF]?)", text):
        return f"{int(match[1]) + 1}{match[2]}{match[3]}"
    return None


def _statements(file: str, suffix: str, text: str) -> Iterator[Mutant]:
    """A statement of one line, removed."""
    pattern = {".py": PYTHON_STATEMENT, ".sv": SV_STATEMENT}.get(suffix, C_STATEMENT)
    nothing, position = "pass" if suffix == ".py" else ";", 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        code = line.strip()
        start, position = position + len(line) - len(line.lstrip()), position + len(line)
        if line[0] == " " and pattern.fullmatch(code) and code.count("(") == code.count(")"):
            yield Mutant(file, number, start, start + len(code), code, nothing)


def _silent_in_python(text: str) -> list[tuple[int, int]]:
    """Ranges of ``text`` in which a change says nothing: annotations, decorators, imports, docstrings, ``__repr__``."""
    lines = [0]
    for line in text.splitlines(keepends=True):
        lines.append(lines[-1] + len(line.encode()))
    encoded = text.encode()

    def at(row: int, column: int) -> int:
        return len(encoded[: lines[row - 1] + column].decode())

    ranges = []
    for node in ast.walk(ast.parse(text)):
        silent: list[ast.AST] = []
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
            silent.append(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            silent += node.decorator_list
            silent += [node.returns] if not isinstance(node, ast.ClassDef) and node.returns else []
        elif isinstance(node, ast.Import | ast.ImportFrom | ast.Expr):
            said = node.value if isinstance(node, ast.Expr) else node
            silent += [node] if not isinstance(node, ast.Expr) or isinstance(said, ast.Constant) else []
        for each in silent:
            assert isinstance(each, ast.expr | ast.stmt)
            end = at(each.end_lineno or each.lineno, each.end_col_offset or 0)
            ranges.append((at(each.lineno, each.col_offset), end))
    return ranges


def parses(mutant: Mutant, root: Path) -> bool:
    """Whether the changed file is still Python; of other languages the compiler will say."""
    try:
        if mutant.file.endswith(".py"):
            ast.parse(mutant.apply((root / mutant.file).read_text(encoding="utf-8")))
    except SyntaxError:
        return False
    return True
