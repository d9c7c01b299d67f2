# SPDX-License-Identifier: Apache-2.0
"""What choices of a tile share.

A tiler enumerates candidates. Of each it says its footprint in L1, the traffic from L2 that it causes, and the time
that the engine computes; of those that fit it takes the one with the smallest estimated duration, the first of equals.
"""

from dataclasses import dataclass

from traindeploy.ir.program import Engine
from traindeploy.platform import HardwareConfig
from traindeploy.schedule import costs

LOAD_BYTES_PER_CYCLE = 6  # of the DMA's 8, starts of transfers and short rows included
TRAFFIC_WEIGHT = 0.1  # of loads that computation hides: they delay other transfers


@dataclass(frozen=True)
class OperandSize:
    """How an operand lies in L1: ``whole``, the bytes of its storage, or None if it comes tile by tile."""

    whole: int | None
    itemsize: int

    def footprint(self, elements: int, tiles: int) -> int:
        """Bytes in L1, for tiles of ``elements``; if there are several ``tiles``, the next one is loaded meanwhile.

        >>> OperandSize(None, 4).footprint(1000, 1), OperandSize(None, 4).footprint(1000, 5)
        (4000, 8000)
        >>> OperandSize(12288, 4).footprint(1000, 5)
        12288
        """
        if self.whole is not None:
            return self.whole
        return self.itemsize * elements * (2 if tiles > 1 else 1)

    def traffic(self, elements: int, times: int) -> int:
        """Bytes from L2 if all ``elements`` are loaded ``times``; what lies whole in L1 costs every choice the same: 0.

        >>> OperandSize(None, 4).traffic(8192, 3), OperandSize(12288, 4).traffic(3072, 3)
        (98304, 0)
        """
        return 0 if self.whole is not None else self.itemsize * elements * times


def duration(compute: int, traffic: int) -> float:
    """Estimated cycles of ``compute`` cycles beside ``traffic`` bytes: the longer one, and a little for the traffic.

    >>> duration(compute=1000, traffic=1200)  # 200 cycles of loads are hidden
    1020.0
    >>> duration(compute=100, traffic=1200)  # loads are the bottleneck
    220.0
    """
    loading = traffic / LOAD_BYTES_PER_CYCLE
    return max(compute, loading) + TRAFFIC_WEIGHT * loading


def product_cycles(config: HardwareConfig, engine: Engine, m: int, n: int, k: int) -> int:
    """Estimated cycles of one job (or td_gemm call) of m x n x k on ``engine``."""
    return costs.redmule(config, m, n, k) if engine == "redmule" else costs.gemm_on_cores(m, n, k)
