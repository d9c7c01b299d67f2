# SPDX-License-Identifier: Apache-2.0
"""The documentation as data: its pages, their prose lines, their code, their links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILT = {"build", ".venv", ".git", ".pytest_cache", ".ruff_cache", ".mypy_cache", ".hypothesis"}  # at the top
FENCE = re.compile(r"^\s*```")
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Line:
    """A line of a page. ``kind``: prose, table, heading, code (fenced or indented by four columns) or comment."""

    page: Path
    number: int
    text: str
    kind: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.number}: {self.text.strip()}"


@cache
def files() -> tuple[Path, ...]:
    """All files of the repository that are not built, relative to its root."""

    def walk(folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            if path.name == "__pycache__" or (folder == ROOT and (path.name in BUILT or path.suffix == ".egg-info")):
                continue
            if path.is_dir():
                yield from walk(path)
            else:
                yield path.relative_to(ROOT)

    return tuple(walk(ROOT))


@cache
def folders() -> tuple[Path, ...]:
    """The folders that hold these files, hidden ones aside, without the root."""
    found = {parent for path in files() for parent in path.parents if parent != Path()}
    return tuple(sorted(path for path in found if not any(part.startswith(".") for part in path.parts)))


@cache
def pages() -> tuple[Path, ...]:
    """Every Markdown file."""
    return tuple(ROOT / path for path in files() if path.suffix == ".md")


@cache
def lines(page: Path) -> tuple[Line, ...]:
    """The lines of ``page`` with their kinds."""
    found = []
    fenced = indented = False
    before = ""
    for number, text in enumerate(page.read_text().splitlines(), 1):
        if FENCE.match(text):
            fenced = not fenced
            kind = "code"
        elif fenced or (text.startswith("    ") and (indented or not before.strip())):
            kind = "code"
        elif text.lstrip().startswith("|"):
            kind = "table"
        elif text.startswith("#"):
            kind = "heading"
        elif text.startswith("<!--"):
            kind = "comment"
        else:
            kind = "prose"
        indented = kind == "code" and not fenced and not FENCE.match(text)
        before = text
        found.append(Line(page, number, text, kind))
    return tuple(found)


def code(line: Line) -> list[str]:
    """The pieces of code in a line: all of a code line, the text in backticks of any other."""
    return [line.text] if line.kind == "code" else SPAN.findall(line.text)


@cache
def words() -> frozenset[str]:
    """Every identifier in what is not documentation."""
    found: set[str] = set()
    for path in files():
        if path.suffix in (
            ".py",
            ".sv",
            ".svh",
            ".rdl",
            ".c",
            ".h",
            ".S",
            ".cpp",
            ".toml",
            ".j2",
            ".f",
            ".sh",
            ".json",
            ".vlt",
        ):
            found.update(re.findall(r"[A-Za-z_]\w*", (ROOT / path).read_text()))
    return frozenset(found | set(re.findall(r"\w+", (ROOT / "Makefile").read_text())))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the usual renderers make them."""
    found = set()
    for line in lines(page):
        if line.kind == "heading":
            words = re.sub(r"[^\w\- ]", "", line.text.lstrip("#").strip().lower())
            found.add(words.replace(" ", "-"))
    return found
