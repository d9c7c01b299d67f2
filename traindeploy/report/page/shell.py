# SPDX-License-Identifier: Apache-2.0
"""``render``: sections to one self-contained HTML file that asks for nothing, wherever it is opened from."""

import base64
import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import jinja2
from markupsafe import Markup

Tone = Literal["good", "bad", "unknown"]
BRAND = "TrainDeploy · RTL co-simulation of on-device training"
LIMIT = 1_000_000  # bytes: a page can be mailed, and opens at once
FOLDER = Path(__file__).parent


class PageError(ValueError):
    """A page that nobody could read: two anchors of one name, or too large; the message says which."""


@dataclass(frozen=True)
class Section:
    """A card of the page.

    ``body`` is HTML from this package's functions, or ``Markup`` whose values were escaped by ``Markup.format``.
    """

    heading: str
    body: Markup
    note: str = ""  # in small type behind the heading
    half: bool = False  # shares its row with the next half on wide screens
    anchor: str = ""  # "" takes it from the heading

    @property
    def id(self) -> str:
        """What a link to the section ends in, behind ``#``."""
        return self.anchor or slug(self.heading)


@dataclass(frozen=True)
class Statement:
    """The page in one word and one sentence: ``Statement("good", "PASSED", "2,000 cases, each bit for bit.")``."""

    tone: Tone
    word: str
    sentence: str


@dataclass(frozen=True)
class Tile:
    """A figure in large type with what it counts: ``Tile("12,345", "cycles")``."""

    figure: str
    caption: str


def render(
    title: str,
    sections: Sequence[Section],
    *,
    statement: Statement | None = None,
    subtitle: str = "",
    tiles: Sequence[Tile] = (),
    crumbs: Sequence[tuple[str, str]] = (),
    provenance: Sequence[tuple[str, str]] = (),
    contents: bool = True,
) -> str:
    """The page's HTML.

    ``crumbs``: (text, relative address) of the pages above this one. ``provenance``: (what, value) of the last card:
    commit, date, versions. ``contents``: links to the sections below the header, if there are more than three.
    PageError if two sections have one anchor, or if the page would be larger than ``LIMIT``.
    """
    anchors = [section.id for section in sections]
    if doubled := {anchor for anchor in anchors if anchors.count(anchor) > 1}:
        raise PageError(f"{title}: several sections have the anchor {sorted(doubled)[0]!r}")
    script = _file("interact.js")
    html = _template().render(
        title=title,
        subtitle=subtitle,
        statement=statement,
        tiles=tiles,
        crumbs=[(text, local(address)) for text, address in crumbs],
        sections=sections,
        provenance=provenance,
        contents=contents and len(sections) > 3,
        brand=BRAND,
        style=Markup(_file("style.css")),
        script=Markup(script),
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    if (size := len(html.encode("utf-8", "backslashreplace"))) > LIMIT:
        raise PageError(f"{title}: the page has {size:,} bytes, expected at most {LIMIT:,}")
    return html


def write(html: str, path: Path) -> None:
    """Write a page: whole or not at all. Names may hold bytes that are no text: they are spelled out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(html, encoding="utf-8", errors="backslashreplace")
    partial.replace(path)


def slug(text: str) -> str:
    """``text`` as an anchor.

    >>> slug("Cycles over shape")
    'cycles-over-shape'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"


def local(address: str) -> str:
    """``address`` if it is relative or an anchor; ValueError if a click on it would leave the report.

    >>> local("../index.html#cases")
    '../index.html#cases'
    """
    if not re.fullmatch(r"(?!/)(?![^/#?]*:)[^\s\\]*", address):
        raise ValueError(f"a page links to {address!r}: only relative addresses and anchors are safe")
    return address


@cache
def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")
