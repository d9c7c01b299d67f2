# SPDX-License-Identifier: Apache-2.0
"""The checker of a run sees one wrong bit of every kind of output: level, type, shape, dense or a view."""

from typing import Any

import numpy as np
import pytest

from tb.env.network.checker import Checker, Expected
from tb.env.network.memory import REGIONS, MemoryMap
from traindeploy.records.program import Level, OperatorDescription, Placement, ProgramDescription

SIZE = 1 << 20
KINDS: dict[str, tuple[tuple[int, ...], tuple[int, ...] | None]] = {
    "scalar": ((1,), None),
    "one dimension": ((1003,), None),
    "matrix": ((33, 17), None),
    "large": ((64, 1001), None),
    "image": ((1, 8, 8, 3), None),
    "columns of a matrix": ((33, 17), (4 * 40, 4)),
    "transposed": ((17, 33), (4, 4 * 17)),
    "heads": ((2, 9, 5), (4 * 5, 4 * 10, 4)),
    "one dimension, every third element": ((101,), (12,)),
}


def fixed(values: np.ndarray) -> Expected:
    """What is expected in every step."""
    return lambda _: {"t": values}


def checker_of(level: Level, kind: str, dtype: str) -> tuple[Checker, np.ndarray]:
    """A checker of one output of that kind that lies right in memory, and a writable view of the output."""
    shape, strides = KINDS[kind]
    memory = MemoryMap({name: np.zeros(SIZE, np.uint8) for name in REGIONS})
    address = REGIONS[level][1] + 4096
    values = np.random.default_rng(3).integers(0, 1 << 31, shape, np.int32)
    expected = values if dtype == "int32" else values.view(np.float32)
    view = memory.tensor(level, address, shape, dtype, strides)
    view[...] = expected
    output = Placement(tensor="t", level=level, address=address, shape=shape, dtype=dtype, strides=strides)
    operator = OperatorDescription(index=0, name="op", kind="Add", engine="cores", phase="forward", outputs=(output,))
    return Checker(ProgramDescription(operators=(operator,)), memory, fixed(expected.copy())), view


def verdict(checker: Checker) -> Any:
    checker.begin_step(0, 0)
    result = checker.complete(0, 10)
    checker.finish(20)
    return result


@pytest.mark.parametrize("level", ["L1", "L2", "L3"])
@pytest.mark.parametrize("dtype", ["float32", "int32"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_wrong_bit_is_seen_wherever_the_output_lies(level: Level, dtype: str, kind: str) -> None:
    shape, _ = KINDS[kind]
    size = int(np.prod(shape))
    checker, _ = checker_of(level, kind, dtype)
    assert verdict(checker).elements == size
    assert (checker.mismatches, checker.complaints) == ([], [])
    for flat in sorted({0, size // 2, size - 1}):
        for bit in (0, 22, 31):
            checker, view = checker_of(level, kind, dtype)
            index = np.unravel_index(flat, shape)
            view.view(np.uint32)[index] ^= np.uint32(1 << bit)
            assert verdict(checker).max_ulp != 0
            (mismatch,) = checker.mismatches
            assert (mismatch.index, mismatch.wrong, mismatch.size) == (tuple(map(int, index)), 1, size)
            assert int(mismatch.actual_hex, 16) ^ int(mismatch.expected_hex, 16) == 1 << bit
            assert (mismatch.level, mismatch.tensor) == (level, "t")


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_between_the_elements_of_a_view_does_not_matter(kind: str) -> None:
    checker, view = checker_of("L2", kind, "float32")
    inside = view.copy()
    checker.memory.regions["L2"][:] ^= 0xFF
    view[...] = inside
    verdict(checker)
    assert (checker.mismatches, checker.complaints) == ([], [])


@pytest.mark.parametrize("actual", [np.nan, 1.0])
def test_nan_against_a_number_fails_whichever_side_has_it(actual: float) -> None:
    checker, view = checker_of("L2", "one dimension", "float32")
    other = np.array(view)
    view[-1], other[-1] = actual, 1.0 if np.isnan(actual) else np.nan
    checker.expected = fixed(other)
    assert verdict(checker).max_ulp == -1
    assert [m.ulp for m in checker.mismatches] == [-1]
    assert checker.mismatches[0].index == (1002,)


def test_the_same_nan_on_both_sides_is_equal_and_another_one_is_not() -> None:
    for bits, wrong in ((0x7FC0_0000, 0), (0x7FC0_0001, 1)):
        checker, view = checker_of("L2", "one dimension", "float32")
        other = np.array(view)
        other[5] = np.nan
        view.view(np.uint32)[5] = bits
        checker.expected = fixed(other)
        verdict(checker)
        assert len(checker.mismatches) == wrong


@pytest.mark.parametrize(
    "expected",
    [np.zeros(1002, np.float32), np.zeros(1004, np.float32), np.zeros(1003, np.int32), np.zeros(1003, np.float64)],
)
def test_an_output_of_another_size_or_type_is_a_complaint(expected: np.ndarray) -> None:
    checker, _ = checker_of("L2", "one dimension", "float32")
    checker.expected = fixed(expected)
    verdict(checker)
    assert any("was expected" in complaint for complaint in checker.complaints)


def test_a_tensor_beyond_the_end_of_its_memory_is_refused() -> None:
    memory = MemoryMap({name: np.zeros(SIZE, np.uint8) for name in REGIONS})
    base = REGIONS["L2"][1]
    for address, shape, strides in ((base + SIZE - 4, (2,), None), (base - 4, (2,), None), (base, (2,), (SIZE,))):
        with pytest.raises(ValueError, match="not within L2"):
            memory.tensor("L2", address, shape, "float32", strides)


def test_an_expected_tensor_that_no_operator_brings_is_a_complaint() -> None:
    checker, view = checker_of("L2", "one dimension", "float32")
    checker.expected = lambda _: {"t": np.array(view), "u": np.zeros(3, np.float32), "v": np.zeros(3, np.float32)}
    verdict(checker)
    assert checker.mismatches == []
    assert checker.complaints == ["step 0: 2 tensors never compared, first 'u'"]


def test_what_is_written_back_behind_the_last_step_is_compared_in_l3_too() -> None:
    for wrong in (False, True):
        checker, view = checker_of("L2", "matrix", "float32")
        (output,) = checker.program.operators[0].outputs
        home = Placement(tensor="t", level="L3", address=REGIONS["L3"][1] + 64, shape=output.shape)
        checker.program = ProgramDescription(operators=checker.program.operators, at_end=(home,))
        written = checker.memory.tensor("L3", home.address, home.shape, "float32", None)
        written[...] = view
        written[3, 4] *= 1 + wrong
        verdict(checker)
        assert [(m.level, m.wrong) for m in checker.mismatches] == [("L3", 1)] * wrong
        assert checker.complaints == []


def test_an_operator_that_never_reports_and_a_step_too_few_are_complaints() -> None:
    checker, _ = checker_of("L2", "one dimension", "float32")
    checker.program = ProgramDescription(operators=checker.program.operators, steps=2)
    checker.begin_step(0, 0)
    checker.finish(20)
    assert checker.complaints == [
        "step 0: 1 operators never reported, first 'op'",
        "step 0: 1 tensors never compared, first 't'",
        "1 of 2 steps were run",
    ]
