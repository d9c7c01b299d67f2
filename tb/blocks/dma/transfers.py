# SPDX-License-Identifier: Apache-2.0
"""Transfers of the DMA as data: what they write (a NumPy model of both memories), and random ones."""

import random
from dataclasses import dataclass

import numpy as np

from tb.env.common.memories import L2, TCDM, region
from traindeploy.platform import address_map

L2_BASE = address_map.L2.base
L2_SIZE = address_map.L2.size
TCDM_BASE = address_map.TCDM.base
TCDM_SIZE = address_map.TCDM.size

BASES = {TCDM: (TCDM_BASE, TCDM_SIZE), L2: (L2_BASE, L2_SIZE)}


@dataclass
class Pad:
    """The source image in the order of the registers: width in bytes, height in rows, position of the first byte."""

    width: int
    height: int
    x: int
    y: int
    step: int
    value: int


@dataclass
class Transfer:
    """A transfer in the order of the staging registers, in bytes; 0 rows or planes mean 1. pad: the image, or None."""

    src: int
    dst: int
    length: int
    src_stride: int = 0
    dst_stride: int = 0
    rows: int = 0
    src_stride2: int = 0
    dst_stride2: int = 0
    planes: int = 0
    pad: Pad | None = None

    def size(self) -> int:
        return self.length * max(self.rows, 1) * max(self.planes, 1)


def locate(address: int) -> tuple[np.ndarray, int]:
    number = TCDM if address < L2_BASE else L2
    return region(number), address - BASES[number][0]


def model(transfer: Transfer) -> list[tuple[int, int, np.ndarray]]:
    """What the transfer writes, from the memories as they are: (region, offset, bytes) row by row."""
    writes = []
    for plane in range(max(transfer.planes, 1)):
        for row in range(max(transfer.rows, 1)):
            memory, source = locate(transfer.src + plane * transfer.src_stride2 + row * transfer.src_stride)
            target = transfer.dst + plane * transfer.dst_stride2 + row * transfer.dst_stride
            number = TCDM if target < L2_BASE else L2
            at = np.arange(transfer.length)
            data = memory[np.clip(source + at, 0, memory.size - 1)]
            if transfer.pad is not None:
                pad = transfer.pad
                x, y = pad.x + plane * pad.step + at, pad.y + row
                inside = (x >= 0) & (x < pad.width) & (0 <= y < pad.height)
                data = np.where(inside, data, (pad.value >> 8 * (at % 4)) & 0xFF).astype(np.uint8)
            writes.append((number, target - BASES[number][0], data))
    return writes


def memory_of(address: int) -> int:
    return TCDM if address < L2_BASE else L2


def random_side(rng: random.Random, memory: int, length: int, rows: int, planes: int) -> tuple[int, int, int]:
    """(base, stride, stride2) such that all rows lie in the memory and no two overlap; strides of either sign."""
    base, size = BASES[memory]
    stride = length + rng.choice([0, 0, 4, rng.randrange(40)])
    stride2 = stride * rows + rng.choice([0, 8, rng.randrange(100)])
    if stride2 * planes > size - 64:
        stride, stride2 = length, length * rows
    low = base + rng.randrange(size - stride2 * planes + 1)
    if rng.random() < 0.5:
        low &= ~rng.choice([3, 7])
        low = max(low, base)
    start = low
    if rng.random() < 0.3:
        start, stride = start + stride * (rows - 1), -stride
    if rng.random() < 0.3:
        start, stride2 = start + stride2 * (planes - 1), -stride2
    return start, stride, stride2


def random_transfer(rng: random.Random) -> Transfer:
    length = rng.choice([*range(1, 10), 15, 16, 17, 32, 36, 100, 256, rng.randrange(1, 300), rng.randrange(1, 3000)])
    rows = rng.choice([1, 1, 2, 3, rng.randrange(1, 20)])
    planes = rng.choice([1, 1, 2, rng.randrange(1, 6)])
    while length * rows * planes > 20_000:
        rows, planes = (rows + 1) // 2, (planes + 1) // 2
    source, target = rng.choice([(L2, TCDM), (TCDM, L2), (L2, TCDM), (TCDM, L2), (TCDM, TCDM), (L2, L2)])
    src, src_stride, src_stride2 = random_side(rng, source, length, rows, planes)
    dst, dst_stride, dst_stride2 = random_side(rng, target, length, rows, planes)
    if rng.random() < 0.15:
        src, _, _ = random_side(rng, source, length, 1, 1)
        src_stride = src_stride2 = 0
    if rows == 1 and rng.random() < 0.5:
        rows = 0
    if planes == 1 and rng.random() < 0.5:
        planes = 0
    return Transfer(src, dst, length, src_stride, dst_stride, rows, src_stride2, dst_stride2, planes)


def random_padded(rng: random.Random) -> Transfer:
    """im2col of an output row, or a copy of an image with a border: windows stick out on all sides, or miss it."""
    channels = rng.choice([1, 2, 3, 7, 4, 4, 12, 64])  # in bytes
    width, height, kernel = rng.randrange(1, 20) * channels, rng.randrange(1, 20), rng.randrange(1, 6)
    pitch = width + rng.choice([0, 4, 32])
    image = L2_BASE + 0x8000 + rng.choice([0, 4, rng.randrange(64)])
    destination = TCDM_BASE + rng.choice([0, 4, rng.randrange(64)])
    if rng.random() < 0.3:
        image, destination = TCDM_BASE + 0x8000, L2_BASE + 4
    if rng.random() < 0.5:  # im2col
        length, rows, step = kernel * channels, kernel, channels * rng.choice([1, 2])
        planes = width // step + 1
        x, y = -channels * rng.randrange(kernel + 1), rng.randrange(-kernel, height + 1)
    else:
        border, rows, step, planes = rng.randrange(5) * channels, height + 2, 0, 1
        length, x, y = width + 2 * border, -border, -1
    pad = Pad(width, height, x, y, step, rng.choice([0, rng.getrandbits(32)]))
    return Transfer(image + y * pitch + x, destination, length, pitch, length, rows, step, length * rows, planes, pad)


def overlapping(transfer: Transfer) -> bool:
    """Whether bytes are both read and written (then the order of accesses, which is not promised, would show)."""
    spans = []
    for base, stride, stride2 in (
        (transfer.src, transfer.src_stride, transfer.src_stride2),
        (transfer.dst, transfer.dst_stride, transfer.dst_stride2),
    ):
        corners = [
            base + a * stride * (max(transfer.rows, 1) - 1) + b * stride2 * (max(transfer.planes, 1) - 1)
            for a in (0, 1)
            for b in (0, 1)
        ]
        spans.append((min(corners), max(corners) + transfer.length))
    return spans[0][0] < spans[1][1] and spans[1][0] < spans[0][1]


def apply(expected: dict[int, np.ndarray], writes: list[tuple[int, int, np.ndarray]]) -> None:
    for number, offset, data in writes:
        expected[number][offset : offset + len(data)] = data


def check(expected: dict[int, np.ndarray], what: object) -> None:
    for number, memory in expected.items():
        wrong = np.flatnonzero(memory != region(number))
        assert wrong.size == 0, f"{what}: {wrong.size} bytes of region {number} differ, first at {wrong[0]:#x}"
