# SPDX-License-Identifier: Apache-2.0
"""The errors that firmware/kernels/td_math.h and activation.c state, over dense sweeps, against float64.

The kernels compute exactly these values: tests/firmware compares them with the machine models bit for bit.
"""

import numpy as np
import pytest
from scipy.special import ndtr

from golden import fp32
from golden.machine import functions
from traindeploy.ir import Node

NODE = Node("only", "Gelu", [], [])  # the models read neither names nor attributes of it


def ulps(actual: np.ndarray, expected: np.ndarray) -> float:
    """Largest error in units in the last place of the float32 nearest to ``expected`` (at least 2**-149 * 2**23)."""
    nearest = np.maximum(np.abs(expected).astype(np.float32), np.float32(2.0**-126))
    return float(np.max(np.abs(actual.astype(np.float64) - expected) / np.spacing(nearest).astype(np.float64)))


def mantissas(first: float, last: float, step: int) -> np.ndarray:
    """Every ``step``-th float32 between two positive numbers."""
    low, high = (int(np.float32(v).view(np.uint32)) for v in (first, last))
    return np.arange(low, high, step, dtype=np.uint32).view(np.float32)


def test_recip_is_within_0_51_ulp_and_exact_for_powers_of_two():
    a = np.concatenate([mantissas(1, 2, 3), mantissas(2.0**-100, 2.0**100, 1009)])
    assert ulps(functions.recip(a), 1 / a.astype(np.float64)) <= 0.51
    powers = np.exp2(np.arange(-100, 101)).astype(np.float32)
    assert (functions.recip(powers) == 1 / powers).all()


def test_rsqrt_is_within_0_51_ulp():
    a = np.concatenate([mantissas(1, 4, 5), mantissas(2.0**-100, 2.0**100, 1009)])
    assert ulps(functions.rsqrt(a), 1 / np.sqrt(a.astype(np.float64))) <= 0.51


def test_exp_is_within_1_ulp_below_zero():
    x = -np.concatenate([mantissas(2.0**-30, 87.33, 301), np.linspace(0, 87.33, 1_000_000).astype(np.float32)])
    assert ulps(functions.exp(x), np.exp(x.astype(np.float64))) <= 1.0
    assert functions.exp(np.float32(0)) == 1
    assert functions.exp(np.float32(-0.0)) == 1
    assert not functions.exp(np.array([-87.4, -1e30, -np.inf], np.float32)).any()
    assert np.isnan(functions.exp(np.float32("nan")))


def test_log_is_within_1_ulp():
    a = np.concatenate([mantissas(0.5, 2, 7), mantissas(2.0**-100, 2.0**100, 1009)])
    a = a[a != 1]
    assert ulps(functions.log(a), np.log(a.astype(np.float64))) <= 1.0
    assert functions.log(np.float32(1)) == 0


@pytest.fixture(scope="module")
def sweep():
    positive = np.concatenate([mantissas(2.0**-40, 13, 501), np.linspace(0, 13, 1_000_000).astype(np.float32)])
    return np.concatenate([positive, -positive])


def test_normal_distribution_is_within_4_ulp(sweep):
    cdf, kernel = functions.normal(sweep)
    x = sweep.astype(np.float64)
    assert ulps(cdf, ndtr(x)) <= 4
    assert ulps(kernel, np.exp(-x * x / 2)) <= 1


def test_gelu_is_within_4_ulp(sweep):
    x = sweep.astype(np.float64)
    assert ulps(fp32.mul(sweep, functions.normal(sweep)[0]), x * ndtr(x)) <= 4


def test_gelu_slope_is_within_1_3e_7(sweep):
    from golden.machine.activation import gelu_grad

    x = sweep.astype(np.float64)
    (slope,) = gelu_grad(NODE, [np.ones_like(sweep), sweep], {})
    assert np.abs(slope - (ndtr(x) + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi))).max() <= 1.3e-7


def test_gelu_of_large_values_is_exact():
    from golden.machine.activation import gelu

    x = np.array([13.5, 1e30, -13.5, -1e30], np.float32)
    assert (gelu(NODE, [x], {})[0] == np.array([13.5, 1e30, -0.0, -0.0], np.float32)).all()


def test_normal_table_covers_all_segments():
    """One plus the magnitude stays below 16, so that the segment number stays below the table's end."""
    assert functions.NORMAL_TABLE.shape == (16, 8)
    assert 1 + functions.C["NORMAL_MAX"] < 16
