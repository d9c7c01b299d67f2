# SPDX-License-Identifier: Apache-2.0
"""A checkpoint is whole or not there, and what is read is what was written."""

import numpy as np
import pytest

from traindeploy.errors import UserError
from traindeploy.records.training import Epoch, TrainingConfiguration
from traindeploy.train import checkpoint
from traindeploy.train.checkpoint import Progress, State

START = Epoch(epoch=0, steps=0, loss=float("nan"), accuracy=0.0, validation_loss=2.5, validation_accuracy=0.1)


def state() -> State:
    progress = Progress(
        configuration=TrainingConfiguration(), inputs="ab", start=START, loss=0.1 + 0.2, steps=7, losses="00"
    )
    weights = {"/fc/w": np.array([1.5, -0.0, np.nan], np.float32), "file": np.ones((2, 3), np.float32)}
    return State(progress, weights, {"file": np.zeros((2, 3), np.float32)})


def test_what_is_read_is_what_was_written(tmp_path) -> None:
    checkpoint.write(state(), tmp_path / "c.npz")
    found = checkpoint.read(tmp_path / "c.npz")
    assert found is not None
    assert repr(found.progress) == repr(state().progress)
    assert checkpoint.digest(found.now) == checkpoint.digest(state().now)
    assert checkpoint.digest(found.best) == checkpoint.digest(state().best)
    assert [path.name for path in tmp_path.iterdir()] == ["c.npz"]


def test_there_may_be_none(tmp_path) -> None:
    assert checkpoint.read(tmp_path / "c.npz") is None


def test_a_write_that_fails_leaves_the_old_one(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c.npz"
    checkpoint.write(state(), path)
    before = path.read_bytes()
    monkeypatch.setattr("os.fsync", lambda _file: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        checkpoint.write(state(), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.9, 0.99])
def test_a_damaged_one_is_one_line(tmp_path, place: float) -> None:
    path = tmp_path / "c.npz"
    checkpoint.write(state(), path)
    damaged = bytearray(path.read_bytes())
    first = int(place * len(damaged))
    for i in range(first, min(first + 40, len(damaged))):
        damaged[i] ^= 0x55
    path.write_bytes(damaged)
    with pytest.raises(UserError, match="FRESH=1"):
        checkpoint.read(path)


@pytest.mark.parametrize("length", [0, 10, 500])
def test_a_cut_one_is_one_line(tmp_path, length: int) -> None:
    path = tmp_path / "c.npz"
    checkpoint.write(state(), path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(UserError, match="FRESH=1"):
        checkpoint.read(path)


def test_a_weight_of_another_bit_has_another_digest() -> None:
    one, other = state().now, state().now
    other["/fc/w"].view(np.uint32)[0] ^= 1
    assert checkpoint.digest(one) != checkpoint.digest(other)
