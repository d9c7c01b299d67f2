# SPDX-License-Identifier: Apache-2.0
"""What a descriptor holds: the fields of transfers, and a kernel's arguments in the order of their struct."""

import struct
from typing import Any

import numpy as np

from traindeploy.ir.program import Call, Dma, Hyper, Ref
from traindeploy.ops import KERNELS


class Address(int):
    """An address that C takes as an integer."""


class Pointer(int):
    """An address that C takes as a pointer."""


def dma_fields(dma: Dma) -> list[int]:
    """Of a td_dma_t."""
    return [
        Address(dma.source.address), Address(dma.destination.address), dma.length, dma.source_stride,
        dma.destination_stride, dma.rows,
        dma.source_stride2, dma.destination_stride2, dma.planes,
    ]  # fmt: skip


def hyper_fields(hyper: Hyper) -> list[int]:
    """Of a td_hyper_t."""
    return [Address(hyper.l3), Address(hyper.l2.address), hyper.length, int(hyper.to_l3)]


def arguments(call: Call) -> list[Any]:
    """Values in the order of the kernel's argument struct."""
    values = [call.args[name] for name in KERNELS[call.kernel].arguments]
    return [Pointer(value.address) if isinstance(value, Ref) else value for value in values]


def bits(value: Any) -> int:
    """The word of a value: an address, a number, a float's bits, 0 for a null pointer."""
    if isinstance(value, float | np.floating):
        return int(struct.unpack("<I", struct.pack("<f", float(value)))[0])
    return int(value or 0) & 0xFFFF_FFFF
