# SPDX-License-Identifier: Apache-2.0
"""What every chart has: a figure with title, legend, SVG, and its data as a table or the name of the table that has it.

The numbers in ``data-*`` are what interact.js needs to lay the chart out again, at another width or zoomed in.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from traindeploy.report.page.axis import Scale, short
from traindeploy.report.page.shell import slug
from traindeploy.report.page.tables import Column, Value, table

WIDTH = 720  # of the drawing; a script lays it out again at the width that there is
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 10, 40
LOOKS = 6  # colours with shapes; a seventh series takes the first's
TABLE_ROWS = 60  # a chart of more marks names the table of the page that has them


@dataclass(frozen=True)
class Data:
    """The table that says the same as a chart; or ``elsewhere``, (text, anchor) of the one on the page that does."""

    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Value]] = ()
    elsewhere: tuple[str, str] | None = None


def figure(
    title: str,
    summary: str,
    height: int,
    inside: Markup,
    *,
    data: Data,
    legend: Sequence[tuple[int, str, str]] = (),
    scales: tuple[Scale, Scale] | None = None,
    zoom: str = "",
    left: int = LEFT,
) -> Markup:
    """A chart.

    ``summary``: what it says, in a sentence, for who does not see it. ``legend``: (look, shape, name) each.
    ``zoom``: the axes that can be zoomed, "", "x" or "xy". ``left``: pixels beside the plot.
    """
    key = f"{slug(title)}-{zlib.crc32(inside.encode('utf-8', 'backslashreplace')):08x}"
    spans = Markup("")
    if scales:
        spans = Markup(' data-x="{}" data-y="{}"').format(*map(_span, scales))
    return Markup(
        '<figure class="chart"><figcaption>{title}</figcaption>{legend}'
        '<div class="plot" role="group" aria-label="{title}" data-zoom="{zoom}">'
        '<svg viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="{key}-t {key}-d" data-box="{left} {right} {top} {bottom}"{spans}>'
        '<title id="{key}-t">{title}</title><desc id="{key}-d">{summary}</desc>{inside}</svg></div>{data}</figure>'
    ).format(
        title=title,
        legend=_legend(legend),
        zoom=zoom,
        width=WIDTH,
        height=height,
        key=key,
        left=left,
        right=RIGHT,
        top=TOP,
        bottom=BOTTOM,
        spans=spans,
        summary=summary,
        inside=inside,
        data=_table(title, data, f"{key}-data"),
    )


def axes(x: Scale, y: Scale, x_label: str, y_label: str, *, columns: bool = False) -> Markup:
    """Grid, marks and labels of both axes; ``columns`` bear their own labels instead of marks along x."""
    floor = y.start
    parts = [Markup('<g class="ax x">')]
    for value in () if columns else x.ticks(8):
        parts.append(
            Markup('<path d="M{0:.1f} {1:g}V{2:g}"/><text x="{0:.1f}" y="{3:g}">{4}</text>').format(
                x.place(value), y.end, floor, floor + 16, short(value)
            )
        )
    parts.append(Markup('</g><g class="ax y">'))
    for value in y.ticks(5):
        parts.append(
            Markup('<path d="M{0:g} {1:.1f}H{2:g}"/><text x="{3:g}" y="{4:.1f}">{5}</text>').format(
                x.start, y.place(value), x.end, x.start - 6, y.place(value) + 4, short(value)
            )
        )
    parts.append(
        Markup(
            '</g><text class="lx" x="{:g}" y="{:g}">{}</text>'
            '<text class="ly" transform="rotate(-90)" x="{:g}" y="13">{}</text>'
        )
        .format((x.start + x.end) / 2, floor + 34, x_label, -(y.start + y.end) / 2, y_label)
    )  # fmt: skip
    return Markup("").join(parts)


def _span(scale: Scale) -> str:
    return f"{scale.low!r} {scale.high!r} {int(scale.log)}"


def _legend(entries: Sequence[tuple[int, str, str]]) -> Markup:
    """Each series by colour and shape; one alone needs none."""
    if len(entries) < 2:
        return Markup("")
    items = [
        Markup('<li><svg width="26" height="14" aria-hidden="true">{}</svg>{}</li>').format(sample(look, shape), name)
        for look, shape, name in entries
    ]
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(items))


def sample(look: int, shape: str) -> Markup:
    """A mark as a legend shows it: ``shape`` is "line", "area" or "dots"."""
    place = look % LOOKS
    if shape == "line":
        return Markup('<path class="l l{}" d="M1 7H25"/>').format(place)
    if shape == "area":
        return Markup('<rect class="f{}" x="4" y="1" width="18" height="12"/>').format(place)
    return Markup('<path class="d d{}" d="M13 7{}"/>').format(place, MARKS[place])


# Shapes around the point that a path has moved to: disc and square are drawn by the line's ends (style.css).
MARKS = ("h0", "m-3.5-3.5l7 7m0-7l-7 7", "m0-4.5l4.5 4.5-4.5 4.5-4.5-4.5z", "m-4 0h8m-4-4v8", "m0-4l4 7h-8z", "h0")


def _table(title: str, data: Data, key: str) -> Markup:
    if data.elsewhere:
        text, anchor = data.elsewhere
        return Markup('<p class="data">Its data: table <a href="#{}">{}</a>.</p>').format(anchor, text)
    columns = [
        Column(name, "number" if all(isinstance(row[i], int | float | None) for row in data.rows) else "text")
        for i, name in enumerate(data.columns)
    ]
    inner = table(f"Data of: {title}", columns, data.rows, key=key, sortable=False)
    return Markup('<details class="data"><summary>Its data as a table</summary>{}</details>').format(inner)
