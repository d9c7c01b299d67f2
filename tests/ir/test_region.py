# SPDX-License-Identifier: Apache-2.0
"""Boxes agree with the sets of elements that they stand for."""

import numpy as np

from traindeploy.ir.region import Box, dense_in, flat, locate


def elements(box: Box) -> list[int]:
    found = np.array([box.offset])
    for count, stride in box.dims:
        found = (found[:, None] + np.arange(count) * stride).reshape(-1)
    return found.tolist()


def random_box(rng: np.random.Generator) -> Box:
    """A tile of a matrix, or of a stack of matrices, of 12 x 10."""
    rows, cols = int(rng.integers(1, 5)), int(rng.integers(1, 11))
    row, col = int(rng.integers(0, 13 - rows)), int(rng.integers(0, 11 - cols))
    if rng.integers(2):
        return Box("t", row * 10 + col, ((rows, 10), (cols, 1)), 4)
    return Box("t", row * 10 + col, ((2, 120), (rows, 10), (cols, 1)), 4)


def test_canonical_boxes_hold_the_same_elements_in_the_same_order() -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        box = random_box(rng)
        assert elements(box.canonical) == elements(box)
    assert Box("t", 0, ((4, 10), (10, 1)), 4).canonical == flat("t", 0, 40, 4)
    assert Box("t", 3, ((4, 10), (1, 1)), 4).canonical.dims == ((4, 10), (1, 1))


def test_overlap_is_exact() -> None:
    rng = np.random.default_rng(2)
    found = {True: 0, False: 0}
    for _ in range(2000):
        a, b = random_box(rng), random_box(rng)
        expected = bool(set(elements(a)) & set(elements(b)))
        assert a.overlaps(b) == expected == b.overlaps(a)
        found[expected] += 1
    assert min(found.values()) > 300
    assert not Box("t", 0, ((64, 128), (64, 1)), 4).overlaps(Box("t", 64, ((64, 128), (64, 1)), 4))


def test_located_elements_are_those_of_the_container() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(3000):
        container, box = random_box(rng), random_box(rng)
        inside = elements(container.canonical)
        found = locate(container, box)
        if found is None:
            # Whole rows of a contiguous container are always found.
            assert not (container.contiguous and set(elements(box)) <= set(inside))
            continue
        held += 1
        offset, strides = found
        where = elements(Box("l1", offset, tuple((c, s) for (c, _), s in zip(box.dims, strides, strict=True)), 4))
        assert [inside[i] for i in where] == elements(box)
        dense = dense_in(container, box)
        assert (dense is not None) == (where == list(range(where[0], where[0] + len(where))))
    assert held > 60


def test_a_head_lies_in_its_tensor_with_the_tensors_pitch() -> None:
    whole = flat("q", 0, 64 * 128, 4)
    head = Box("q", 64, ((64, 128), (64, 1)), 4)
    assert locate(whole, head) == (64, (128, 1))
    assert dense_in(whole, head) is None
