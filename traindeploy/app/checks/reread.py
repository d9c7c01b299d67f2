# SPDX-License-Identifier: Apache-2.0
"""The user's data read a second time, apart from ``frontend.data``: by NumPy's own reader, ``struct`` and a walk
through a pickle's opcodes. Which files are taken was decided when they were read first; here nothing is refused.
"""

import csv
import gzip
import io
import pickletools
import re
import struct
from importlib import resources
from pathlib import Path

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray]

# What the two arrays of an archive or folder may be called, images first: docs/start/your-model.md.
NAMES = (
    ("images", "labels"), ("input", "label"), ("x", "y"), ("x_train", "y_train"), ("train_images", "train_labels"),
    ("images", "targets"),
)  # fmt: skip
RECORD = struct.Struct("B3072s")  # of a CIFAR-10 batch
IDX = {8: "B", 9: "b", 11: "h", 12: "i", 13: "f", 14: "d"}  # struct's letter for the third byte of an idx file


def read_again(path: Path) -> Arrays:
    """Images and labels as they are stored. Any exception if they cannot be found or read."""
    if path.is_dir():
        return _folder(path)
    begin = _packed(path)[:8]
    if begin[:2] == b"PK":
        with np.load(path, allow_pickle=False) as archive:
            keys = [next(key for key in half if key in archive.files) for half in zip(*NAMES, strict=True)]
            return archive[keys[0]], archive[keys[1]]
    if begin[1:6] == b"NUMPY":
        images, labels = (np.load(half, allow_pickle=False) for half in _pair(path))
        return images, labels
    if path.name.endswith(".bin") and path.stat().st_size % RECORD.size == 0:
        records = list(RECORD.iter_unpack(path.read_bytes()))
        images = np.frombuffer(b"".join(pixels for _, pixels in records), np.uint8)
        return images.reshape(-1, 3, 32, 32), np.array([label for label, _ in records])
    if begin[0] == 0x80:
        return _pickled(path.read_bytes())
    images, labels = (_idx(_packed(half)) for half in _pair(path))
    return images, labels


def digits() -> Arrays:
    """scikit-learn's digits, 8x8 from 0 to 1, from the table that it comes with."""
    table = resources.files("sklearn.datasets.data").joinpath("digits.csv.gz").read_bytes()
    rows = np.array([list(map(float, row)) for row in csv.reader(io.StringIO(gzip.decompress(table).decode()))])
    return rows[:, :64].reshape(-1, 8, 8) / 16, rows[:, 64].astype(int)


def _packed(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _pair(path: Path) -> tuple[Path, Path]:
    """The files of images and labels; each may be packed or not."""
    halves = []
    for old, new in (("labels", "images"), ("images", "labels")):
        name = path.name.replace(old, new).removesuffix(".gz")
        name = name.replace("idx1", "idx3") if new == "images" else name.replace("idx3", "idx1")
        own = path.name.removesuffix(".gz") == name
        candidates = [path] if own else [path.with_name(name), path.with_name(f"{name}.gz")]
        halves.append(next(candidate for candidate in candidates if candidate.exists()))
    return halves[0], halves[1]


def _idx(data: bytes) -> np.ndarray:
    """Two zeros, a type, the number of dimensions, big-endian sizes, elements."""
    rank = data[3]
    shape = struct.unpack_from(f">{rank}I", data, 4)
    letter = IDX[data[2]]
    values = np.ndarray(shape, f">{letter}", data, 4 + 4 * rank)
    return values.astype(letter)


def _pickled(data: bytes) -> Arrays:
    """Of CIFAR-10's Python form: its longest run of bytes are the images, the numbers behind "labels" the labels."""
    code = [(opcode.name, argument) for opcode, argument, _ in pickletools.genops(data)]
    longest = max((a for _, a in code if isinstance(a, bytes | str)), key=len)
    pixels = longest if isinstance(longest, bytes) else longest.encode("latin1")
    place = [argument for _, argument in code].index(longest)
    columns_first = next(name for name, _ in reversed(code[:place]) if name in ("NEWTRUE", "NEWFALSE")) == "NEWTRUE"
    images = np.frombuffer(pixels, np.uint8).reshape((-1, 3072), order="F" if columns_first else "C")
    begin = next(i for i, (_, argument) in enumerate(code) if argument in ("labels", b"labels"))
    labels: list[int] = []
    for name, argument in code[begin + 1 :]:
        if isinstance(argument, int) and name in ("BININT", "BININT1", "BININT2"):
            labels.append(argument)
        elif name == "APPENDS" and len(labels) == len(images):
            break
    return images.reshape(-1, 3, 32, 32), np.array(labels)


def _folder(path: Path) -> Arrays:
    names = sorted(entry.name for entry in path.iterdir())
    batches = [path / name for name in names if re.fullmatch(r"data_batch_\d(\.bin)?", name)]
    if batches:
        parts = [read_again(batch) for batch in batches]
        images, labels = (np.concatenate(half) for half in zip(*parts, strict=True))
        return images, labels
    for images_name, labels_name in ((f"{i}.npy", f"{j}.npy") for i, _ in NAMES for _, j in NAMES):
        if images_name in names and labels_name in names:
            return np.load(path / images_name, allow_pickle=False), np.load(path / labels_name, allow_pickle=False)
    first = [name for name in names if "images" in name]
    return read_again(path / next((name for name in first if name.startswith("train")), first[0]))
