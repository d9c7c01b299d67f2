# SPDX-License-Identifier: Apache-2.0
"""The documentation can be read in an editor, and what it names exists."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import LINK, ROOT, SPAN, Line, anchors, code, files, folders, lines, pages, words

LONGEST = 120
EXAMPLES = {"LeakyRelu", "no_inline"}  # of an operator that a guide adds, of a tool
THE_READERS = {"export.py"}  # files that a page tells its reader to write
PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))

SENTENCE_END = re.compile(r"(?<![A-Z])(?<! [a-z])[.!?][\"')*]* +[A-Z`*(]")  # not behind an initial or "e.g."
LEAD = re.compile(r"^\s*([-*] |\d+\. )?(\*\*?[^*]+\*\*?:? )?")  # of a list item; words that stand for a heading
PATH = re.compile(r"(?<![\w/.<>*-])((?:[\w.-]+/)[\w./*{},<>-]*)")
FILE = re.compile(r"(?<![\w/.<>*-])([\w-]+\.(?:py|sv|svh|rdl|vlt|cpp|S|j2))\b(?!\()")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(\))?")
OURS = re.compile(r"^(?!_|[A-Z_0-9]+$).*(_|[a-z][A-Z])")  # no suffix, no variable of make
MODULE = re.compile(r"-m ((?:tests|tb|traindeploy|golden|tools)[\w.]*)")
TARGET = re.compile(r"(?:^|[\s(])make +([a-z][a-z-]*)(?![\w.])")


@PAGES
def test_lines_fit_an_editor(page: Path) -> None:
    def width(line: Line) -> int:
        return len(LINK.sub(lambda link: link[0].replace(link[1], ""), line.text))

    assert [str(line) for line in lines(page) if line.kind != "table" and width(line) > LONGEST] == []


@PAGES
def test_a_line_holds_one_sentence(page: Path) -> None:
    prose = [line for line in lines(page) if line.kind == "prose"]
    plain = [(line, re.sub(r"`[^`]*`", "`x`", line.text)) for line in prose]
    assert [str(line) for line, text in plain if SENTENCE_END.search(LEAD.sub("", text))] == []


@PAGES
def test_no_marker_of_a_merge_is_left(page: Path) -> None:
    marker = re.compile(r"^(<{7}|={7}|>{7}|\|{7})( |$)")
    assert [number for number, line in enumerate(page.read_text().splitlines(), 1) if marker.match(line)] == []


@PAGES
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for line in lines(page):
        for target in LINK.findall(line.text) if line.kind != "code" else ():
            path, _, anchor = target.partition("#")
            if "://" in target:
                continue
            goal = (page.parent / path) if path else page
            if not goal.exists() or (anchor and anchor not in anchors(goal)):
                broken.append(f"{line} -> {target}")
    assert broken == []


@PAGES
def test_names_of_the_code_are_in_the_code(page: Path) -> None:
    """What stands in backticks and looks like an identifier (`snake_case`, `CamelCase`, `a.b`) occurs in a source."""
    if page.name in ("CHANGELOG.md", "testplan.md"):  # what is gone, and what pytest makes up
        return
    missing = []
    for line in lines(page):
        spans = [span for span in SPAN.findall(line.text) if line.kind != "code" and IDENTIFIER.fullmatch(span)]
        for span in spans:
            names = span.removesuffix("()").split(".") if not FILE.fullmatch(span) else []
            missing += [f"{line} -> {n}" for n in names if OURS.search(n) and n not in words() | EXAMPLES]
    assert missing == []


@PAGES
def test_what_is_named_exists(page: Path) -> None:
    """Paths that begin with a folder of ours (* and <name> stand for anything), source files, modules, make targets."""
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.M))
    tops, names = {path.parts[0] for path in files() if len(path.parts) > 1}, {path.name for path in files()}
    missing = []
    for line in lines(page):
        for piece in code(line):
            named = [path for path in PATH.findall(piece) if path.split("/")[0] in tops]
            wrong = [path for path in named if not _exists(path)]
            wrong += [name for name in FILE.findall(piece) if name not in names | THE_READERS]
            wrong += [m for m in MODULE.findall(piece) if not _module(m)]
            wrong += [f"make {t}" for t in TARGET.findall(piece) if t not in targets and "apt-get" not in piece]
            missing += [f"{line} -> {name}" for name in wrong]
    assert missing == []


def test_the_makefile_calls_modules_that_exist() -> None:
    assert [name for name in MODULE.findall((ROOT / "Makefile").read_text()) if not _module(name)] == []


def test_every_folder_has_its_page() -> None:
    """Top-level folders, packages of the compiler and parts of the documentation have a README.md."""
    owed = [path for path in folders() if len(path.parts) == 1 or path.parts[0] in ("traindeploy", "docs")]
    owed = [path for path in owed if len(path.parts) <= 2 and path.name not in ("images", "templates")]
    assert [str(path) for path in owed if not (ROOT / path / "README.md").exists()] == []


def test_a_folders_page_names_what_is_in_it() -> None:
    """Each sub-folder, in backticks with a slash at its end, or as a link."""
    silent = []
    for path in folders():
        page = ROOT / path.parent / "README.md"
        if not page.exists() or path.name in ("images", "templates"):
            continue
        text = page.read_text()
        if f"{path.name}/" not in text:
            silent.append(f"{page.relative_to(ROOT)} does not name {path.name}/")
    assert silent == []


def test_a_packages_page_names_its_modules() -> None:
    """Every module of golden and of the compiler's packages stands on the page of its folder."""
    silent = []
    for path in files():
        page = ROOT / path.parent / "README.md"
        private = path.name.startswith("__")
        if path.suffix == ".py" and path.parts[0] in ("traindeploy", "golden") and page.exists() and not private:
            silent += [] if f"`{path.name}`" in page.read_text() else [f"{page.relative_to(ROOT)}: {path.name}"]
    assert silent == []


def test_every_page_is_reached_from_another_one() -> None:
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in pages()
        for line in lines(page)
        for target in LINK.findall(line.text)
        if "://" not in target and not target.startswith("#")
    }
    lonely = [page for page in pages() if page.name not in ("README.md", "CHANGELOG.md") and page not in linked]
    assert [str(page.relative_to(ROOT)) for page in lonely] == []


def _exists(name: str) -> bool:
    name = re.sub(r"<[^>]*>", "*", name).rstrip(".,")
    return all(next(ROOT.glob(choice.rstrip("/")), None) is not None for choice in _choices(name))


def _choices(name: str) -> list[str]:
    found = re.search(r"\{([^{}]*)\}", name)
    if not found:
        return [name]
    return [c for part in found[1].split(",") for c in _choices(name[: found.start()] + part + name[found.end() :])]


def _module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()
