# SPDX-License-Identifier: Apache-2.0
"""How a command ends: its exit status, the one line that says why, and the file that scripts read the status from."""

import errno
import os
import platform
import sys
import tempfile
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path

import click

from traindeploy.errors import UserError
from traindeploy.platform.paths import BUILD
from traindeploy.records.names import printable

LONGEST = 1_200  # characters of a line
STATUS = "status"  # in build/: how the last `sim` ended, for whom make's own exit status is always 2
LOG = "internal-error.log"  # in build/, or in the system's folder for temporary files
# What the operating system refuses whatever we do: the user's disk or permissions.
SURROUNDINGS = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT, errno.ENOTDIR, errno.EMFILE)


class Status(IntEnum):
    """Exit status."""

    PASSED = 0
    FAILED = 1  # a check failed
    BAD_INPUT = 2  # or a missing tool, or a disk that is full
    INTERNAL = 3  # no verdict: a defect of ours, or a simulator that crashed
    INTERRUPTED = 130


def explained(error: BaseException) -> tuple[Status, str]:
    """The status that ``error`` means, and one line about it; an unforeseen one leaves its traceback in a file."""
    if isinstance(error, click.Abort) and isinstance(error.__cause__, EOFError):  # as which click disguises it
        error = error.__cause__
    if isinstance(error, UserError):
        return Status.BAD_INPUT, str(error)
    if isinstance(error, click.ClickException):
        return Status.BAD_INPUT, error.format_message()
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Status.INTERRUPTED, "interrupted; the caches in build/ stay usable"
    if isinstance(error, OSError) and error.errno in SURROUNDINGS:
        return Status.BAD_INPUT, f"{error.filename or BUILD}: {error.strerror}"
    if isinstance(error, MemoryError):
        return Status.BAD_INPUT, "this machine has too little memory for the run"
    what = f"{type(error).__name__}: {error}"
    return Status.INTERNAL, f"internal error, {what[:300]}: please report it with {_keep(error)}"


def one_line(message: str) -> str:
    """``message`` without line ends, without what a terminal would obey, and not longer than a screen."""
    text = printable(" ".join(message.split()))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 203]}...{text[-200:]}"


def forget_status(build: Path = BUILD) -> None:
    """No status is known until the run that begins now has ended, however it ends."""
    with suppress(OSError):
        (build / STATUS).unlink()


def note_status(status: int, build: Path = BUILD) -> None:
    """Write ``status`` where scripts find it; nothing if the disk does not allow it."""
    with suppress(OSError):
        build.mkdir(exist_ok=True)
        partial = build / f".{STATUS}-{os.getpid()}"
        partial.write_text(f"{status}\n", encoding="ascii")
        partial.replace(build / STATUS)


def _keep(error: BaseException) -> Path:
    """Write all that is known of ``error`` to a file."""
    lines = [
        f"{datetime.now(UTC).isoformat(timespec='seconds')}, Python {platform.python_version()}, {platform.platform()}",
        f"arguments: {sys.argv[1:]!r}",
        "".join(traceback.format_exception(error)),
    ]
    for folder in (BUILD, Path(tempfile.gettempdir())):
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            path = folder / LOG
            path.write_text("\n".join(lines), encoding="utf-8", errors="backslashreplace")
            return path
    sys.stderr.write("\n".join(lines))
    return Path("the lines above")
