# SPDX-License-Identifier: Apache-2.0
"""A case shrinks to the part that fails, with its pointers moved to it; where nothing smaller fails, it stays."""

from dataclasses import replace

import numpy as np
import pytest

from traindeploy.ops import KERNELS
from traindeploy.records.triage import CaseArea, TriageCase
from traindeploy.triage.case import Memory, expected, piece, whole
from traindeploy.triage.shrink import axes, shrink

X, W, Y, Z = 0x1000_0000, 0x1000_1000, 0x1000_2000, 0x1000_3000


def product(m: int, n: int, k: int, flags: int = 0) -> TriageCase:
    return TriageCase(
        agent="redmule", label="p", kernel="td_gemm", config="compact",
        pointers={"x": X, "w": W, "y": Y, "z": Z},
        sizes={"m": m, "n": n, "k": k, "flags": flags, "x_pitch": 4 * (m if flags & 1 else n),
               "w_pitch": 4 * (n if flags & 2 else k), "y_pitch": 4 * k, "z_pitch": 4 * k},
        areas=(CaseArea(name="z", level="L1", address=Z, dims=((m, 4 * k), (k, 4))),),
    )  # fmt: skip


@pytest.mark.parametrize("flags", range(8))
def test_a_product_shrinks_to_the_element_that_is_wrong(flags):
    """Wherever the element lies, and however the operands are stored, the smaller product still computes it."""
    case = product(8, 16, 12, flags)
    rng = np.random.default_rng(flags)
    memory: Memory = {("L1", X): np.frombuffer(rng.normal(size=4096).astype(np.float32).tobytes(), np.uint8)}
    state = whole(memory)
    row, column = 5, 7
    right = expected(case, state)[0].reshape(8, 12)[row, column]
    target = Z + 4 * (12 * row + column)

    def fails(candidate: TriageCase) -> bool:
        """Whether it writes the element; of the whole reduction, else its value would be another."""
        if candidate.sizes["n"] < 16:
            return False
        words = piece(case.areas[0]).words.tolist()
        return bool(expected(candidate, state)[0][words.index(target)] == right)

    small = shrink(case, fails, 200).case
    assert (small.sizes["m"], small.sizes["n"], small.sizes["k"]) == (1, 16, 1)
    assert small.pointers["z"] == target


def test_nothing_shrinks_where_only_the_whole_fails():
    case = product(4, 4, 4)
    small = shrink(case, lambda candidate: candidate == case, 200)
    assert small.case == case
    assert small.trials == 6


def test_trials_are_bounded():
    tried: list[TriageCase] = []

    def fails(candidate: TriageCase) -> bool:
        tried.append(candidate)
        return True

    assert shrink(product(64, 64, 64), fails, 5).trials == 5
    assert len(tried) == 5


def test_a_transfer_shrinks_to_the_word_that_is_wrong():
    case = TriageCase(
        agent="dma", label="t", config="compact", pointers={"src": X, "dst": Z},
        sizes=dict(len=64, src_stride=256, dst_stride=64, rows=8, planes=1, src_stride2=0, dst_stride2=0),
        areas=(CaseArea(name="d", level="L1", address=Z, dims=((1, 0), (8, 64), (16, 4))),),
    )  # fmt: skip
    word = Z + 3 * 64 + 60

    def fails(candidate: TriageCase) -> bool:
        rows = range(candidate.pointers["dst"], candidate.pointers["dst"] + 64 * candidate.sizes["rows"], 64)
        return any(start <= word < start + candidate.sizes["len"] for start in rows)

    small = shrink(case, fails, 200).case
    assert (small.sizes["rows"], small.sizes["len"]) == (1, 4)
    assert (small.pointers["src"], small.pointers["dst"]) == (X + 3 * 256 + 60, word)


@pytest.mark.parametrize("kernel", KERNELS)
def test_every_axis_is_a_size_of_its_kernel(kernel):
    declared = KERNELS[kernel]
    case = replace(
        product(4, 4, 4), agent="cores", kernel=kernel, sizes=dict.fromkeys(declared.sizes, 4),
        pointers={port.field: X for port in (*declared.inputs, *declared.outputs)},
    )  # fmt: skip
    for axis in axes(case):
        assert axis.size in declared.sizes
        assert set(axis.steps) <= set(case.pointers)
