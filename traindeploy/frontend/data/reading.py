# SPDX-License-Identifier: Apache-2.0
"""Bytes of files that nobody vouches for: read as far as they are declared, never beyond a limit."""

import gzip
import lzma
import stat
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from traindeploy.errors import UserError

LIMIT = 1 << 30  # bytes of an array, unpacked
CHUNK = 1 << 24
# What reading a damaged file ends with, in zipfile, gzip, NumPy's header parser and the operating system.
DAMAGE = (
    *(OSError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError),
    *(RuntimeError, RecursionError, MemoryError, NotImplementedError, SyntaxError, struct.error),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, tokenize.TokenError),
)


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Whatever a damaged ``path`` raises becomes a UserError that says that it is no readable ``what``."""
    try:
        yield
    except DAMAGE as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UserError(f"{path}: not a readable {what} ({reason[:200]})") from None


def kind_of(path: Path) -> str:
    """Says "file" or "folder"; UserError for what is neither (a device, a pipe), or cannot be looked at."""
    with reading(path, "data file"):
        mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        raise UserError(f"{path}: a device, pipe or socket; expected a file or folder with images and labels")
    return "file"


def head_of(path: Path) -> bytes:
    """The first bytes of a file, as many as tell its format; UserError if there are none."""
    with reading(path, "data file"), open(path, "rb") as file:
        head = file.read(8)
    if not head:
        raise UserError(f"{path}: an empty file; expected images and labels")
    return head


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of ``path``, unpacked if gzip has packed them."""
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if packed:
            with gzip.open(file) as unpacked:
                yield unpacked  # type: ignore[misc]  # GzipFile reads like any binary stream
        else:
            yield file


def exactly(stream: IO[bytes], size: int) -> bytes:
    """The ``size`` bytes that are left in ``stream``. ValueError if ``size`` is above LIMIT, or not what is left.

    Memory is taken as the bytes arrive: a header that lies costs nothing.
    """
    if size > LIMIT:
        raise ValueError(f"it declares {size:,} bytes, more than the {LIMIT:,} that are read")
    data = bytearray()
    while len(data) < size:
        part = stream.read(min(CHUNK, size - len(data)))
        if not part:
            raise ValueError(f"it declares {size:,} bytes and holds {len(data):,}")
        data += part
    if stream.read(1):  # also has gzip and zip check their sums
        raise ValueError(f"it holds more than the {size:,} bytes that it declares")
    return bytes(data)
