# SPDX-License-Identifier: Apache-2.0
"""A small waveform as SVG: slots, the function on each core, and which engine is busy, around what went wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from zlib import crc32

import numpy as np
import numpy.typing as npt

from tb.env.common.elf import Firmware
from traindeploy.triage.replay import Activity

WIDTH, LEFT, LANE, GAP = 960, 84, 18, 4  # pixels
CHARACTER = 6.2  # pixels of a letter of the labels
ASLEEP = "asleep"
ENGINES = ("RedMule", "DMA", "HyperBus")  # bits of busy
COLOURS = ("#4477aa", "#228833", "#997700", "#aa3377", "#0077bb", "#555555", "#994455", "#117733")
QUIET = "#d0d0d0"


@dataclass(frozen=True)
class Run:
    """``text`` from cycle ``first`` to ``last``."""

    first: int
    last: int
    text: str


def draw(
    activity: Activity, slots: Mapping[int, int], firmware: Firmware, first: int, last: int, marks: Mapping[str, int]
) -> str:
    """The SVG of cycles ``first`` to ``last``; ``slots``: slot -> cycle of its begin; ``marks``: label -> cycle."""
    lanes = [("slot", list(_slots(slots, first, last)))]
    for core in range(activity.pc.shape[1]):
        lanes.append((f"core {core}", _core(activity, firmware, core, first, last)))
    for bit, name in enumerate(ENGINES):
        lanes.append((name, _runs(activity, [name if word >> bit & 1 else "" for word in activity.busy], first, last)))
    height = (LANE + GAP) * len(lanes) + 40
    scale = (WIDTH - LEFT) / max(1, last - first)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" style="max-width:100%'
    parts = [
        head + ';height:auto" font-family="sans-serif" font-size="11" fill="currentColor">',
        "<style>@media (prefers-color-scheme: dark) { svg { color: #dddddd } }</style>",
        f"<title>What cores and engines did from cycle {first} to {last}</title>",
    ]
    for row, (name, runs) in enumerate(lanes):
        top = row * (LANE + GAP)
        parts.append(f'<text x="0" y="{top + 13}">{escape(name)}</text>')
        parts += [_bar(run, top, first, scale, last - first) for run in runs if run.text]
    parts += _axis(first, last, scale, height)
    for label, cycle in marks.items():
        x = LEFT + (cycle - first) * scale
        if LEFT <= x <= WIDTH:
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - 36}" stroke="#cc3311" stroke-width="2">'
                f"<title>{escape(label)}, cycle {cycle}</title></line>"
            )
    return "\n".join([*parts, "</svg>", ""])


def _bar(run: Run, top: int, first: int, scale: float, cycles: int) -> str:
    x, width = LEFT + (run.first - first) * scale, max(0.5, (run.last - run.first) * scale)
    quiet = run.text == ASLEEP
    colour = QUIET if quiet else COLOURS[crc32(run.text.encode()) % len(COLOURS)]
    text = run.text if len(run.text) * CHARACTER < width - 6 else ""
    label = f'<text x="{x + 3:.1f}" y="{top + 13}" fill="{"#333333" if quiet else "#ffffff"}">{escape(text)}</text>'
    return (
        f'<g><title>{escape(run.text)}: cycles {run.first} to {run.last}</title><rect x="{x:.1f}" y="{top}" '
        f'width="{width:.1f}" height="{LANE}" fill="{colour}"/>{label if text else ""}</g>'
    )


def _axis(first: int, last: int, scale: float, height: int) -> list[str]:
    step = next(s for s in (10**e * f for e in range(9) for f in (1, 2, 5)) if (last - first) / s <= 8)
    marks = range(-(-first // step) * step, last + 1, step)
    return [
        f'<text x="{LEFT + (at - first) * scale:.1f}" y="{height - 20}" text-anchor="middle">{at:,}</text>'
        for at in marks
    ] + [f'<text x="{LEFT}" y="{height - 4}">cycles since the first fetch</text>']


def _slots(slots: Mapping[int, int], first: int, last: int) -> Iterator[Run]:
    begins = sorted((cycle, slot) for slot, cycle in slots.items())
    for (cycle, slot), end in zip(begins, [*(cycle for cycle, _ in begins[1:]), last], strict=True):
        if cycle < last and end > first:
            yield Run(max(cycle, first), min(end, last), f"slot {slot}")


def _core(activity: Activity, firmware: Firmware, core: int, first: int, last: int) -> list[Run]:
    names: dict[int, str] = {}
    texts = []
    for pc, asleep in zip(activity.pc[:, core].tolist(), activity.asleep.tolist(), strict=True):
        if pc not in names:
            names[pc] = firmware.location(pc).partition(" at ")[0]
        texts.append(ASLEEP if asleep >> core & 1 else names[pc])
    return _runs(activity, texts, first, last)


def _runs(activity: Activity, texts: Sequence[str], first: int, last: int) -> list[Run]:
    """Equal neighbours as one run each, cut to the window."""
    cycles: npt.NDArray[np.int64] = np.append(activity.cycle, last)
    found: list[Run] = []
    for i, text in enumerate(texts):
        begin, end = max(int(cycles[i]), first), min(int(cycles[i + 1]), last)
        if begin >= end:
            continue
        if found and found[-1].text == text and found[-1].last == begin:
            found[-1] = Run(found[-1].first, end, text)
        else:
            found.append(Run(begin, end, text))
    return found
