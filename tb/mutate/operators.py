# SPDX-License-Identifier: Apache-2.0
"""Every mistake of one expression or statement that could be made in a module, found in its syntax tree (pyslang).

Left alone is what is decided before simulation starts: widths, parameters, generate blocks, case labels, constant
ranges. Those mistakes need a build each; such as tb/mutate/text plants in Python and C.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyslang.syntax import SyntaxNode, SyntaxTree

SWAPS = {
    "AddExpression": [("arithmetic", "-")],
    "SubtractExpression": [("arithmetic", "+")],
    "MultiplyExpression": [("arithmetic", "+")],
    "LogicalShiftLeftExpression": [("arithmetic", ">>")],
    "LogicalShiftRightExpression": [("arithmetic", "<<")],
    "LessThanExpression": [("comparison", "<="), ("comparison", ">")],
    "LessThanEqualExpression": [("comparison", "<"), ("comparison", ">")],
    "GreaterThanExpression": [("comparison", ">="), ("comparison", "<")],
    "GreaterThanEqualExpression": [("comparison", ">"), ("comparison", "<")],
    "EqualityExpression": [("comparison", "!=")],
    "InequalityExpression": [("comparison", "==")],
    "LogicalAndExpression": [("bits", "||")],
    "LogicalOrExpression": [("bits", "&&")],
    "BinaryAndExpression": [("bits", "|")],
    "BinaryOrExpression": [("bits", "&")],
    "BinaryXorExpression": [("bits", "&")],
}
UNARY = {
    "UnaryLogicalNotExpression": "",
    "UnaryBitwiseNotExpression": "",
    "UnaryBitwiseOrExpression": "&",
    "UnaryBitwiseAndExpression": "|",
    "UnaryBitwiseXorExpression": "|",
}
# Decided before simulation, or not the design's.
FIXED = re.compile(
    r"VariableDimension|RangeSelect|Parameter|LoopGenerate|EnumType|TypedefDeclaration|FunctionPrototype|AnsiPort|"
    r"ImportDeclaration|GenvarDeclaration|ConcurrentAssertion|EventControl|Immediate|ElabSystemTask"
)
ZERO = re.compile(r"'0|0|\d*'[bdh]0+")
ONE_BIT = re.compile(r"Than|quality|Logical(And|Or|Not)|UnaryBitwise(Or|And|Xor)")
NOT_DATA = re.compile(r"(clk|rst)\w*")


@dataclass(frozen=True)
class Change:
    """Characters ``start`` to ``end`` of a file become ``new``; a statement is dropped if ``kind`` is "dropped"."""

    kind: str
    line: int
    start: int
    end: int
    old: str
    new: str

    @property
    def statement(self) -> bool:
        """Whether it replaces a statement rather than an expression."""
        return self.kind == "dropped"


def changes(path: Path, states: Mapping[str, str]) -> list[Change]:
    """All changes of a file; ``states``: each state of an enumeration and the one that stands in for it."""
    text = path.read_text(encoding="utf-8")
    tree = SyntaxTree.fromText(text)
    finder = _Finder(text, states)
    finder.visit(tree.root)
    unique = {(c.start, c.end, c.new): c for c in finder.found if c.old != c.new}
    return sorted(unique.values(), key=lambda c: (c.start, -c.end, c.new))


def states_of(paths: Sequence[Path]) -> dict[str, str]:
    """Each state of every enumeration in ``paths``, with the next of its enumeration."""
    following: dict[str, str] = {}
    for path in paths:
        for body in re.findall(r"\benum\b[^{]*\{([^}]*)\}", path.read_text(encoding="utf-8")):
            bare = re.sub(r"//[^\n]*", "", body)
            names = [piece.split("=")[0].strip() for piece in bare.split(",") if piece.strip()]
            following.update(zip(names, [*names[1:], names[0]], strict=True))
    return {name: other for name, other in following.items() if name != other}


class _Finder:
    def __init__(self, text: str, states: Mapping[str, str]) -> None:
        self.text, self.states = text, states
        self.found: list[Change] = []
        declared = " ".join(re.findall(r"\b(?:localparam|parameter)\b[^;]*", text))
        self.constant = set(re.findall(r"(\w+)\(", declared))  # functions that are evaluated before simulation
        self.macros = [match.span() for match in re.finditer(r"`TD_\w+\(.*?\)\n", text, re.DOTALL)]

    def visit(self, node: Any) -> None:
        """Collect the changes of ``node`` and all below it."""
        if not _is_node(node):
            return
        name = node.kind.name
        if FIXED.search(name) or self._in_macro(node):
            return
        if name == "FunctionDeclaration" and self._text(node.prototype.name).strip() in self.constant:
            return
        for kind, new in self._of(node, name):
            start, end = self._range(node)
            self._add(kind, start, end, new)
        for child in self._children(node, name):
            self.visit(child)

    def _children(self, node: Any, name: str) -> Iterator[Any]:
        children = [child for child in node if child is not None]
        if name == "CastExpression":
            children = children[1:]  # the type or width
        elif name == "MultipleConcatenationExpression":
            children = [node.concatenation]  # how many is fixed
        elif name in ("StandardCaseItem", "IfGenerate", "CaseGenerate"):
            children = [c for c in children if c is not node[0]]
            if name == "StandardCaseItem":
                children = children[1:] if children else []
            elif name == "IfGenerate":
                children = [node.block, node.elseClause]
        elif name.endswith("AssignmentExpression"):
            children = [node.right]
        elif name in ("SystemName", "NamedType", "ParameterValueAssignment"):
            children = []
        yield from children

    def _of(self, node: Any, name: str) -> Iterator[tuple[str, str]]:
        yield from self._operators(node, name)
        yield from self._constants(node, name)
        if name in ("ConditionalStatement", "ConditionalExpression"):
            self._condition(node.predicate)
        elif name == "ExpressionStatement" and node.expr.kind.name.endswith("AssignmentExpression"):
            yield "dropped", ";"
            self._narrowed(node.expr)
        elif name == "ContinuousAssign":
            for assignment in node.assignments:
                if _is_node(assignment):
                    start, end = self._range(assignment.right)
                    self._add("constant", start, end, "'0")
                    self._narrowed(assignment)
        elif name == "NamedPortConnection" and node.expr is not None:
            port, (start, end) = node.name.valueText, self._range(node.expr)
            if port.endswith("_i") and not NOT_DATA.match(port):
                self._add("connection", start, end, "'0")
        elif name == "IdentifierName" and (text := self._text(node)) in self.states:
            yield "state", self.states[text]

    def _operators(self, node: Any, name: str) -> Iterator[tuple[str, str]]:
        for kind, operator in SWAPS.get(name, ()):
            yield kind, f"{self._text(node.left)} {operator} {self._text(node.right)}"
        if name in UNARY:
            yield "bits", f"{UNARY[name]}({self._text(node.operand)})"

    def _constants(self, node: Any, name: str) -> Iterator[tuple[str, str]]:
        text = self._text(node)
        if name == "IntegerLiteralExpression":
            yield "constant", str(int(text) + 1)
        elif name == "UnbasedUnsizedLiteralExpression" and text in ("'0", "'1"):
            yield "constant", f"'{1 - int(text[1])}"
        elif name == "IntegerVectorExpression" and (match := re.fullmatch(r"(\d+)'([bdh])([0-9a-fA-F]+)", text)):
            width, base = int(match[1]), {"b": 2, "d": 10, "h": 16}[match[2]]
            yield "constant", f"{width}'d{(int(match[3], base) + 1) % 2**width}"

    def _condition(self, predicate: Any) -> None:
        start, end = self._range(predicate)
        text = self.text[start:end]
        for new in (*(() if text.startswith("!") else (f"!({text})",)), "1'b1", "1'b0"):
            self._add("condition", start, end, new)

    def _narrowed(self, assignment: Any) -> None:
        """The value loses its uppermost bit: what a register or net that is too narrow does."""
        target, (start, end) = self._text(assignment.left), self._range(assignment.right)
        one_bit = ONE_BIT.search(assignment.right.kind.name) or self.text[start:end].startswith(("'", "1'b"))
        if not target.startswith("{") and not one_bit:
            bits = f"$bits({target})"
            value = f"{bits}'({self.text[start:end]}) & ~({bits}'(1) << ({bits} - 1))"
            self._add("width", start, end, value)

    def _add(self, kind: str, start: int, end: int, new: str) -> None:
        if new == "'0" and ZERO.fullmatch(self.text[start:end]):
            return  # the same in other words
        line = self.text.count("\n", 0, start) + 1
        flat = re.sub(r"\s+", " ", re.sub(r"//[^\n]*", "", new))
        self.found.append(Change(kind, line, start, end, self.text[start:end], flat))

    def _range(self, node: Any) -> tuple[int, int]:
        """Of its own characters, without the blanks and comments before it."""
        first, last = node.getFirstToken(), node.getLastToken()
        return _offset(first.location), _offset(last.location) + len(last.rawText)

    def _text(self, node: Any) -> str:
        start, end = self._range(node)
        return self.text[start:end]

    def _in_macro(self, node: Any) -> bool:
        start = _offset(node.sourceRange.start)
        return any(first <= start < last for first, last in self.macros)


def _is_node(part: Any) -> bool:
    """Whether it is a node (whose attributes the package's types do not say), rather than a token or nothing."""
    return isinstance(part, SyntaxNode)


def _offset(location: Any) -> int:
    return int(location.offset)
