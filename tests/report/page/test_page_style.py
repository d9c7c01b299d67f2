# SPDX-License-Identifier: Apache-2.0
"""The style sheet and the script: contrast in both schemes, marks of their own shape, size, no request."""

import re
from pathlib import Path

import pytest

from traindeploy.report import page
from traindeploy.report.page import frame

FOLDER = Path(page.__file__).parent
STYLE = (FOLDER / "style.css").read_text(encoding="utf-8")
SCRIPT = (FOLDER / "interact.js").read_text(encoding="utf-8")
SCHEMES = {"light": 0, "dark": 1}


def colours(scheme: str) -> dict[str, str]:
    """Variables of a scheme."""
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", re.findall(r":root \{(.*?)\}", STYLE, re.S)[SCHEMES[scheme]]))


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_the_standards() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_series_differ_from_their_neighbours_and_from_the_ground(scheme: str) -> None:
    named = colours(scheme)
    series = [named[f"s{i}"] for i in range(frame.LOOKS)]
    for i, colour in enumerate(series):
        assert contrast(colour, named["card"]) >= 3, f"s{i}"
        assert contrast(colour, series[(i + 1) % frame.LOOKS]) >= 3, f"s{i} and its neighbour"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_texts_can_be_read(scheme: str) -> None:
    named = colours(scheme)
    for text in ("ink", "soft", "link"):
        for ground in ("card", "ground", "hover"):
            assert contrast(named[text], named[ground]) >= 4.5, (text, ground)
    for tone in ("good", "bad", "unknown"):
        assert contrast(named[tone], named[f"{tone}-soft"]) >= 4.5, tone
        assert contrast(named[tone], named["card"]) >= 4.5, tone


def test_series_differ_by_more_than_colour() -> None:
    shapes = [(frame.MARKS[i], re.findall(rf"\.d{i} \{{ ([^}}]*)\}}", STYLE)) for i in range(frame.LOOKS)]
    assert len({str(shape) for shape in shapes}) == frame.LOOKS
    dashes = [re.findall(rf"\.l{i} \{{ stroke-dasharray: ([^;]*);", STYLE) for i in range(frame.LOOKS)]
    assert len({str(dash) for dash in dashes}) == frame.LOOKS


def test_the_script_is_small_and_fetches_nothing() -> None:
    assert len(SCRIPT.encode()) < 20_000
    assert not re.search(
        r"fetch\(|XMLHttpRequest|import\(|WebSocket|innerHTML|eval\(|new Function|https?://(?!www\.w3\.org/2000/svg)",
        SCRIPT,
    )
    assert "</script" not in SCRIPT
    assert "url(" not in STYLE


def test_script_and_drawing_agree() -> None:
    assert f"const BASE = {frame.WIDTH};" in SCRIPT
    for name in ("data-sorts", "data-zoom", "data-box"):
        attribute = re.sub(r"-(\w)", lambda m: m[1].upper(), name.removeprefix("data-"))
        assert f"dataset.{attribute}" in SCRIPT or f'"{attribute}" in box.dataset' in SCRIPT
