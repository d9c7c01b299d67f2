# SPDX-License-Identifier: Apache-2.0
"""The newcomer's machine: what is missing is one line, what was copied, moved or broken is healed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.moved_venv import heal, made_in, rewritten

ROOT = Path(__file__).resolve().parents[2]


OWN = ("LOCKED", "MAKE", "PIP_", "PYTHON", "WAVES")  # what these tests say for themselves


def sh(folder: Path, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", f"tools/{script}", *arguments]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    return subprocess.run(
        command, cwd=folder, env=inherited | environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What environment.sh needs of a checkout, in a folder with a blank; it has no .venv yet, and pip no network."""
    folder = tmp_path / "a checkout"
    shutil.copytree(ROOT / "tools", folder / "tools")
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    return folder


def venv(folder: Path) -> Path:
    """An environment without pip, with an editable install of its checkout and a script as pip writes it."""
    path = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(path)], check=True, timeout=60)
    packages = next(path.glob("lib/python*/site-packages"))
    (packages / "__editable__.traindeploy-0.1.0.pth").write_text(f"{folder}\n")
    (folder / "which_checkout.py").write_text("print(__file__)")
    script = path / "bin" / "traindeploy"
    script.write_text(f"#!{path}/bin/python\nimport which_checkout, sys\nprint(sys.prefix)\n")
    script.chmod(0o755)
    return path


NO_PYTHON = [
    "nonsense",
    "ls",
    "/",
    "sh",
    "yes",
    "/dev/null",
    "python3 -u",
    "x; touch broken",
    "$(touch broken)",
    "'",
    "-c",
]


@pytest.mark.parametrize("python", NO_PYTHON)
def test_a_python_that_is_none_is_one_line(checkout: Path, python: str) -> None:
    done = sh(checkout, "environment.sh", "run", PYTHON=python)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: PYTHON={python}")
    assert (checkout / "build" / "status").read_text() == "2\n"
    assert not list(checkout.rglob("broken"))


def test_an_empty_python_is_the_systems(checkout: Path) -> None:
    assert sh(checkout, "check_system.sh", PYTHON="").stderr in ("", sh(checkout, "check_system.sh").stderr)


@pytest.mark.parametrize(("kind", "programs"), [("run", ""), ("dev", "git "), ("test", "git ")])
def test_missing_programs_are_one_line_with_the_way_to_install_them(
    tmp_path: Path, checkout: Path, kind: str, programs: str
) -> None:
    for name in ("sh", "cut", "rm", "mkdir"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    done = sh(checkout, "environment.sh", kind, PATH=str(tmp_path), PYTHON=sys.executable)
    assert done.returncode == 2
    says = f"error: system packages are missing; run: sudo apt-get install -y {programs}g++ make perl"
    assert done.stderr.startswith(says)
    assert len(done.stderr.splitlines()) == 1


def test_the_documents_and_continuous_integration_install_what_is_checked() -> None:
    packages = sh(ROOT, "check_system.sh", "list").stdout.strip()
    for page in ("README.md", "docs/start/quick-start.md"):
        assert f"    sudo apt-get install -y {packages}\n" in (ROOT / page).read_text(), page
    assert "check_system.sh list" in (ROOT / ".ci" / "run").read_text()


def test_a_package_that_cannot_be_had_is_one_line_and_the_next_attempt_goes_on(checkout: Path) -> None:
    for _ in range(2):
        done = sh(checkout, "environment.sh", "run", PIP_NO_INDEX="1", PYTHON=sys.executable)
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert line.startswith("error: pip does not install the Python packages, see build/pip.log: ERROR: ")
    assert not list((checkout / ".venv").glob(".installed*"))


@pytest.mark.parametrize("broken", ["gone", "without pip", "a file", "a dangling link"])
def test_an_environment_without_a_python_that_works_is_made_anew(checkout: Path, broken: str) -> None:
    place = checkout / ".venv"
    if broken == "a file":
        place.write_text("x")
    elif broken == "a dangling link":
        place.symlink_to("nowhere")
    else:
        venv(checkout)
        (place / ".installed").write_text("what it was")
        if broken == "gone":
            (place / "bin" / "python").unlink()
            (place / "bin" / "python").symlink_to("/usr/bin/python2.9")
    done = sh(checkout, "environment.sh", "run", PIP_NO_INDEX="1", PYTHON=sys.executable)
    assert "has no Python that works: it is made anew" in done.stdout
    assert subprocess.run([place / "bin" / "python", "-c", "import pip"], check=False).returncode == 0
    assert not (place / ".installed").exists()


def test_what_is_installed_is_installed_once_and_again_when_it_changes(checkout: Path) -> None:
    sh(checkout, "environment.sh", "run", PIP_NO_INDEX="1", PYTHON=sys.executable)
    digest = subprocess.run(
        "printf '%s' \"$(cat pyproject.toml)\" | cksum",
        shell=True,
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    (checkout / ".venv" / ".installed-dev").write_text(digest.stdout)
    for kind in ("run", "dev"):  # what the tests need contains what a run needs
        done = sh(checkout, "environment.sh", kind, PIP_NO_INDEX="1", PYTHON=sys.executable)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), kind
    with open(checkout / "pyproject.toml", "a") as file:
        file.write("# changed\n")
    assert sh(checkout, "environment.sh", "dev", PIP_NO_INDEX="1", PYTHON=sys.executable).returncode == 2


@pytest.mark.parametrize("how", ["moved", "copied", "hard links"])
@pytest.mark.parametrize("name", ["elsewhere", "with a blank", "original2"])
def test_a_checkout_that_was_copied_or_moved_runs_its_own_code(tmp_path: Path, how: str, name: str) -> None:
    original, new = tmp_path / "original", tmp_path / name
    original.mkdir()
    venv(original)
    if how == "moved":
        original.rename(new)
    else:
        copy = os.link if how == "hard links" else shutil.copy2
        shutil.copytree(original, new, symlinks=True, copy_function=copy)
    before = {path: path.read_bytes() for path in original.rglob("*") if path.is_file()}
    assert made_in(new / ".venv") == original / ".venv"
    assert heal(new / ".venv")
    assert not heal(new / ".venv")
    assert before == {path: path.read_bytes() for path in original.rglob("*") if path.is_file()}
    done = subprocess.run([new / ".venv" / "bin" / "traindeploy"], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [str(new / "which_checkout.py"), str(new / ".venv")], done.stderr


def test_an_environment_that_stayed_is_left_alone(tmp_path: Path) -> None:
    path = venv(tmp_path)
    before = {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}
    assert not heal(path)
    assert {p: p.read_bytes() for p in path.rglob("*") if p.is_file()} == before


def test_only_whole_paths_are_rewritten() -> None:
    old, new = Path("/a/b/.venv"), Path("/c d/.venv")
    text = "/a/b/.venv/bin\n/a/b\n/a/bc\n'/a/b'\n/a/b/.venv2\nfile:///a/b\""
    assert rewritten(text, old, new) == "/c d/.venv/bin\n/c d\n/a/bc\n'/c d'\n/c d/.venv2\nfile:///c d\""


def test_what_runs_comes_from_this_checkout_wherever_its_environment_points() -> None:
    """Python finds the folder that it is called in before whatever is installed."""
    text = (ROOT / "Makefile").read_text()
    scripts = [word for word in text.split() if word.startswith("$(BIN)/") and word != "$(BIN)/python"]
    assert set(scripts) <= {"$(BIN)/ruff"}  # a program; a script would name the Python that it was installed with
