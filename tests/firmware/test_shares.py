# SPDX-License-Identifier: Apache-2.0
"""Eight cores share a kernel's work evenly: which core has written what shows how its items were divided."""

import numpy as np
import pytest

from traindeploy.codegen.host_kernels import CORES, HostKernels

GUARD = np.float32(-1234.5)
FOUR = 4  # elements that an elementwise kernel's loop takes at a time


def written(kernels: HostKernels, kernel: str, arguments: dict[str, object], output: np.ndarray) -> list[int]:
    """Elements of ``output`` that each core writes when it runs alone."""
    counts = []
    for core in range(CORES):
        output[...] = GUARD
        kernels(kernel, arguments, [core])
        counts.append(int((output != GUARD).sum()))
    return counts


@pytest.mark.parametrize("n", [1, 4, 5, 31, 32, 33, 64, 100, 127, 128, 1000])
def test_elements_are_shared_in_fours(kernels: HostKernels, n: int) -> None:
    x, out = np.ones(n, np.float32), np.zeros(n, np.float32)
    counts = written(kernels, "td_add", {"a": x, "b": x, "out": out, "n": n}, out)
    assert sum(counts) == n
    assert max(counts) <= FOUR * -(-n // (FOUR * CORES))


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 16, 63, 64])
def test_rows_are_shared_one_by_one(kernels: HostKernels, rows: int) -> None:
    x, y = np.ones((rows, 3), np.float32), np.zeros((rows, 3), np.float32)
    counts = written(kernels, "td_softmax", {"x": x, "y": y, "rows": rows, "cols": 3}, y)
    assert sum(counts) == 3 * rows
    assert max(counts) <= 3 * -(-rows // CORES)
