# SPDX-License-Identifier: Apache-2.0
"""A private copy of another commit, which shares the caches that are content-addressed and nothing else."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from traindeploy.platform.paths import ROOT
from traindeploy.regress.sources import git, git_or_none

SHARED = ("build/sim", "build/objects", ".venv")  # by content, or of no commit
HOME = Path("build") / "worktrees"


@contextmanager
def worktree(commit: str, root: Path = ROOT) -> Iterator[Path]:
    """A worktree of ``commit`` that is gone afterwards; those that killed processes left go, too."""
    home = root / HOME
    home.mkdir(parents=True, exist_ok=True)
    _sweep(home, root)
    place = home / f"{os.getpid()}-{commit[:12]}"
    number = 0
    while place.exists():
        number += 1
        place = home / f"{os.getpid()}-{commit[:12]}-{number}"
    git(root, "worktree", "add", "--quiet", "--detach", str(place), commit)
    try:
        for name in SHARED:
            shared, link = root / name, place / name
            if shared.exists() and not link.exists():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(shared.resolve())
        yield place
    finally:
        remove(place, root)


def remove(place: Path, root: Path) -> None:
    """Remove a worktree, whatever is in it."""
    git_or_none(root, "worktree", "remove", "--force", "--force", str(place))
    shutil.rmtree(place, ignore_errors=True)
    git_or_none(root, "worktree", "prune")


def overlay(place: Path, names: Sequence[str], root: Path = ROOT) -> None:
    """Put the working copy's files or folders ``names`` over those of the worktree."""
    for name in names:
        source, goal = root / name, place / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, goal, dirs_exist_ok=True)
        else:
            shutil.copy2(source, goal)


def clean(place: Path) -> None:
    """The worktree as its commit has it; what Git ignores stays."""
    git(place, "reset", "--quiet", "--hard")
    git(place, "clean", "-fdq")


def _sweep(home: Path, root: Path) -> None:
    for place in home.iterdir():
        owner = place.name.partition("-")[0]
        if owner.isdecimal() and int(owner) != os.getpid():
            with suppress(PermissionError):  # somebody else's process: alive
                try:
                    os.kill(int(owner), 0)
                except ProcessLookupError:
                    remove(place, root)
