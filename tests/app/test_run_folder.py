# SPDX-License-Identifier: Apache-2.0
"""Run directories appear whole, whatever lies in their place, and what killed runs left is swept away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from traindeploy.app.run_folder import publish, scratch_folder
from traindeploy.errors import UserError


def publish_one(build: Path, content: str = "new") -> Path:
    with scratch_folder(build, "run") as scratch:
        (scratch / "run").mkdir()
        (scratch / "run" / "result.json").write_text(content)
        publish(scratch / "run", build / "run")
    return build / "run" / "result.json"


def leave_a_folder(path: Path) -> None:
    path.mkdir()
    (path / "mine").touch()


LEFT = {
    "nothing": lambda path: None,
    "a folder": leave_a_folder,
    "a file": lambda path: path.write_text("x"),
    "a dangling link": lambda path: path.symlink_to("nowhere"),
    "a link in a circle": lambda path: path.symlink_to(path.name),
    "a link to a folder": lambda path: path.symlink_to("."),
}


@pytest.mark.parametrize("name", ["latest", "run", ".run.old", ".latest-1"])
@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT)
def test_whatever_lies_where_a_run_goes_gives_way(tmp_path: Path, name: str, left) -> None:
    left(tmp_path / name)
    for content in ("new", "newer"):
        assert publish_one(tmp_path, content).read_text() == content
        assert os.readlink(tmp_path / "latest") == "run"
    assert sorted(p.name for p in tmp_path.iterdir() if p.name not in (".latest-1", "latest.kept")) == ["latest", "run"]


def test_a_folder_called_latest_is_kept(tmp_path: Path) -> None:
    leave_a_folder(tmp_path / "latest")
    publish_one(tmp_path)
    assert (tmp_path / "latest.kept" / "mine").exists()


def test_a_file_called_build_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "build").touch()
    with pytest.raises(UserError, match="a file, but runs are written there"), scratch_folder(tmp_path / "build", "r"):
        pass


def test_what_a_killed_run_left_is_swept_and_a_running_one_is_left_alone(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from traindeploy.app.run_folder import scratch_folder\n"
        "with scratch_folder(Path(sys.argv[1]), 'killed') as folder:\n"
        "    (folder / 'run').mkdir(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root, timeout=60, check=False)
    assert [path.name[:8] for path in tmp_path.iterdir()] == [".killed-"]
    with scratch_folder(tmp_path, "first") as first:
        assert list(tmp_path.iterdir()) == [first]
        with scratch_folder(tmp_path, "second"):
            assert first.exists()
    assert list(tmp_path.iterdir()) == []
