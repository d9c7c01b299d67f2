# SPDX-License-Identifier: Apache-2.0
"""Where a record comes from: the commit of these very sources, and whether they were changed."""

import subprocess
from pathlib import Path

import pytest

from traindeploy.records import provenance


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with one commit."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "file").write_text("1")
    settings = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", *settings, *arguments], cwd=folder, check=True)
    return folder


def test_a_clean_checkout_is_its_commit(checkout):
    commit, dirty = provenance.sources(checkout)
    assert len(commit) == 40
    assert not dirty


@pytest.mark.parametrize("name", ["file", "new"])
def test_a_changed_or_new_file_makes_it_dirty(checkout, name):
    (checkout / name).write_text("2")
    assert provenance.sources(checkout)[1]


def test_a_copy_without_git_has_no_commit_even_within_another_checkout(checkout, tmp_path):
    copy = checkout / "copy"
    copy.mkdir()
    assert provenance.sources(copy) == ("", False)
    (tmp_path / "plain").mkdir()
    assert provenance.sources(tmp_path / "plain") == ("", False)


def test_the_provenance_of_now_names_tools_and_versions():
    found = provenance.collect({"verilator": "5.048"})
    assert found.tools["verilator"] == "5.048"
    assert {"numpy", "cocotb"} <= set(found.tools)
    assert found.date.endswith("+00:00")
