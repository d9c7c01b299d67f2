# SPDX-License-Identifier: Apache-2.0
"""The accuracy experiment's data are two domains, disjoint where they must be, and its table says what was measured."""

import numpy as np
import pytest

from tools import accuracy
from traindeploy.app import train


def test_handwritten_digits_are_fifty_a_class_and_all_others(tmp_path) -> None:
    chosen, rest = (np.load(path) for path in accuracy.handwritten(tmp_path, 8, seed=1))
    assert np.bincount(chosen["labels"]).tolist() == [50] * 10
    assert len(rest["labels"]) == 1797 - 500
    assert len({image.tobytes() for image in chosen["images"]} & {image.tobytes() for image in rest["images"]}) == 0
    other, _ = (np.load(path) for path in accuracy.handwritten(tmp_path, 8, seed=2))
    assert other["images"].tobytes() != chosen["images"].tobytes()


def test_printed_digits_are_images_that_differ(tmp_path) -> None:
    images, labels = accuracy.printed(8, 40)
    assert images.shape == (40, 8, 8)
    assert images.dtype == np.float32
    assert 0 <= images.min() < 0.1 < 0.5 < images.max() <= 1
    assert len({image.tobytes() for image in images}) == 40
    assert labels.tolist() == list(range(10)) * 4


def test_the_table_has_a_row_for_each_strategy(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "BUILD", tmp_path)
    monkeypatch.setattr(accuracy, "BUILD", tmp_path)
    wanted = accuracy.Wanted("cct_tiny", seeds=1, epochs=1, source_epochs=1, source_samples=60)
    text = accuracy.table(wanted, accuracy.experiment(wanted, tmp_path / "data"))
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    assert rows == ["strategy", *accuracy.PUBLISHED]
