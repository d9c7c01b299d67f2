# SPDX-License-Identifier: Apache-2.0
"""FP32 beside float64: all see the same, start together, and drift apart by roundings, not by more."""

from pathlib import Path

import numpy as np

from tools import numerics
from traindeploy.app.train_options import TrainOptions


def test_the_trainings_start_together_and_are_not_the_same() -> None:
    found = numerics.compared(TrainOptions(model="cct_tiny", strategy="lora2", epochs=2, samples=12))
    apart = np.abs(found.losses[:, :1] - found.losses[:, 1:])
    assert found.losses.shape == (24, 3)
    assert (apart[0] > 0).all()
    assert (apart[0] < 1e-5).all()
    assert all(0 < each < 1e-3 for each in found.weights)
    assert found.classes.shape == (len(found.labels), 3)


def test_a_difference_of_a_step_is_seen() -> None:
    losses = np.array([[1.0, 1.0, 1.5], [0.5, 0.25, 0.5]])
    found = numerics.Found(losses, np.array([[1, 1, 1], [2, 3, 2]]), np.array([1, 2]), (0.5, 0.25))
    wanted = ["2", "50.00 %", "100.00 %", "100.00 %", "1 of 2", "0"]
    assert found.row == [*wanted, "0.0e+00", "2.5e-01", "5.0e-01", "5.0e-01", "2.5e-01"]


def test_the_table_of_the_page_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- measured numerics: begin -->\nold\n<!-- measured numerics: end -->\nb\n")
    numerics.write(page, "new\n")
    assert page.read_text() == "a\n<!-- measured numerics: begin -->\nnew\n<!-- measured numerics: end -->\nb\n"
