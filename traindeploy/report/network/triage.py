# SPDX-License-Identifier: Apache-2.0
"""Where the first mismatch comes from, as the run's triage found it by itself."""

import base64

from markupsafe import Markup

from traindeploy.records.triage import FOLDER, Link, Place, Triage
from traindeploy.report.page import Column, Section, parts, table
from traindeploy.report.run_files import RunFiles
from traindeploy.report.text import number

AGENTS = {"dma": "DMA", "hyperbus": "HyperBus", "redmule": "RedMule", "cores": "cores"}
LONGEST = 60  # links of the table: the newest, and the culprit among them in all but strange cases


def section(run: RunFiles) -> Section | None:
    """Cause, producer chain, reproducer and picture; None if the run has no triage."""
    found = run.triage
    if found is None:
        return None
    blocks = [parts.facts(_facts(found))]
    if run.picture:
        blocks.append(_picture(run.picture, found))
    blocks.append(_chain(found))
    if found.reproducer is not None:
        blocks += [parts.paragraph(f"Repeat {found.reproducer.what}:"), parts.command(found.reproducer.command)]
    if found.untold:
        blocks += [parts.paragraph("What could not be told:"), parts.bullets(found.untold)]
    return Section("Where it comes from", parts.join(*blocks), note="what the run found out about its first mismatch")


def _facts(found: Triage) -> list[tuple[str, str | Markup]]:
    element = found.element
    rows: list[tuple[str, str | Markup]] = [("Cause", found.meaning), ("Found", found.explanation)]
    if element.exact is not None:
        rows.append(("By the definition", f"{element.exact:.12g} in float64, from the same operands"))
    rows.append(("Element", Markup("{} at {:#010x}").format(element.level, element.address)))
    reproducer = found.reproducer
    if reproducer is not None and reproducer.arguments:
        sizes = ", ".join(
            f"{name} {size} of {reproducer.arguments[name]}"
            for name, size in reproducer.shrunk.items()
            if reproducer.arguments.get(name) != size
        )
        rows.append(("Made smaller", sizes or "nothing smaller fails"))
    if found.window is not None and found.window.file:
        rows.append(("Waveform", parts.code(f"{FOLDER}/{found.window.file}")))
        rows.append(("With names", parts.code(f"cd {FOLDER} && gtkwave {found.window.save_file}")))
    return rows


def _picture(svg: str, found: Triage) -> Markup:
    """As an image, in which nothing can run."""
    window = found.window
    about = "Functions on the cores, busy engines and slots"
    if window is not None:
        about += f" from cycle {number(window.first)} to {number(window.last)}; red: where it went wrong"
    source = base64.b64encode(svg.encode()).decode("ascii")
    return Markup(
        '<figure class="chart"><figcaption>{0}</figcaption><div class="scroll" tabindex="0" role="region" '
        'aria-label="{0}"><img alt="{0}" style="width:100%;min-width:640px;height:auto" '
        'src="data:image/svg+xml;base64,{1}"></div></figure>'
    ).format(about, source)


def _chain(found: Triage) -> Markup:
    columns = [
        Column("slot", "number"),
        Column("who"),
        Column("what"),
        Column("verdict", "verdict"),
        Column("found"),
        Column("reads"),
        Column("writes"),
        Column("generated C", "code"),
        Column("source", "code"),
    ]
    rows = [_link(link, number == found.culprit) for number, link in enumerate(found.links)][-LONGEST:]
    tones = {"right": "good", "WRONG": "bad", "first wrong": "bad", "not told": "unknown"}
    return table("How the element came about", columns, rows, tones=tones, sortable=False)


def _link(link: Link, culprit: bool) -> tuple[int | str, ...]:
    verdict = {True: "right", False: "WRONG", None: "not told"}[link.right]
    return (
        link.slot,
        link.kernel or AGENTS[link.agent],
        link.label,
        "first wrong" if culprit else verdict,
        link.found,
        "; ".join(map(_place, link.reads)),
        "; ".join(map(_place, link.writes)),
        link.line,
        link.source,
    )


def _place(place: Place) -> str:
    name = f"{place.argument} " if place.argument else ""
    found = f" ({place.found})" if place.found else ""
    return f"{name}{place.level} {place.address:#010x}, {place.bytes} bytes{found}"
