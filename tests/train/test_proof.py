# SPDX-License-Identifier: Apache-2.0
"""Which steps of a training are kept to be proven, and that a proof can fail."""

import numpy as np
import pytest

from tests.train.running import trained
from traindeploy.errors import UserError
from traindeploy.records.verdict import Verdict
from traindeploy.train import proof


def test_first_and_last_are_among_them() -> None:
    for count in range(2, 12):
        found = proof.chosen(count, 50, 3)
        assert len(found) == count
        assert {1, 50} <= found <= set(range(1, 51))
    assert proof.chosen(0, 50, 3) == set()
    assert proof.chosen(1, 50, 3) == {1}
    assert proof.chosen(80, 50, 3) == set(range(1, 51))
    assert proof.chosen(5, 5000, 1) != proof.chosen(5, 5000, 2)


def test_steps_are_kept_with_what_they_began_with(tmp_path) -> None:
    weights, sample = {"w": np.ones(3, np.float32)}, {"/x": np.zeros(2, np.float32)}
    after = {"w": np.zeros(3, np.float32)}
    proof.keep(proof.kept_step(4, weights, sample, after), tmp_path / "proof", last=False)
    proof.keep(proof.kept_step(9, weights, sample, after), tmp_path / "proof", last=True)
    found = proof.read_all(tmp_path / "proof")
    assert [kept.step for kept in found] == [4, 9]
    assert found[0].before["w"].tobytes() == weights["w"].tobytes()
    assert list(found[1].sample) == ["/x"]


def test_steps_that_were_trained_without_being_kept_are_not_left_unproven(tmp_path, monkeypatch) -> None:
    small = {"strategy": "lp", "epochs": 1, "samples": 10}
    trained(tmp_path, monkeypatch, **small)
    with pytest.raises(UserError, match=r"PROVE=2: .*checkpoint.npz has gone past step 1, which was not kept"):
        trained(tmp_path, monkeypatch, **small, prove=2)
    trained(tmp_path, monkeypatch, **small)  # what is there still goes on without


def test_steps_of_a_training_are_equal_on_the_rtl(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = trained(tmp_path, monkeypatch, epochs=2, samples=20, prove=3, config="compact")
    assert found.passed
    assert [one.verdict for one in found.proven] == [Verdict.PASSED] * 3
    assert found.proven[0].step == 1
    assert found.proven[-1].step == 40
    assert all(one.tensors == found.proven[0].tensors > 100 for one in found.proven)
    real = proof.read_all

    def forged(folder):
        kept = real(folder)
        name = next(iter(kept[-1].before))
        kept[-1].before[name].reshape(-1).view(np.uint32)[0] ^= 1
        return kept

    monkeypatch.setattr("traindeploy.train.proof.read_all", forged)
    failed = trained(tmp_path, monkeypatch, epochs=2, samples=20, prove=3, config="compact")
    assert not failed.passed
    assert [one.verdict for one in failed.proven[:2]] == [Verdict.PASSED] * 2
    assert "weights behind this step" in failed.failure
