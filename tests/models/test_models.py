# SPDX-License-Identifier: Apache-2.0
"""The support matrix says what is so: some networks at each push, all exports in a night.

``python -m tests.models`` writes it.
"""

from pathlib import Path

import pytest

from tests.models.matrix import EXPORTERS, complaints, exported, row_of, rows
from tests.models.networks import NETWORKS
from tests.models.page import INSTEAD, PAGE, cell, page
from traindeploy.frontend.rules import activation

PUSHED = next(e for e in EXPORTERS if not e.dynamo and e.opset == 17)
COLUMN = 1 + EXPORTERS.index(PUSHED)
SOME = tuple(NETWORKS)[::4]


def written() -> dict[str, list[str]]:
    """The cells of the page's matrix, by model."""
    text = PAGE.read_text(encoding="utf-8").partition("## ")[0]
    lines = (line.replace("\\|", "\0") for line in text.splitlines() if line.startswith("| "))
    cells = ([c.strip().replace("\0", "\\|") for c in line.strip("|").split("|")] for line in lines)
    return {name: rest for name, *rest in cells if name != "model"}


def test_the_page_has_every_network() -> None:
    assert list(written()) == list(NETWORKS)
    assert len(NETWORKS) >= 60
    assert INSTEAD[0][0] in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SOME)
def test_the_page_says_what_is_so(name: str, tmp_path: Path) -> None:
    row = row_of(name, PUSHED, tmp_path)
    assert not row.verdict.startswith("WRONG"), row.verdict
    assert written()[name][COLUMN - 1] == cell(row)


def test_the_page_is_what_all_exports_say(tmp_path: Path) -> None:
    found = list(rows(EXPORTERS, tmp_path))
    assert not [row for row in found if row.verdict.startswith("WRONG")]
    assert PAGE.read_text(encoding="utf-8") == page(found), "write it again: python -m tests.models"


def test_a_wrong_rule_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = exported("Hardtanh", PUSHED, tmp_path)
    assert complaints(path, "lp") == ""
    monkeypatch.setattr(activation, "LARGEST", 0.25)  # stands for no limit, and cuts off what lies beyond
    assert "onnxruntime" in complaints(path, "lp")
