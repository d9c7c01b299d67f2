# SPDX-License-Identifier: Apache-2.0
"""``operators.html``: a part for each operator that opens, and the sources of the kernels that compute them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from traindeploy.records.program import OperatorDescription
from traindeploy.report import explain
from traindeploy.report.figures.operators import View, views
from traindeploy.report.page import Column, Section, parts, table
from traindeploy.report.run_files import RunFiles
from traindeploy.report.text import LANE_NAMES, number

if TYPE_CHECKING:
    from traindeploy.report.network.pages import Beside

FIRST = "operators.html"
ROOM = 900_000  # bytes of sections on a page: style and script take the rest of the limit
MOST = 24  # neighbours that are named
LONG = 20_000  # bytes of a part that names every tile; longer ones are cut


def anchor(index: int) -> str:
    """Of operator ``index`` on its page."""
    return f"operator-{index}"


def pages(run: RunFiles, beside: Beside) -> list[tuple[str, list[Section], list[int]]]:
    """(file name, sections, operators on it) of each page: one, or as many as a large model needs."""
    known = views(run)
    if not known:
        return []
    bodies = [(view, _part(view, run)) for view in known]
    groups: list[list[tuple[View, Markup]]] = [[]]
    left = room = ROOM - sum(map(_size, beside.sources.values()))
    anywhere = {view.description.index: _name(len(known)) for view in known}  # the longest address that there may be
    for view, body in bodies:
        size = _size(_folded(view, body, anywhere, beside))
        if size > left and groups[-1]:
            groups.append([])
            left = room
        left -= size
        groups[-1].append((view, body))
    names = {v.description.index: _name(n) for n, group in enumerate(groups) for v, _ in group}
    result = []
    for number_, group in enumerate(groups):
        linked = [_folded(view, body, names, beside) for view, body in group]
        sections = [Section("Operators", parts.join(*linked), note="in the order in which they are complete")]
        kernels = dict.fromkeys(view.description.kernel for view, _ in group)
        sources = [(kernel, beside.sources[kernel]) for kernel in kernels if kernel in beside.sources]
        if sources:
            sections.append(
                Section("Kernels", parts.join(*(_source(*one) for one in sources)), note="what computes them")
            )
        result.append((_name(number_), sections, [view.description.index for view, _ in group]))
    return result


def _name(number_: int) -> str:
    return FIRST if not number_ else FIRST.replace(".", f"-{number_ + 1}.")


def _part(view: View, run: RunFiles) -> Markup:
    """What ``traindeploy explain`` says, without the neighbours, which become links."""
    for everything in (True, False):
        told = [part for part in explain.parts(view, run, everything) if part.title != explain.NEIGHBOURS]
        body = parts.join(*(_told(part, view) for part in told))
        if len(body) < LONG:
            break
    return body


def _told(part: explain.Part, view: View) -> Markup:
    head = Markup("<h3>{}</h3>").format(part.title) if part.title != view.name else Markup("")
    if part.lines:
        return parts.join(head, parts.bullets(part.lines))
    columns = [
        Column(name, "number" if name in ("slot", "bytes", "model", "measured", "cycles", "from cycle") else "text")
        for name in part.head
    ]
    key = f"{part.title.split(',')[0].split()[0].lower()}-{view.description.index}"
    rows = table(f"{part.title} of {view.name}", columns, part.rows, key=key, sortable=False, shown=len(part.rows))
    more = (
        [parts.paragraph(f"And {part.left_out} more: `traindeploy explain` shows them with --all.")]
        if part.left_out
        else []
    )
    return parts.join(head, rows, *more)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


def _folded(view: View, body: Markup, names: dict[int, str], beside: Beside) -> Markup:
    d = view.description
    own = names[d.index]
    links = [
        Markup("<p>{} {}{}</p>").format(
            word,
            Markup(", ").join(_link(op, names, own) for op in neighbours[:MOST]),
            f" and {len(neighbours) - MOST} more" if len(neighbours) > MOST else "",
        )
        for word, neighbours in (("After", view.producers), ("For", view.consumers))
        if neighbours
    ]
    if d.kernel in beside.sources:
        links.append(Markup("<p>Kernel: {}</p>").format(parts.link(d.kernel, f"#{_kernel(d.kernel)}")))
    if d.kernel in beside.reports:
        links.append(
            Markup("<p>{}</p>").format(parts.link(f"Verification report of {d.kernel}", beside.reports[d.kernel]))
        )
    wrong = any(result.max_ulp for result in view.results)
    state = "" if view.results else ", never complete"
    state += ", WRONG" if wrong else ""
    what = f"{d.kind} on {LANE_NAMES.get(d.engine, d.engine)}, {d.phase}"
    summary = f"{d.index} {view.name}: {what}, {number(view.span)} cycles{state}"
    inside = parts.join(Markup('<span id="{}"></span>').format(anchor(d.index)), body, *links)
    return parts.folded(summary, inside, is_open=wrong)


def _link(op: OperatorDescription, names: dict[int, str], own: str) -> Markup:
    page = names.get(op.index, own)
    return parts.link(op.name, f"{'' if page == own else page}#{anchor(op.index)}")


def _kernel(name: str) -> str:
    return f"kernel-{name}"


def _source(kernel: str, source: str) -> Markup:
    inside: Sequence[Markup] = (Markup('<span id="{}"></span>').format(_kernel(kernel)), parts.block(source))
    return parts.folded(kernel, parts.join(*inside))
