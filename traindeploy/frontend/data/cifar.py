# SPDX-License-Identifier: Apache-2.0
"""CIFAR-10's batches as they are published: the binary form, and the form that Python pickled.

A binary batch is a row of records: a byte with the label, then 3072 bytes, a plane of 32x32 for red, green and blue. A
pickled batch is a dictionary whose ``data`` is uint8 [n,3072] in the same order and whose ``labels`` is a list.
"""

from pathlib import Path

import numpy as np

from traindeploy.frontend.data.pickles import unpickle
from traindeploy.frontend.data.reading import exactly, reading

IMAGE = (3, 32, 32)
PIXELS = 3072
RECORD = 1 + PIXELS


def is_binary_batch(path: Path) -> bool:
    """Whether name and size are those of a binary batch."""
    return path.suffix == ".bin" and path.stat().st_size % RECORD == 0


def is_pickle(head: bytes) -> bool:
    """Whether a file that begins like this is a pickle of protocol 2 to 5."""
    return head[:1] == b"\x80" and head[1:2] in (b"\2", b"\3", b"\4", b"\5")


def read_binary_batch(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images [n,3,32,32] and labels [n]."""
    with reading(path, "CIFAR-10 batch"), open(path, "rb") as file:
        records = np.frombuffer(exactly(file, path.stat().st_size), np.uint8).reshape(-1, RECORD)
    return records[:, 1:].reshape(-1, *IMAGE), records[:, 0]


def read_pickled_batch(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images [n,3,32,32] and labels [n]."""
    with reading(path, "CIFAR-10 batch"):
        batch = unpickle(path)
        if not isinstance(batch, dict):
            raise ValueError(f"a pickled {type(batch).__name__}, not a dictionary with data and labels")
        data, labels = (batch.get(key.encode(), batch.get(key)) for key in ("data", "labels"))
        if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.shape[1:] != (PIXELS,):
            raise ValueError(f"data is not uint8 [n,{PIXELS}]")
        if not isinstance(labels, list) or not all(type(label) is int and 0 <= label < 256 for label in labels):
            raise ValueError("labels is not a list of small integers")
        return data.reshape(-1, *IMAGE), np.array(labels, np.uint8)
