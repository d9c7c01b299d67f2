# SPDX-License-Identifier: Apache-2.0
"""Which format a path has, told by its content, and where the other half of a pair lies."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from traindeploy.errors import UserError
from traindeploy.frontend.data import cifar
from traindeploy.frontend.data.idx import is_idx, read_idx
from traindeploy.frontend.data.npy import IMAGE_KEYS, LABEL_KEYS, MAGIC, read_npy, read_npz
from traindeploy.frontend.data.reading import LIMIT, head_of, kind_of, opened, reading

Arrays = tuple[np.ndarray, np.ndarray]

EXPECTED = (
    "an .npz file with images and labels, images.npy beside labels.npy, an idx pair of MNIST, or batches of CIFAR-10"
)
IDX_IMAGES = re.compile(r"(train|t10k).images.idx3.ubyte(\.gz)?")
BATCH = re.compile(r"data_batch_\d(\.bin)?")


def load_arrays(path: Path) -> Arrays:
    """Images [n,...] and labels of a file or folder, as they are stored.

    A file is an .npz archive, a batch of CIFAR-10, or one of a pair (.npy or idx) whose names differ in "images" and
    "labels". A folder holds images.npy and labels.npy, MNIST's four files (the training ones are taken), or CIFAR-10's
    five batches (all are taken). UserError for anything else; nothing that a file holds is ever executed.
    """
    if kind_of(path) == "folder":
        return _folder(path)
    head = head_of(path)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return read_npz(path)
    if head[:6] == MAGIC:
        return _pair(path, read_npy)
    if cifar.is_binary_batch(path):
        return cifar.read_binary_batch(path)
    if is_idx(_unpacked(path, head)):
        return _pair(path, read_idx)
    if cifar.is_pickle(head):
        return cifar.read_pickled_batch(path)
    raise UserError(f"{path}: no format that is known; expected {EXPECTED}")


def _unpacked(path: Path, head: bytes) -> bytes:
    if head[:2] != b"\x1f\x8b":
        return head
    with reading(path, "gzip file"), opened(path) as stream:
        return stream.read(4)


def _pair(path: Path, read: Callable[[Path], np.ndarray]) -> Arrays:
    """The images and labels of which ``path`` is one; ``read`` reads either."""
    images, labels = _halves(path)
    for half in (images, labels):
        kind_of(half)
        head_of(half)
    return read(images), read(labels)


def _halves(path: Path) -> tuple[Path, Path]:
    if "labels" in path.name:
        return _partner(path, (("labels", "images"), ("idx1", "idx3"))), path
    if "images" in path.name:
        return path, _partner(path, (("images", "labels"), ("idx3", "idx1")))
    raise UserError(
        f"{path}: a single array; expected images and labels: name one of two files that are called alike but for"
        f" 'images' and 'labels', or give {EXPECTED}"
    )


def _partner(path: Path, changes: Sequence[tuple[str, str]]) -> Path:
    name = path.name
    for old, new in changes:
        name = name.replace(old, new)
    other = name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz"
    found = [path.with_name(candidate) for candidate in (name, other) if path.with_name(candidate).exists()]
    if not found:
        raise UserError(f"{path}: expected {name} beside it")
    return found[0]


def _folder(path: Path) -> Arrays:
    with reading(path, "folder"):
        names = sorted(entry.name for entry in path.iterdir())
    arrays = [name for name in names if name.removesuffix(".npy") in (*IMAGE_KEYS, *LABEL_KEYS) and name[-4:] == ".npy"]
    digits = [name for name in names if IDX_IMAGES.fullmatch(name)]
    batches = [name for name in names if BATCH.fullmatch(name)]
    kinds = [kind for kind in (arrays, digits, batches) if kind]
    if len(kinds) != 1 or len({name.endswith(".bin") for name in batches}) > 1:
        found = ", ".join(map(repr, names[:6])) or "nothing"
        raise UserError(f"{path}: a folder that holds {found}; expected images.npy and labels.npy, or {EXPECTED}")
    if arrays:
        halves = [[path / f"{key}.npy" for key in keys if f"{key}.npy" in arrays] for keys in (IMAGE_KEYS, LABEL_KEYS)]
        if [len(half) for half in halves] != [1, 1]:
            raise UserError(f"{path}: holds {', '.join(arrays)}; expected images.npy and labels.npy")
        for (half,) in halves:
            kind_of(half)
        return read_npy(halves[0][0]), read_npy(halves[1][0])
    if digits:
        return load_arrays(path / next((name for name in digits if name.startswith("train")), digits[0]))
    parts = [load_arrays(path / name) for name in batches]
    if sum(images.nbytes for images, _ in parts) > LIMIT:
        raise UserError(f"{path}: more than {LIMIT:,} bytes of images")
    return np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])
