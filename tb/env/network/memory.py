# SPDX-License-Identifier: Apache-2.0
"""The simulated memories as NumPy arrays: the hardware's own bytes, seen through ctypes."""

import ctypes
from collections.abc import Mapping

import numpy as np

from traindeploy.platform import L2, L3, TCDM

# level -> (region of tb/models/host_memory.cpp, address of its first byte)
REGIONS = {"L1": (0, TCDM.base), "L2": (1, L2.base), "L3": (2, L3.base)}


class MemoryMap:
    """Views of L1, L2 and L3 by the addresses that hardware and programs use."""

    def __init__(self, regions: Mapping[str, np.ndarray]) -> None:
        """``regions``: level -> its bytes (uint8)."""
        self.regions = dict(regions)

    @classmethod
    def of_simulator(cls) -> "MemoryMap":
        """The memories of the simulator that this process runs in."""
        library = ctypes.CDLL(None)
        library.td_host_region.restype = ctypes.POINTER(ctypes.c_uint8)
        library.td_host_size.restype = ctypes.c_uint32
        return cls(
            {
                level: np.ctypeslib.as_array(library.td_host_region(index), (library.td_host_size(index),))
                for level, (index, _) in REGIONS.items()
            }
        )

    def scramble(self, seed: int) -> None:
        """Fill L1, L2 and L3 with random bytes: real memories power up with anything."""
        rng = np.random.default_rng(seed)
        for region in self.regions.values():
            region[:] = np.frombuffer(rng.bytes(region.size), np.uint8)

    def bytes_at(self, level: str, address: int, size: int) -> np.ndarray:
        """``size`` bytes from ``address`` (a view). ValueError if they do not lie in ``level``."""
        if level not in REGIONS:
            raise ValueError(f"unknown memory level {level!r}, expected one of {', '.join(REGIONS)}")
        offset = address - REGIONS[level][1]
        region = self.regions[level]
        if offset < 0 or offset + size > region.size:
            raise ValueError(f"{size} bytes at {address:#x} are not within {level} ({region.size} bytes)")
        return region[offset : offset + size]

    def tensor(
        self, level: str, address: int, shape: tuple[int, ...], dtype: str, strides: tuple[int, ...] | None = None
    ) -> np.ndarray:
        """A view of the tensor at ``address``; ``strides`` in bytes (default: dense row-major)."""
        item = np.dtype(dtype).itemsize
        if strides is None:
            size = int(np.prod(shape, dtype=np.int64)) * item
            return self.bytes_at(level, address, size).view(dtype).reshape(shape)
        span = sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) + item
        flat = self.bytes_at(level, address, span)
        return np.ndarray(shape, dtype, flat.data, 0, strides)

    def level_of(self, address: int) -> str | None:
        """The memory-mapped level that holds ``address``; L3 has no addresses on the bus."""
        for level in ("L1", "L2"):
            base = REGIONS[level][1]
            if base <= address < base + self.regions[level].size:
                return level
        return None
