# SPDX-License-Identifier: Apache-2.0
"""The idx files of MNIST and its relatives, packed by gzip or not.

Format: two zero bytes, a type, the number of dimensions, each dimension as a big-endian uint32, the elements.
"""

import math
import struct
from pathlib import Path

import numpy as np

from traindeploy.frontend.data.reading import exactly, opened, reading

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def is_idx(head: bytes) -> bool:
    """Whether a file that begins like this is an idx file."""
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in TYPES and 1 <= head[3] <= 8


def read_idx(path: Path) -> np.ndarray:
    """The array in a file."""
    with reading(path, "idx file"), opened(path) as stream:
        head = stream.read(4)
        if not is_idx(head):
            raise ValueError(f"it begins with {head.hex(' ')}, not with 00 00, a type and the number of dimensions")
        shape = struct.unpack(f">{head[3]}I", stream.read(4 * head[3]))
        dtype = np.dtype(TYPES[head[2]])
        return np.frombuffer(exactly(stream, math.prod(shape) * dtype.itemsize), dtype).reshape(shape)
