# SPDX-License-Identifier: Apache-2.0
"""A training learns, is the same whoever computes it and however often it was interrupted, and refuses bad input."""

import json
import signal
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.train.running import few, in_a_process, trained
from traindeploy.app import train
from traindeploy.errors import UserError
from traindeploy.records import serial
from traindeploy.records.training import TrainingRecord
from traindeploy.report.training import render
from traindeploy.train import loop, machines


def record_in(build: Path) -> TrainingRecord:
    (path,) = build.glob("train/*/record.json")
    return serial.read(TrainingRecord, path)


def test_a_training_learns_and_leaves_everything(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = trained(tmp_path, monkeypatch, epochs=6, samples=400, learning_rate=0.03)
    assert found.passed
    assert found.arithmetic == "native"
    assert [one.epoch for one in found.epochs] == list(range(1, 7))
    assert found.epochs[-1].loss < found.epochs[0].loss
    assert found.epochs[-1].validation_accuracy > found.start.validation_accuracy + 0.2
    (folder,) = (tmp_path / "train").iterdir()
    left = {path.name for path in folder.iterdir()}
    assert left == {"checkpoint.npz", "record.json", "report.html", "last.onnx", "best.onnx"}
    for name in ("last.onnx", "best.onnx"):
        onnx.checker.check_model(onnx.load(folder / name))
    assert record_in(tmp_path) == replace(found)


def test_numpy_trains_the_same_bits(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    native = trained(tmp_path / "native", monkeypatch, epochs=2, samples=6)

    def no_compiler() -> None:
        raise UserError("no C compiler")

    monkeypatch.setattr(machines, "load_library", no_compiler)
    numpy = trained(tmp_path / "numpy", monkeypatch, epochs=2, samples=6)
    assert (native.arithmetic, numpy.arithmetic) == ("native", "numpy")
    assert (native.weights, native.losses) == (numpy.weights, numpy.losses)


def test_a_training_that_is_killed_goes_on_to_the_same_bits(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--strategy", "lora2", "--epochs", "3", "--samples", "800", "--checkpoint", "50")
    build = tmp_path / "killed"
    wanted = {"epochs": 3, "samples": 800, "checkpoint": 50, "validation": str(few(build))}
    unbroken = trained(tmp_path / "unbroken", monkeypatch, **wanted)
    killed = 0
    for moment in (0.0, 0.05):  # seconds behind a checkpoint
        process = in_a_process(build, *options)
        before = [path.stat().st_mtime_ns for path in build.glob("train/*/checkpoint.npz")]
        while process.poll() is None:
            if [path.stat().st_mtime_ns for path in build.glob("train/*/checkpoint.npz")] not in (before, []):
                time.sleep(moment)
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.001)
        killed += process.wait() == -signal.SIGKILL
        process.communicate()
    assert killed == 2
    process = in_a_process(build, *options)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    resumed = record_in(build)
    assert (resumed.weights, resumed.losses) == (unbroken.weights, unbroken.losses)
    assert serial.plain(resumed.epochs, stable=True) == serial.plain(unbroken.epochs, stable=True)


def test_a_step_that_a_resumed_training_leaves_out_is_noticed(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    unbroken = trained(tmp_path / "one", monkeypatch, samples=20)
    monkeypatch.setattr(loop, "order_of", lambda epoch, count, seed: np.arange(count)[1:])
    assert trained(tmp_path / "other", monkeypatch, samples=20).losses != unbroken.losses


def test_one_that_has_ended_is_only_reported_again(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = trained(tmp_path, monkeypatch, samples=20)
    monkeypatch.setattr(loop, "_one_epoch", lambda *_: pytest.fail("trained again"))
    assert trained(tmp_path, monkeypatch, samples=20).weights == first.weights


def test_an_optimizer_with_moments_trains_in_batches_and_is_resumed(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"optimizer": "adamw", "decay": 0.01, "batch": 4, "schedule": "cosine", "epochs": 4, "samples": 82}
    unbroken = trained(tmp_path / "one", monkeypatch, **options)
    assert unbroken.training_samples == 80
    assert unbroken.epochs[-1].loss < unbroken.epochs[0].loss
    real, taken = loop._one_epoch, []

    def interrupted(*of) -> None:
        taken.append(of)
        if len(taken) == 3:
            raise KeyboardInterrupt
        real(*of)

    monkeypatch.setattr(loop, "_one_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "two", monkeypatch, **options)
    resumed = trained(tmp_path / "two", monkeypatch, **options)
    assert (resumed.weights, resumed.losses) == (unbroken.weights, unbroken.losses)


def test_patience_ends_a_training_early(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([2.0, 1.0, 1.5, 1.0, 1.2, 0.1])
    real = loop._validated
    monkeypatch.setattr(loop, "_validated", lambda *of: replace(real(*of), validation_loss=next(losses)))
    found = trained(tmp_path, monkeypatch, epochs=5, samples=5, patience=3)
    assert len(found.epochs) == 4
    assert found.best == 1
    assert any("stopped after epoch 4" in note for note in found.notes)


def test_a_loss_that_is_no_number_ends_it_in_one_line(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"diverged.*smaller LR"):
        trained(tmp_path, monkeypatch, learning_rate=1e30)


def test_a_checkpoint_of_other_data_is_refused(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data.npz"
    random = np.random.default_rng(0)
    np.savez(data, images=random.random((30, 8, 8), np.float32), labels=np.arange(30) % 10)
    trained(tmp_path, monkeypatch, data=str(data), samples=10)
    np.savez(data, images=random.random((30, 8, 8), np.float32), labels=np.arange(30) % 10)
    with pytest.raises(UserError, match="FRESH=1"):
        trained(tmp_path, monkeypatch, data=str(data), samples=10)
    assert trained(tmp_path, monkeypatch, data=str(data), samples=10, fresh=True).passed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 5000}, "SAMPLES=5000: digits has 1797"),
        ({"strategy": "all"}, "unknown strategy"),
        ({"data": "none.npz"}, "none.npz"),
        ({"validation": "none.npz"}, "none.npz"),
        ({"batch": 61}, "BATCH=61: there are 60"),
        ({"model": "none.onnx"}, "none.onnx"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(tmp_path, monkeypatch, options, message: str) -> None:
    with pytest.raises(UserError, match=message):
        trained(tmp_path, monkeypatch, **options)
    assert not (tmp_path / "train").exists()


def test_two_do_not_train_in_one_folder(tmp_path) -> None:
    place = tmp_path / "a"
    with train._folder(place), pytest.raises(UserError, match="another process"), train._folder(place):
        pass


def test_the_page_shows_every_epoch_and_escapes(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = trained(tmp_path, monkeypatch, samples=10)
    hostile = replace(found, notes=("<script>alert(1)</script>",))
    html = render(hostile)
    assert "<script>alert(1)" not in html
    assert "TRAINED" in html
    assert all(f"{one.validation_loss:.4f}".rstrip("0") in html for one in found.epochs)
    assert json.loads(serial.text(found))["record"] == "TrainingRecord"
