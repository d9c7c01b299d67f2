# SPDX-License-Identifier: Apache-2.0
"""``traindeploy mutate``: what it draws, what it says, and the page about what survives."""

from dataclasses import replace
from pathlib import Path

import pytest

from tb.mutate import drive, page
from tb.mutate.judged import Place, judged
from tb.mutate.text.draw import again
from tb.mutate.tried import Tried
from traindeploy.app.mutate import Wanted, listed, mutate
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records.case import CaseRecord
from traindeploy.records.verdict import Verdict

PLACE = Place("rtl/dma/td_dma.sv", "a = b + c;", "arithmetic 'b + c' -> 'b - c'")


def record(name: str, by: str = "", area: str = "rtl", stillborn: bool = False) -> CaseRecord:
    where = {"area": area, "file": PLACE.file, "text": PLACE.text, "change": PLACE.change}
    return drive._record(name, where, by, stillborn, 1.0)


def sources(root: Path, *before: str) -> Path:
    """``root`` with the line of PLACE behind others."""
    (root / PLACE.file).parent.mkdir(parents=True, exist_ok=True)
    (root / PLACE.file).write_text("".join(f"{line}\n" for line in (*before, f"  {PLACE.text}")))
    return root


def test_a_block_draws_the_same_mutants_for_a_seed_and_all_of_them_for_none() -> None:
    drawn = listed(Wanted(["event_unit"], 10, "2026-11-27"))
    assert len(set(drawn)) == 10
    assert drawn == listed(Wanted(["event_unit"], 10, "2026-11-27"))
    assert drawn != listed(Wanted(["event_unit"], 10, "2026-11-28"))
    every = listed(Wanted(["event_unit"], 0))
    assert len(every) > 100
    assert set(drawn) < set(every)
    assert listed(Wanted(["event_unit"], 0, name=every[0].partition(": ")[2])) == every[:1]


def test_an_area_that_does_not_exist_is_named() -> None:
    with pytest.raises(UserError, match=r"'dam': expected areas or blocks, of importer, .*, rtl, cluster, dma"):
        mutate(Wanted(["dam"]))
    with pytest.raises(UserError, match="give a count"):
        mutate(Wanted(["codegen"], 0))


@pytest.mark.parametrize(("by", "verdict"), [("a test", Verdict.PASSED), ("", Verdict.FAILED)])
def test_a_survivor_fails_the_campaign(monkeypatch: pytest.MonkeyPatch, by: str, verdict: Verdict) -> None:
    monkeypatch.setattr(drive, "in_rtl", lambda blocks, count, seed, report, **_: report(record("m", by)))
    assert mutate(Wanted(["dma"])) is verdict


def test_the_page_counts_and_lists_every_survivor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "judged", dict)
    found = [
        record(f"{PLACE.file}:1 x", "t"),
        record(f"{PLACE.file}:2 y"),
        record(f"{PLACE.file}:3 z", stillborn=True),
        record(f"{PLACE.file}:4 v", "t", "codegen"),
    ]
    table = page.write(found, tmp_path / "page.md", tmp_path / "list.txt", sources(tmp_path))
    assert [(row.area, row.noticed, row.survive, row.rate) for row in table] == [
        ("rtl", 1, 1, 50.0),
        ("codegen", 1, 0, 100.0),
        ("all", 2, 1, 100 * 2 / 3),
    ]
    text = (tmp_path / "page.md").read_text()
    assert f"| {PLACE.file}:2 | `a = b + c;` | `arithmetic 'b + c' -> 'b - c'` | not looked at yet |" in text
    lines = (tmp_path / "list.txt").read_text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["state", "noticed", "survive", "stillborn", "noticed"]


def test_a_judged_survivor_is_listed_with_its_reason_and_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "judged", lambda: {PLACE: "c is always 0"})
    (row, _) = page.write([record(f"{PLACE.file}:2 y")], tmp_path / "page.md", tmp_path / "list.txt", sources(tmp_path))
    assert (row.noticed, row.judged, row.survive) == (0, 1, 0)
    assert "| c is always 0 |" in (tmp_path / "page.md").read_text()


def test_part_of_a_campaign_never_passes_for_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "judged", dict)
    parts, where = (tmp_path / "page.md", tmp_path / "list.txt"), f"{PLACE.file}:1"
    old = [record(f"{where} {name} (9)") for name in "xyz"]
    (row, _) = page.write(old, *parts, sources(tmp_path))
    assert (row.noticed, row.survive) == (0, 3)
    (row, _) = page.write([record(old[0].test, "a test")], *parts, sources(tmp_path))
    assert (row.noticed, row.survive) == (1, 2)
    (row, _) = page.write([record(f"{PLACE.file}:1 v (9)")], *parts, sources(tmp_path))
    assert (row.noticed, row.survive) == (1, 3), "another one, although of the same line"
    monkeypatch.setattr(page, "judged", lambda: {PLACE: "c is always 0"})
    (row, _) = page.write([], *parts, sources(tmp_path))
    assert (row.noticed, row.judged, row.survive) == (1, 3, 0)


def test_a_mutant_is_known_where_its_line_has_moved_and_forgotten_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "judged", dict)
    parts = (tmp_path / "page.md", tmp_path / "list.txt")
    page.write([record(f"{PLACE.file}:1 x (9)")], *parts, sources(tmp_path))
    (row, _) = page.write([record(f"{PLACE.file}:3 x (11)", "a test")], *parts, sources(tmp_path, "", ""))
    assert (row.noticed, row.survive) == (1, 0)
    (tmp_path / PLACE.file).write_text("another line\n")
    (row,) = page.write([], *parts, tmp_path)
    assert (row.noticed, row.survive) == (0, 0)


def test_survivors_are_asked_again_where_their_lines_are_now(tmp_path: Path) -> None:
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden" / "a.py").write_text("x = 1 + 1\n\n\nx = 1 + 1\n")
    here = Place("golden/a.py", "x = 1 + 1", "'+' -> '-'")
    old = Tried("survive", "checker", "2026-11-27", "0" * 10, "golden/a.py:9 '+' -> '-' (90)", here, "")
    rtl = replace(old, area="rtl", place=PLACE)
    ((area, found),) = again(tmp_path, [old, rtl, replace(old, place=replace(here, text="gone"))])
    assert (area, found.line, found.old) == ("checker", 4, "+")


def test_what_is_judged_is_still_in_the_sources() -> None:
    for place in judged():
        lines = [line.strip() for line in (ROOT / place.file).read_text(encoding="utf-8").splitlines()]
        assert place.text in lines, f"judged.txt: {place.file} no longer holds {place.text!r}"


@pytest.mark.parametrize("line", ["a.sv\tx\ty", "a.sv\tx\ty\t \tz", "a\tb\tc\td\na\tb\tc\te"])
def test_a_judgement_without_its_parts_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "judged.txt").write_text(f"# {line}\n\n{line}\n")
    with pytest.raises(ValueError, match=r"judged.txt:[34]: "):
        judged(tmp_path / "judged.txt")
