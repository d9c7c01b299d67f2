# SPDX-License-Identifier: Apache-2.0
"""Estimated cycles. They steer tiling and order; results never depend on them."""

from math import ceil

from traindeploy.target import NUM_CORES, HardwareConfig

SLOT = 150  # a barrier and core 0's work around it
REDMULE_START = 60
DMA_START = 40
DMA_ROW = 2
HYPER_START = 60
HYPER_BYTES_PER_CYCLE = 0.95
# Cycles per element and core, measured on the platform or estimated from the inner loops.
PER_ELEMENT = {
    "td_im2col": 2.2,
    "td_maxpool": 30.0,
    "td_add": 5.0,
    "td_mul": 5.0,
    "td_add_row": 5.0,
    "td_scale": 3.7,
    "td_relu": 3.7,
    "td_relu_grad": 7.0,
    "td_gelu": 60.0,
    "td_gelu_grad": 75.0,
    "td_layernorm": 16.0,
    "td_layernorm_grad": 22.0,
    "td_softmax": 41.0,
    "td_softmax_grad": 11.0,
    "td_reduce_sum": 3.0,
    "td_softmax_xent": 80.0,
    "td_softmax_xent_grad": 8.0,
    "td_sgd": 5.0,
    "td_transpose": 9.0,
}
GEMM_PER_MAC = 2.4


def kernel(name: str, elements: int) -> int:
    """Cycles of a kernel that visits ``elements``, divided over the cores."""
    return 120 + ceil(PER_ELEMENT[name] * elements / NUM_CORES)


def gemm_on_cores(m: int, n: int, k: int) -> int:
    return 80 + ceil(GEMM_PER_MAC * m * n * k / NUM_CORES) + 2 * m * k // NUM_CORES


def redmule(config: HardwareConfig, m: int, n: int, k: int) -> int:
    """Trigger to event: the tiles' compute time, or the port's if a short reduction makes it the bottleneck."""
    height, rows, columns = config.height, config.rows, config.tile_columns
    compute = ceil(n / height) * height * (config.pipe + 1)
    port = ceil(n / height) * height + rows * ceil(n / columns) + 2 * rows
    return REDMULE_START + ceil(m / rows) * ceil(k / columns) * max(compute, port) + columns + rows + config.pipe + 1


def dma(nbytes: int, rows: int) -> int:
    return DMA_START + ceil(nbytes / 8) + DMA_ROW * rows


def hyper(nbytes: int) -> int:
    return HYPER_START + ceil(nbytes / HYPER_BYTES_PER_CYCLE)
