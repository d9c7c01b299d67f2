# SPDX-License-Identifier: Apache-2.0
"""What the memories held at a place of a run, and what the machine model makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from golden.program import Machine
from traindeploy.ir.program import Call
from traindeploy.platform import L2, L3, TCDM
from traindeploy.records.arrays import read_arrays
from traindeploy.records.program import Level
from traindeploy.triage.actions import WORD, Piece

Bits = npt.NDArray[np.uint32]
BASES: dict[Level, int] = {"L1": TCDM.base, "L2": L2.base, "L3": L3.base}


@dataclass(frozen=True)
class State:
    """Bytes by (level, address of the first): L1 and L2 whole, of L3 some pieces."""

    parts: Mapping[tuple[Level, int], npt.NDArray[np.uint8]]

    @classmethod
    def read(cls, path: Path) -> "State":
        """From what the bench kept (``tb.env.network.watch``)."""
        parts: dict[tuple[Level, int], npt.NDArray[np.uint8]] = {}
        for name, data in read_arrays(path).items():
            level: Level = "L1" if name == "L1" else "L2" if name == "L2" else "L3"
            parts[level, int(name.partition("@")[2] or "0", 0) + BASES[level]] = data
        return cls(parts)

    def holds(self, piece: Piece) -> bool:
        """Whether all of ``piece`` was kept."""
        return self._part(piece) is not None

    def bits(self, piece: Piece) -> Bits:
        """The words of ``piece`` in order. KeyError if they were not kept."""
        part = self._part(piece)
        if part is None:
            raise KeyError(f"{piece.level} {piece.address:#x}")
        return _words(self.parts[part])[(piece.words - part[1]) // WORD]

    def after(self, call: Call) -> "State":
        """What the machine model leaves behind when it makes ``call`` here."""
        machine = Machine.__new__(Machine)
        copies = {level: self.parts[level, BASES[level]].copy() for level in ("L1", "L2")}
        machine.memories = {BASES[level]: copies[level] for level in ("L1", "L2")}
        with np.errstate(all="ignore"):
            machine.call(call)
        return State({**self.parts, **{(level, BASES[level]): copies[level] for level in ("L1", "L2")}})

    def _part(self, piece: Piece) -> tuple[Level, int] | None:
        for (level, base), part in self.parts.items():
            if level == piece.level and base <= piece.address and piece.end <= base + part.size:
                return level, base
        return None


def _words(part: npt.NDArray[np.uint8]) -> Bits:
    return part[: part.size // WORD * WORD].view(np.uint32)
