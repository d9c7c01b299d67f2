# SPDX-License-Identifier: Apache-2.0
"""A call's place in L1: a window that holds a guard word wherever no operand or output lies."""

from dataclasses import dataclass

import numpy as np

from traindeploy.platform import TCDM_ARENA
from traindeploy.verify.call import GUARD, Call, argument_words

LINE = 64  # bytes that a window is aligned to, and that it has of guard at either end
GUARD_WORD = int(GUARD.view(np.uint32))
LARGEST = TCDM_ARENA.size - 2 * LINE


@dataclass(frozen=True)
class Window:
    """``before`` and ``after`` are its words when the kernel begins, and when it has ended; ``addresses`` of buffers.

    ``copies`` are the buffers that hold something when it begins, (address, words).
    """

    base: int
    before: np.ndarray
    after: np.ndarray
    addresses: dict[str, int]
    copies: tuple[tuple[int, np.ndarray], ...]
    arguments: np.ndarray

    def words_of(self, name: str, like: np.ndarray, window: np.ndarray) -> np.ndarray:
        """Buffer ``name`` in ``window``, of the shape and type of ``like``."""
        first = (self.addresses[name] - self.base) // 4
        return window[first : first + like.size].view(like.dtype).reshape(like.shape)


def span(call: Call, gap: int = 0) -> int:
    """Bytes of the window without what alignment adds."""
    distinct = {id(buffer): buffer.nbytes for buffer in call.buffers.values()}
    return sum(distinct.values()) + gap * len(distinct) + 4 * LINE


def place(call: Call, rng: np.random.Generator, alignment: int, as_compiled: bool = False) -> Window:
    """Put the buffers one behind the other, the first ``alignment`` bytes behind a multiple of 64, 1 to 5 words apart.

    ``as_compiled``: each at a multiple of 64, where the compiler puts them, which decides which banks of L1 collide.
    ValueError if they do not fit.
    """
    at, placed = LINE + alignment, {}
    buffers: dict[int, np.ndarray] = {}
    addresses: dict[str, int] = {}
    for name, buffer in call.buffers.items():
        if id(buffer) not in placed:
            placed[id(buffer)], buffers[id(buffer)] = at, buffer
            at += buffer.nbytes + 4 * int(rng.integers(1, 6))
            at = -(-at // LINE) * LINE if as_compiled else at
        addresses[name] = placed[id(buffer)]
    size = -(-(at + LINE) // LINE) * LINE
    if size > TCDM_ARENA.size:
        raise ValueError(f"{call.name}: {size} bytes do not fit into {TCDM_ARENA.size} bytes of L1")
    base = TCDM_ARENA.base + LINE * int(rng.integers(0, (TCDM_ARENA.size - size) // LINE + 1))
    before = np.full(size // 4, GUARD_WORD, np.uint32)
    copies = []
    for key, buffer in buffers.items():
        words = np.ascontiguousarray(buffer).reshape(-1).view(np.uint32)
        first = placed[key] // 4
        if (words != GUARD_WORD).any():
            before[first : first + words.size] = words
            copies.append((base + placed[key], words))
    after = before.copy()
    for name, expected in call.outputs.items():
        words = np.ascontiguousarray(expected).reshape(-1).view(np.uint32)
        first = addresses[name] // 4
        after[first : first + words.size] = words
    absolute = {name: base + offset for name, offset in addresses.items()}
    return Window(base, before, after, absolute, tuple(copies), argument_words(call, absolute))
