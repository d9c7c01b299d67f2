# SPDX-License-Identifier: Apache-2.0
"""``traindeploy mutate``: what it draws, what it says, and the page about what survives."""

from pathlib import Path

import pytest

from tb.mutate import drive, page
from tb.mutate.judged import Place, judged
from traindeploy.app.mutate import Wanted, listed, mutate
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records.case import CaseRecord
from traindeploy.records.verdict import Verdict

PLACE = Place("rtl/dma/td_dma.sv", "a = b + c;", "arithmetic 'b + c' -> 'b - c'")


def record(name: str, by: str = "", area: str = "rtl", stillborn: bool = False) -> CaseRecord:
    where = {"area": area, "file": PLACE.file, "text": PLACE.text, "change": PLACE.change}
    return drive._record(name, where, by, stillborn, 1.0)


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
    found = [record("a:1 x", "t"), record("b:2 y"), record("c:3 z", stillborn=True), record("d:4 v", "t", "codegen")]
    table = page.write(found, tmp_path / "page.md", tmp_path / "list.txt")
    assert [(row.area, row.noticed, row.survive, row.rate) for row in table] == [
        ("rtl", 1, 1, 50.0),
        ("codegen", 1, 0, 100.0),
        ("all", 2, 1, 100 * 2 / 3),
    ]
    text = (tmp_path / "page.md").read_text()
    assert "| b:2 | `a = b + c;` | `arithmetic 'b + c' -> 'b - c'` | not looked at yet |" in text
    lines = (tmp_path / "list.txt").read_text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["state", "noticed", "survive", "stillborn", "noticed"]


def test_a_judged_survivor_is_listed_with_its_reason_and_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "judged", lambda: {PLACE: "c is always 0"})
    (row, _) = page.write([record("b:2 y")], tmp_path / "page.md", tmp_path / "list.txt")
    assert (row.noticed, row.judged, row.survive) == (0, 1, 0)
    assert "| c is always 0 |" in (tmp_path / "page.md").read_text()


def test_what_is_judged_is_still_in_the_sources() -> None:
    for place in judged():
        lines = [line.strip() for line in (ROOT / place.file).read_text(encoding="utf-8").splitlines()]
        assert place.text in lines, f"judged.txt: {place.file} no longer holds {place.text!r}"


@pytest.mark.parametrize("line", ["a.sv\tx\ty", "a.sv\tx\ty\t \tz", "a\tb\tc\td\na\tb\tc\te"])
def test_a_judgement_without_its_parts_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "judged.txt").write_text(f"# {line}\n\n{line}\n")
    with pytest.raises(ValueError, match=r"judged.txt:[34]: "):
        judged(tmp_path / "judged.txt")
