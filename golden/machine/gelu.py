# SPDX-License-Identifier: Apache-2.0
"""GELU, exact form, and its gradient (firmware/kernels/gelu.c)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from golden.fp32 import fma, mul
from golden.machine.functions import C, normal
from traindeploy.ir import Node


def gelu(node: Node, inputs: list[np.ndarray], attrs: Mapping[str, Any]) -> list[np.ndarray]:
    """x * Phi(x)"""
    (x,) = inputs
    return [mul(x, normal(x)[0])]


def gelu_grad(node: Node, inputs: list[np.ndarray], attrs: Mapping[str, Any]) -> list[np.ndarray]:
    """dy * (Phi(x) + x * phi(x))"""
    dy, x = inputs
    cdf, kernel = normal(x)
    return [mul(dy, fma(x, mul(kernel, C["INV_SQRT_2PI"]), cdf))]


OPS = {"Gelu": gelu, "GeluGrad": gelu_grad}
