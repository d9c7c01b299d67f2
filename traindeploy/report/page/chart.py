# SPDX-License-Identifier: Apache-2.0
"""Charts as SVG texts: series of points and lines, histogram, roofline, sparkline; lanes.py has bars and lanes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from traindeploy.report.page.axis import Axis, Scale, scale, short
from traindeploy.report.page.frame import BOTTOM, LEFT, LOOKS, MARKS, RIGHT, TABLE_ROWS, TOP, WIDTH, Data, axes, figure

HEIGHT = 320


@dataclass(frozen=True)
class Series:
    """Points of one name, or a line through them; ``tips`` says of each point what it is.

    ``look`` picks colour and shape (None takes the place in the chart). ``quiet`` points tell nothing when pointed at.
    """

    name: str
    points: Sequence[tuple[float, float]]
    tips: Sequence[str] = ()
    line: bool = False
    look: int | None = None
    quiet: bool = False


def plot(title: str, series: Sequence[Series], x: Axis, y: Axis, *, elsewhere: tuple[str, str] | None = None) -> Markup:
    """Points and lines over two axes. ``elsewhere``: (text, anchor) of the table that has the data.

    Points without a finite place are left out and counted in the summary. ValueError if no point is left (say
    ``parts.absent`` instead), or if a chart of more than 60 points names no table.
    """
    drawn = [_drawable(one, x, y) for one in series]
    everything = [point for one in drawn for point in one.points]
    if not everything:
        raise ValueError(f"chart {title!r} has nothing to show: use parts.absent")
    across = scale(x, (point[0] for point in everything), LEFT, WIDTH - RIGHT)
    up = scale(y, (point[1] for point in everything), HEIGHT - BOTTOM, TOP)
    marks = Markup("").join(_marks(one, _look(one, i), across, up) for i, one in enumerate(drawn))
    legend = [(_look(one, i), "line" if one.line else "dots", one.name) for i, one in enumerate(drawn)]
    missing = sum(len(one.points) for one in series) - len(everything)
    inside = axes(across, up, x.label, y.label) + clipped(marks, across, up)
    return figure(
        title, summary(drawn, x, y, missing), HEIGHT, inside,
        data=_data(title, drawn, x, y, elsewhere), legend=legend, scales=(across, up), zoom="xy",
    )  # fmt: skip


def histogram(
    title: str, bins: Sequence[tuple[str, int]], x_label: str, y_label: str = "count", *, log: bool = False
) -> Markup:
    """Columns side by side, each with its count on top; ``bins``: (label, count). ValueError without a count.

    ``log``: heights are logarithms, so that a count of 1 is seen beside a million; a count of 0 has no column.
    """
    if not any(count for _, count in bins):
        raise ValueError(f"chart {title!r} has nothing to show: use parts.absent")
    height = 240
    across = Scale(0, len(bins), LEFT, WIDTH - RIGHT)
    shown = Axis(y_label, log=log, low=0.5 if log else None)
    up = scale(shown, [count for _, count in bins], height - BOTTOM, TOP + 14)
    marks = Markup("").join(_column(across, up, i, label, count) for i, (label, count) in enumerate(bins))
    inside = axes(across, up, x_label, f"{y_label}, logarithmic" if log else y_label, columns=True)
    return figure(
        title, f"{sum(c for _, c in bins):,} in {len(bins)} columns.", height,
        inside + Markup('<g class="marks bins">{}</g>').format(marks),
        data=Data((x_label, y_label), bins), scales=(across, up),
    )  # fmt: skip


def _column(across: Scale, up: Scale, place: int, label: str, count: int) -> Markup:
    left, right, top = across.place(place + 0.08), across.place(place + 0.92), up.place(count)
    return Markup(
        '<rect class="m f0" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" data-t="{}"/>'
        '<text class="top" x="{:.1f}" y="{:.1f}">{}</text><text class="bin" x="{:.1f}" y="{:g}">{}</text>'
    ).format(
        left, top, right - left, up.start - top, f"{label}: {count:,}", (left + right) / 2, top - 4,
        f"{count:,}", (left + right) / 2, up.start + 16, label,
    )  # fmt: skip


@dataclass(frozen=True)
class Roof:
    """What bounds a machine: ``peak`` FLOP a cycle, or ``slope`` bytes a cycle."""

    name: str
    peak: float = 0.0
    slope: float = 0.0


def roofline(
    title: str, series: Sequence[Series], roofs: Sequence[Roof], *, elsewhere: tuple[str, str] | None = None
) -> Markup:
    """FLOP/cycle over FLOP/byte, both logarithmic, under the machine's roofs."""
    intensities = [x for one in series for x, y in one.points if x > 0 and y > 0]
    if not intensities:
        raise ValueError(f"chart {title!r} has nothing to show: use parts.absent")
    peak = max((roof.peak for roof in roofs), default=0.0)
    knees = [peak / roof.slope for roof in roofs if roof.slope]
    low, high = min(*intensities, *knees, 1) / 2, max(*intensities, *knees, 1) * 2
    lines = []
    for i, roof in enumerate(roofs):
        end = min(high, peak / roof.slope) if roof.slope and peak else high
        points = (
            [(low, roof.slope * low), (end, roof.slope * end)] if roof.slope else [(low, roof.peak), (high, roof.peak)]
        )
        lines.append(Series(roof.name, points, line=True, look=len(series) + i))
    return plot(
        title, [*series, *lines], Axis("FLOP/byte", log=True, low=low, high=high), Axis("FLOP/cycle", log=True),
        elsewhere=elsewhere,
    )  # fmt: skip


def sparkline(title: str, values: Sequence[float]) -> Markup:
    """A line of ``values`` in a table's cell, the last one marked; its title names first and last."""
    usable = [value for value in values if math.isfinite(value)]
    if not usable:
        return Markup("<span>\N{EN DASH}</span>")
    low, high = min(usable), max(usable)
    step = 92 / max(len(usable) - 1, 1)
    points = [(4 + i * step, 18 - 14 * ((v - low) / (high - low) if high > low else 0.5)) for i, v in enumerate(usable)]
    told = f"{title}: {short(usable[0])} to {short(usable[-1])}, between {short(low)} and {short(high)}"
    return Markup(
        '<svg class="spark" viewBox="0 0 100 22" width="100" height="22" role="img"><title>{}</title>'
        '<path class="l l0" d="{}"/><path class="d d0" d="M{:.1f} {:.1f}h0"/></svg>'
    ).format(told, path(points), *points[-1])


def path(points: Sequence[tuple[float, float]]) -> str:
    """Straight lines through ``points``."""
    return "".join(f"{'L' if i else 'M'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(points))


def clipped(marks: Markup, across: Scale, up: Scale) -> Markup:
    """``marks`` in a window of the plot's size, so that none leaves it when it is zoomed."""
    return Markup(
        '<svg class="clip" x="{0:g}" y="{1:g}" width="{2:g}" height="{3:g}" viewBox="{0:g} {1:g} {2:g} {3:g}">'
        '<g class="marks">{4}</g></svg>'
    ).format(across.start, up.end, across.end - across.start, up.start - up.end, marks)


def summary(series: Sequence[Series], x: Axis, y: Axis, missing: int) -> str:
    """What a chart shows, in words."""
    parts = [f"{y.label} over {x.label}."]
    for one in series:
        if one.points:
            ys = [point[1] for point in one.points]
            parts.append(f"{one.name}: {len(ys):,} points, {short(min(ys))} to {short(max(ys))}.")
    if missing:
        parts.append(f"{missing:,} points without a place on the axes are not drawn.")
    return " ".join(parts)


def _drawable(one: Series, x: Axis, y: Axis) -> Series:
    def fits(value: float, axis: Axis) -> bool:
        return math.isfinite(value) and (value > 0 or not axis.log)

    kept = [i for i, (a, b) in enumerate(one.points) if fits(a, x) and fits(b, y)]
    tips = [one.tips[i] for i in kept] if one.tips else []
    return Series(one.name, [one.points[i] for i in kept], tips, one.line, one.look, one.quiet)


def _look(one: Series, place: int) -> int:
    return (place if one.look is None else one.look) % LOOKS


def _marks(one: Series, look: int, across: Scale, up: Scale) -> Markup:
    points = [(across.place(a), up.place(b)) for a, b in one.points]
    if one.line:
        return Markup('<path class="l l{}" d="{}"/>').format(look, path(points))
    drawing = "".join(f"M{x:.1f} {y:.1f}{MARKS[look]}" for x, y in points)
    if one.quiet:
        return Markup('<path class="d d{}" d="{}"/>').format(look, drawing)
    tips = one.tips or [f"{one.name}: {short(a)}, {short(b)}" for a, b in one.points]
    lines = "\n".join(tip.replace("\n", " ") for tip in tips)
    return Markup('<path class="m d d{}" d="{}" data-t="{}"/>').format(look, drawing, lines)


def _data(title: str, series: Sequence[Series], x: Axis, y: Axis, elsewhere: tuple[str, str] | None) -> Data:
    if elsewhere:
        return Data(elsewhere=elsewhere)
    rows = [(one.name, a, b) for one in series for a, b in one.points]
    if len(rows) > TABLE_ROWS:
        raise ValueError(f"chart {title!r} has {len(rows)} points: name the table that holds them (elsewhere=)")
    return Data(("series", x.label, y.label), rows)
