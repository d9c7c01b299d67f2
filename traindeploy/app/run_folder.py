# SPDX-License-Identifier: Apache-2.0
"""The folder of a run: it grows beside its place, appears there whole, and what a killed run left is swept away."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from traindeploy.errors import UserError

GROWING, OLD = ".part", ".old"


@contextmanager
def scratch_folder(build: Path, name: str) -> Iterator[Path]:
    """A folder in ``build`` for a run called ``name``, removed at the end, or by the next run if this one is killed.

    Its lock tells whether its run is alive: the kernel gives it back whatever happens. UserError if ``build`` cannot be
    a folder.
    """
    try:
        build.mkdir(exist_ok=True)
    except FileExistsError:
        raise UserError(f"{build}: a file, but runs are written there: move it") from None
    _sweep(build)
    folder = Path(tempfile.mkdtemp(dir=build, prefix=f".{name}-", suffix=GROWING))
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def publish(run_dir: Path, final: Path) -> None:
    """Move the finished run to its place and let build/latest point to it, each in one step.

    Whatever lay at these places gives way; a folder called latest that is no link of ours is kept as latest.kept.
    """
    old = final.with_name(f".{final.name}{OLD}")
    remove(old)
    if os.path.lexists(final):
        final.rename(old)
    run_dir.rename(final)
    remove(old)
    latest = final.parent / "latest"
    if latest.is_dir() and not latest.is_symlink():
        remove(kept := final.parent / "latest.kept")
        latest.rename(kept)
    link = final.parent / f".latest-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(final.name)
    link.replace(latest)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sweep(build: Path) -> None:
    """Remove what runs that were killed have left."""
    for folder in build.glob(f".*{GROWING}"):
        with suppress(OSError):
            lock = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
