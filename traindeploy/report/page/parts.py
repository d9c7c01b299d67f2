# SPDX-License-Identifier: Apache-2.0
"""Small blocks of a section: paragraphs, facts, commands, what was not measured. Every value is escaped here."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from traindeploy.report.page.shell import local

NEWLINE = Markup("\n")


def join(*blocks: Markup) -> Markup:
    """Blocks one below the other."""
    return NEWLINE.join(blocks)


def paragraph(text: str) -> Markup:
    """A sentence or two."""
    return Markup("<p>{}</p>").format(text)


def absent(what: str, reason: str) -> Markup:
    """In place of a chart or table without data: ``what`` was not measured, and why or how it would be.

    >>> str(absent("Branch coverage", "the model was built without it."))
    '<p class="absent"><b>Branch coverage was not measured:</b> the model was built without it.</p>'
    """
    return Markup('<p class="absent"><b>{} was not measured:</b> {}</p>').format(what, reason)


def facts(pairs: Iterable[tuple[str, str | Markup]]) -> Markup:
    """Names with values."""
    rows = Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, value) for name, value in pairs)
    return Markup('<dl class="facts">{}</dl>').format(rows)


def command(text: str) -> Markup:
    """A command line with a button that copies it."""
    return Markup('<pre class="copy"><code>{}</code></pre>').format(text)


def code(text: str) -> Markup:
    """A name from a program, within a sentence."""
    return Markup("<code>{}</code>").format(text)


def block(text: str) -> Markup:
    """Lines of a program or a log as they stand."""
    return Markup('<pre tabindex="0"><code>{}</code></pre>').format(text)


def link(text: str, address: str) -> Markup:
    """A link to a page of this report; ValueError if the address is not relative."""
    return Markup('<a href="{}">{}</a>').format(local(address), text)


def bullets(items: Sequence[str | Markup]) -> Markup:
    """A list."""
    return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(item) for item in items))


def folded(summary: str, body: Markup, *, is_open: bool = False, printed: bool = True) -> Markup:
    """``body`` behind a line that opens it; on paper it is always open, or left out if it is not ``printed``."""
    return Markup("<details{}{}><summary>{}</summary>{}</details>").format(
        Markup(" open") if is_open else "", Markup("") if printed else Markup(' class="data"'), summary, body
    )


def meter(share: float, text: str) -> Markup:
    """A bar of ``share`` (0 to 1) with its figure beside it."""
    width = 100 * min(max(share, 0.0), 1.0)
    return Markup(
        '<span class="meter"><svg width="100%" height="10" aria-hidden="true">'
        '<rect class="rest" width="100%" height="10"/>'
        '<rect class="f0" width="{:.1f}%" height="10"/></svg> {}</span>'
    ).format(width, text)
