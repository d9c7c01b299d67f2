# SPDX-License-Identifier: Apache-2.0
"""Estimated cycles. They steer tiling and order; results never depend on them."""

from math import ceil

from traindeploy.ops import KERNELS
from traindeploy.platform import NUM_CORES, HardwareConfig

SLOT = 150  # a barrier and core 0's work around it
REDMULE_START = 60
DMA_START = 40
DMA_ROW = 2
HYPER_START = 60
HYPER_BYTES_PER_CYCLE = 0.95
GEMM_PER_MAC = 2.4


def kernel(name: str, elements: int) -> int:
    """Cycles of a kernel of the catalogue that visits ``elements``, divided over the cores."""
    return 120 + ceil(KERNELS[name].cycles * elements / NUM_CORES)


def gemm_on_cores(m: int, n: int, k: int) -> int:
    """Cycles of X[M,N].W[N,K] on the eight cores."""
    return 80 + ceil(GEMM_PER_MAC * m * n * k / NUM_CORES) + 2 * m * k // NUM_CORES


def redmule(config: HardwareConfig, m: int, n: int, k: int) -> int:
    """Trigger to event: the tiles' compute time, or the port's if a short reduction makes it the bottleneck."""
    height, rows, columns = config.height, config.rows, config.tile_columns
    compute = ceil(n / height) * columns
    port = ceil(n / height) * height + rows * ceil(n / columns) + 2 * rows
    return REDMULE_START + ceil(m / rows) * ceil(k / columns) * max(compute, port) + columns + rows + config.pipe + 1


def dma(nbytes: int, rows: int) -> int:
    """Cycles of a transfer between L2 and L1, of ``rows`` separate pieces."""
    return DMA_START + ceil(nbytes / 8) + DMA_ROW * rows


def hyper(nbytes: int) -> int:
    """Cycles of a transfer between L3 and L2."""
    return HYPER_START + ceil(nbytes / HYPER_BYTES_PER_CYCLE)
