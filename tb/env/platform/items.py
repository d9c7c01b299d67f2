# SPDX-License-Identifier: Apache-2.0
"""What the platform's monitors see: work of an engine, a barrier of the cores."""

from dataclasses import dataclass
from typing import Literal

from traindeploy.records.timeline import Barrier, EngineWork

Lane = Literal["dma", "hyperbus", "redmule"]
LANES: tuple[Lane, ...] = ("dma", "hyperbus", "redmule")


@dataclass(frozen=True)
class Work:
    """The ``number``-th transfer or job of an engine since the first fetch, in the order of the commits."""

    lane: Lane
    number: int
    seen: EngineWork


@dataclass(frozen=True)
class BarrierPassed:
    """The ``number``-th barrier of all cores since the first fetch."""

    number: int
    seen: Barrier
