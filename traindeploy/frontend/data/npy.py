# SPDX-License-Identifier: Apache-2.0
"""NumPy's own files, .npy and .npz, read without unpickling and without believing what a header says."""

import io
import math
import struct
import warnings
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from traindeploy.errors import UserError
from traindeploy.frontend.data.reading import exactly, reading

MAGIC = b"\x93NUMPY"
IMAGE_KEYS = ("images", "input", "x", "x_train", "train_images")
LABEL_KEYS = ("labels", "label", "y", "y_train", "train_labels", "targets")
LONGEST_HEADER = 10_000
# Kinds of NumPy types that are neither images nor labels; those of arrays of objects are pickles.
STRANGE = {
    "O": "Python objects", "c": "complex numbers", "M": "dates", "m": "time spans", "U": "text", "S": "text",
    "V": "records", "b": "truth values",
}  # fmt: skip


def read_npz(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The images and labels of an archive; its other arrays are not read."""
    with reading(path, ".npz file"), zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
    found = [_only(path, names, keys) for keys in (IMAGE_KEYS, LABEL_KEYS)]
    if not all(found):
        known = ", ".join(map(repr, names[:8])) or "nothing"
        raise UserError(f"{path}: holds {known}; expected arrays images and labels")
    images, labels = (_member(path, name) for name in found)
    return images, labels


def read_npy(path: Path) -> np.ndarray:
    """The array in a file."""
    with reading(path, ".npy file"), open(path, "rb") as file:
        return _array(path, path.name, file)


def _only(path: Path, names: list[str], keys: tuple[str, ...]) -> str:
    present = [name for name in names if name in keys]
    if len(present) > 1:
        raise UserError(f"{path}: holds {' and '.join(map(repr, present))}: leave only one of {', '.join(keys)} in it")
    return present[0] if present else ""


def _member(path: Path, name: str) -> np.ndarray:
    with reading(path, ".npz file"), zipfile.ZipFile(path) as archive:
        stored = name if name in archive.namelist() else f"{name}.npy"
        with archive.open(stored) as file:
            return _array(path, name, file)


def _array(path: Path, name: str, stream: IO[bytes]) -> np.ndarray:
    """The array that begins here; its size is checked before its bytes are read. ValueError if damaged."""
    shape, fortran, dtype = _header(stream)
    if dtype.kind in STRANGE or dtype.hasobject:
        kind = STRANGE.get(dtype.kind, "Python objects")
        raise UserError(f"{path}: {name} holds {kind} ({dtype}); expected float or uint8 images, integer labels")
    if any(length < 0 for length in shape):
        raise ValueError(f"shape {shape}")
    flat = np.frombuffer(exactly(stream, math.prod(shape) * dtype.itemsize), dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, "np.dtype[np.generic]"]:
    """(shape, whether Fortran order, type) as the header says. ValueError if there is none or it is too long."""
    start = stream.read(10)
    if start[:6] != MAGIC or start[6:7] not in (b"\x01", b"\x02"):
        raise ValueError("no NumPy array of format 1 or 2 begins here")
    start += stream.read(2) if start[6] == 2 else b""
    (length,) = struct.unpack("<H" if start[6] == 1 else "<I", start[8:])
    if length > LONGEST_HEADER:
        raise ValueError(f"a header of {length:,} bytes")
    header = io.BytesIO(start[8:] + stream.read(length))
    parse = np.lib.format.read_array_header_1_0 if start[6] == 1 else np.lib.format.read_array_header_2_0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Python 2's integers
        shape, fortran, dtype = parse(header)
    return shape, fortran, dtype
