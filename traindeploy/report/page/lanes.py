# SPDX-License-Identifier: Apache-2.0
"""Bars by name, and lanes of a timeline."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from traindeploy.report.page.axis import Scale, short
from traindeploy.report.page.frame import BOTTOM, LOOKS, RIGHT, TABLE_ROWS, TOP, WIDTH, Data, figure, sample

LANE, GAP, BESIDE = 24, 8, 96


@dataclass(frozen=True)
class Bar:
    """A row of ``bars``: a name, and a length for each of the parts."""

    name: str
    values: Sequence[float]
    text: str = ""  # "" is the sum


@dataclass(frozen=True)
class Span:
    """Something that lasts: from ``start`` on, ``length`` long, in the timeline's unit."""

    start: float
    length: float
    tip: str
    look: int = 0


@dataclass(frozen=True)
class Lane:
    """A row of a timeline."""

    name: str
    spans: Sequence[Span]


def bars(title: str, parts: Sequence[str], rows: Sequence[Bar], *, total: float | None = None) -> Markup:
    """A table whose rows are bars, stacked from ``parts``; the longest, or ``total``, takes the whole width.

    It is its own table: nothing is said by length or colour alone. ValueError without rows.
    """
    if not rows:
        raise ValueError(f"chart {title!r} has nothing to show: use parts.absent")
    longest = total or max(sum(row.values) for row in rows) or 1.0
    body = Markup("\n").join(_bar(row, parts, longest) for row in rows)
    legend = Markup("")
    if len(parts) > 1:
        items = [
            Markup('<li><svg width="26" height="14" aria-hidden="true">{}</svg>{}</li>').format(sample(i, "area"), name)
            for i, name in enumerate(parts)
        ]
        legend = Markup('<ul class="legend">{}</ul>').format(Markup("").join(items))
    heads = [*parts, "sum"] if len(parts) > 1 else parts
    columns = Markup("").join(Markup('<th scope="col" class="n">{}</th>').format(head) for head in heads)
    return Markup(
        '<figure class="chart"><figcaption>{0}</figcaption>{1}<div class="scroll" tabindex="0" role="region" '
        'aria-label="{0}"><table class="bars"><caption>{0}</caption><thead><tr><th scope="col">what</th>'
        '<th scope="col"><span class="sr">bar</span></th>{2}</tr></thead><tbody>{3}</tbody></table></div></figure>'
    ).format(title, legend, columns, body)


def timeline(
    title: str,
    lanes: Sequence[Lane],
    end: float,
    unit: str,
    *,
    legend: Sequence[tuple[int, str]] = (),
    elsewhere: tuple[str, str] | None = None,
) -> Markup:
    """Lanes over one axis from 0 to ``end``, zoomable. ``legend``: (look, name) of the spans' colours."""
    if not any(lane.spans for lane in lanes) or end <= 0:
        raise ValueError(f"chart {title!r} has nothing to show: use parts.absent")
    height = TOP + len(lanes) * (LANE + GAP) + BOTTOM
    across = Scale(0, end, BESIDE, WIDTH - RIGHT)
    floor = height - BOTTOM
    names, grounds, marks = [], [], []
    for i, lane in enumerate(lanes):
        top = TOP + i * (LANE + GAP)
        names.append(Markup('<text class="lane" x="0" y="{}">{}</text>').format(top + 16, lane.name))
        grounds.append(
            Markup('<rect class="rest" x="{}" y="{}" width="{}" height="{}"/>').format(
                BESIDE, top, WIDTH - RIGHT - BESIDE, LANE
            )
        )
        marks += [_span(span, across, top) for span in lane.spans]
    inside = Markup('{names}{ticks}<text class="lx" x="{mid:g}" y="{below}">{unit}</text>{clip}').format(
        names=Markup("").join(names),
        ticks=_ticks(across, floor),
        mid=(BESIDE + WIDTH - RIGHT) / 2,
        below=floor + 34,
        unit=unit,
        clip=Markup(
            '<svg class="clip" x="{0}" y="{1}" width="{2}" height="{3}" viewBox="{0} {1} {2} {3}">'
            '{4}<g class="marks">{5}</g></svg>'
        ).format(
            BESIDE, TOP, WIDTH - RIGHT - BESIDE, floor - TOP, Markup("").join(grounds), Markup("").join(marks)
        ),
    )  # fmt: skip
    rows = [(lane.name, s.tip, s.start, s.length) for lane in lanes for s in lane.spans]
    if elsewhere is None and len(rows) > TABLE_ROWS:
        raise ValueError(f"chart {title!r} has {len(rows)} spans: name the table that holds them (elsewhere=)")
    data = Data(elsewhere=elsewhere) if elsewhere else Data(("lane", "what", f"from, {unit}", f"lasts, {unit}"), rows)
    told = " ".join(
        f"{lane.name}: {len(lane.spans):,} spans, {short(sum(s.length for s in lane.spans))} {unit}." for lane in lanes
    )
    return figure(
        title, told, height, inside, data=data, legend=[(look, "area", name) for look, name in legend],
        scales=(across, Scale(0, 1, floor, TOP)), zoom="x", left=BESIDE,
    )  # fmt: skip


def _ticks(across: Scale, floor: float) -> Markup:
    marks = [
        Markup('<path d="M{0:.1f} {1}V{2}"/><text x="{0:.1f}" y="{3}">{4}</text>').format(
            across.place(value), TOP, floor, floor + 16, short(value)
        )
        for value in across.ticks(8)
    ]
    return Markup('<g class="ax x">{}</g>').format(Markup("").join(marks))


def _span(span: Span, across: Scale, top: float) -> Markup:
    left = across.place(span.start)
    width = max(across.place(span.start + span.length) - left, 0.3)
    return Markup('<rect class="m f{}" x="{:.2f}" y="{}" width="{:.2f}" height="{}" data-t="{}"/>').format(
        span.look % LOOKS, left, top, width, LANE, span.tip.replace("\n", " ")
    )


def _bar(row: Bar, parts: Sequence[str], longest: float) -> Markup:
    at, rects = 0.0, []
    for i, (name, value) in enumerate(zip(parts, row.values, strict=True)):
        share = 100 * value / longest
        tip = f"{row.name}, {name}: {short(value)}"
        if value:
            rects.append(
                Markup('<rect class="m f{}" x="{:.2f}%" width="{:.2f}%" height="16" data-t="{}"/>').format(
                    i % LOOKS, at, share, tip
                )
            )
        at += share
    texts = [short(value) for value in row.values] if len(parts) > 1 else []
    cells = Markup("").join(
        Markup('<td class="n">{}</td>').format(text) for text in (*texts, row.text or short(sum(row.values)))
    )
    return Markup(
        '<tr><th scope="row">{}</th><td><svg width="100%" height="16" aria-hidden="true">{}</svg></td>{}</tr>'
    ).format(row.name, Markup("").join(rects), cells)
