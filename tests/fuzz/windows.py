# SPDX-License-Identifier: Apache-2.0
"""Windows of convolutions and poolings."""

from tests.fuzz.network import Network


def window(net: Network) -> tuple[list[int], list[int], list[int]]:
    """Kernel, strides and pads (top, left, bottom, right)."""
    kernel = [int(k) for k in net.random.integers(1, 4, 2)]
    strides = [int(s) for s in net.random.integers(1, 3, 2)]
    pads = [int(p) for p in net.random.integers(0, 2, 4)] if net.maybe(0.5) else [0, 0, 0, 0]
    return kernel, strides, pads


def out_size(size: tuple[int, ...] | list[int], kernel: list[int], strides: list[int], pads: list[int]) -> list[int]:
    return [(size[i] + pads[i] + pads[i + 2] - kernel[i]) // strides[i] + 1 for i in (0, 1)]
