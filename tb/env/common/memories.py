# SPDX-License-Identifier: Apache-2.0
"""The host memories of the running simulation as NumPy arrays, without copying, and the golden model of the DMA."""

import ctypes

import numpy as np

TCDM, L2, L3 = range(3)


def region(number: int) -> np.ndarray:
    """The bytes of host memory region ``number`` (uint8, 1-D); writes are seen by the hardware at once."""
    library = ctypes.CDLL(None)
    library.td_host_region.restype = ctypes.POINTER(ctypes.c_uint8)
    size = library.td_host_size(number)
    return np.ctypeslib.as_array(library.td_host_region(number), shape=(size,))


def fill_random(rng: np.random.Generator, *numbers: int) -> None:
    """Random bytes in all of each region, so that every stray write shows."""
    for number in numbers:
        memory = region(number)
        memory[:] = rng.integers(0, 256, memory.size, dtype=np.uint8)
