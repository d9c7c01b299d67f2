# SPDX-License-Identifier: Apache-2.0
"""A loader that hands over other images or labels than the user's files hold is noticed, in every format."""

import gzip
import pickle
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.app.checks.conftest import failed
from traindeploy.app.checks import Compiled, data
from traindeploy.app.options import Options
from traindeploy.frontend.data import load_samples
from traindeploy.frontend.data.source import load_arrays
from traindeploy.ir import Graph, Node, Tensor

RANDOM = np.random.default_rng(3)
COUNT = 7
COLOUR = RANDOM.integers(0, 256, (COUNT, 3, 32, 32), dtype=np.uint8)
GREY = RANDOM.integers(0, 256, (COUNT, 6, 4), dtype=np.uint8)
LABELS = RANDOM.permutation(COUNT).astype(np.uint8)
IMAGES, WRONG = data.IMAGES, data.LABELS


def run_on(path: Path | None, shape: tuple[int, ...], steps: int = 3, seed: int = 0) -> Compiled:
    """What was fed to a graph with an input of ``shape``."""
    graph = Graph("g", inputs=["x", "label"])
    graph.add(Tensor("x", shape, kind="input"))
    graph.add(Tensor("label", (1,), dtype="int32", kind="label"))
    graph.add(Tensor("logits", (1, 10)))
    graph.nodes = [Node("loss", "SoftmaxCrossEntropy", ["logits", "label"], ["loss", "probs"])]
    options = Options(data=str(path or ""), steps=steps, seed=seed)
    return Compiled(options, graph, graph, load_samples(options.data, graph, steps, seed), [])


def npz(folder: Path) -> Path:
    np.savez_compressed(folder / "d.npz", x_train=COLOUR.astype(">f4"), labels=LABELS.astype("i8")[:, None])
    return folder / "d.npz"


def pair(folder: Path) -> Path:
    np.save(folder / "my_images.npy", np.asfortranarray(COLOUR))
    np.save(folder / "my_labels.npy", LABELS)
    return folder / "my_labels.npy"


def folder_of_arrays(folder: Path) -> Path:
    np.save(folder / "x.npy", COLOUR.transpose(0, 2, 3, 1) / 255)
    np.save(folder / "y.npy", LABELS)
    return folder


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def mnist(folder: Path) -> Path:
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(GREY)))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(LABELS))
    (folder / "t10k-images-idx3-ubyte").write_bytes(idx(GREY[::-1]))
    (folder / "t10k-labels-idx1-ubyte").write_bytes(idx(LABELS[::-1]))
    return folder


def binary(folder: Path) -> Path:
    records = np.hstack([LABELS[:, None], COLOUR.reshape(COUNT, -1)])
    for number in (1, 2):
        (folder / f"data_batch_{number}.bin").write_bytes(np.roll(records, number, axis=0).tobytes())
    return folder


def pickled(folder: Path, protocol: int = 2) -> Path:
    batch = {
        b"batch_label": b"1 of 5",
        b"labels": LABELS.tolist(),
        b"data": COLOUR.reshape(COUNT, -1),
        b"n": ["a", "b"],
    }
    (folder / "data_batch_1").write_bytes(pickle.dumps(batch, protocol))
    return folder / "data_batch_1"


FORMATS: dict[str, tuple[Callable[[Path], Path], tuple[int, ...]]] = {
    "npz": (npz, (1, 32, 32, 3)),
    "npy": (pair, (1, 32, 32, 3)),
    "folder of npy": (folder_of_arrays, (1, 32, 32, 3)),
    "vectors": (pair, (1, 3072)),
    "idx": (mnist, (1, 6, 4, 2)),
    "CIFAR-10, binary": (binary, (1, 32, 32, 3)),
    "CIFAR-10, pickled": (pickled, (1, 32, 32, 3)),
    "CIFAR-10, pickled by protocol 4": (lambda folder: pickled(folder, 4), (1, 32, 32, 3)),
}


@pytest.mark.parametrize("stored", FORMATS.values(), ids=FORMATS)
def test_a_right_loader_holds_in_every_format(tmp_path: Path, stored: tuple[Callable[[Path], Path], tuple[int, ...]]):
    save, shape = stored
    for seed in range(3):
        assert failed(data.check(run_on(save(tmp_path), shape, steps=2 * COUNT + 1, seed=seed))) == []


@pytest.mark.parametrize("stored", FORMATS.values(), ids=FORMATS)
def test_labels_shifted_by_one_are_noticed(
    tmp_path: Path, stored: tuple[Callable[[Path], Path], tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def shifted(path: Path) -> tuple[np.ndarray, np.ndarray]:
        images, labels = load_arrays(path)
        return images, np.roll(labels, 1)

    save, shape = stored
    monkeypatch.setattr("traindeploy.frontend.data.load_arrays", shifted)
    found = data.check(run_on(save(tmp_path), shape))
    assert failed(found) == [WRONG]
    assert "was trained, where the data say" in found[1].text


DAMAGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "scaled by 256": lambda image: image * np.float32(255 / 256),
    "turned": lambda image: image.transpose(0, 2, 1, 3).copy(),
    "channels in another order": lambda image: image[..., ::-1].copy(),
    "one pixel": lambda image: np.where(np.arange(image.size).reshape(image.shape) == 5, np.float32(2), image),
    "another type": lambda image: image[0],
    "NaN": lambda image: image * np.float32(np.nan),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_an_image_that_was_changed_on_its_way_is_noticed(
    tmp_path: Path, damage: Callable[[np.ndarray], np.ndarray]
) -> None:
    run = run_on(npz(tmp_path), (1, 32, 32, 3))
    last = {**run.samples[2], "x": damage(run.samples[2]["x"])}
    assert failed(data.check(replace(run, samples=[*run.samples[:2], last]))) == [IMAGES]


@pytest.mark.parametrize("size", [(8, 8), (32, 32), (28, 28), (5, 19), (3, 2), (1, 1), (64, 9)])
def test_digits_are_interpolated_as_they_should_be(size: tuple[int, int]) -> None:
    assert failed(data.check(run_on(None, (1, *size, 3), steps=5))) == []


def test_digits_of_another_number_are_noticed() -> None:
    run = run_on(None, (1, 8, 8, 3))
    assert failed(data.check(replace(run, samples=run.samples[::-1]))) == [IMAGES, WRONG]


def test_data_that_vanish_after_they_were_read_are_not_called_right(tmp_path: Path) -> None:
    run = run_on(npz(tmp_path), (1, 32, 32, 3))
    (tmp_path / "d.npz").unlink()
    (found,) = data.check(run)
    assert not found.passed
    assert "cannot be read a second time" in found.text
