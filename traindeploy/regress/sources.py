# SPDX-License-Identifier: Apache-2.0
"""Which sources a regression is of: the commit, and a digest of whatever differs from it."""

import hashlib
import subprocess
from pathlib import Path

from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT


def tree(root: Path = ROOT) -> str:
    """Digest of the changes to tracked files and of new files; empty if there are none, or no Git checkout."""
    if not git_or_none(root, "status", "--porcelain"):
        return ""
    total = hashlib.sha256(git(root, "diff", "HEAD", "--binary").encode())
    for name in sorted(filter(None, git(root, "ls-files", "--others", "--exclude-standard", "-z").split("\0"))):
        total.update(name.encode())
        path = root / name
        if path.is_file():
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


def git(root: Path, *arguments: str) -> str:
    """What git prints; UserError with its last line if it fails."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, errors="surrogateescape", check=False
        )
    except OSError as error:
        raise UserError(f"git cannot be run: {error.strerror}") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        raise UserError(f"git {arguments[0]}: {last.removeprefix('fatal: ')}")
    return done.stdout


def git_or_none(root: Path, *arguments: str) -> str:
    """What git prints; nothing if it fails."""
    try:
        return git(root, *arguments)
    except UserError:
        return ""


def resolve(root: Path, name: str) -> str:
    """The commit that ``name`` stands for; UserError if there is none."""
    found = git_or_none(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()
    if not found or name.startswith("-"):
        raise UserError(f"no commit is called {name!r}: expected what `git log` shows, a branch or a tag")
    return found
