# SPDX-License-Identifier: Apache-2.0
"""Samples fit the graph's input, are the same for the same seed, and bad files are one clear line."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from traindeploy.errors import UserError
from traindeploy.frontend.data import load_samples
from traindeploy.ir import Graph, Node, Tensor


def graph(shape=(1, 8, 8, 3), classes=10) -> Graph:
    g = Graph("g")
    g.add(Tensor("image", shape, kind="input"))
    g.add(Tensor("label", (1,), dtype="int32", kind="label"))
    g.add(Tensor("logits", (1, classes)))
    g.inputs = ["image", "label"]
    g.nodes = [Node("loss", "SoftmaxCrossEntropy", ["logits", "label"], ["loss", "probs"])]
    return g


def test_digits_at_their_own_size_are_the_digits():
    digits = load_digits()
    images = {d.tobytes(): t for d, t in zip((digits.images / 16).astype(np.float32), digits.target, strict=True)}
    for sample in load_samples("", graph(), 20, seed=4):
        assert sample["image"].dtype == np.float32
        assert sample["label"].dtype == np.int32
        channel = np.ascontiguousarray(sample["image"][0, :, :, 1])
        assert images[channel.tobytes()] == sample["label"][0]


def test_digits_are_resized_and_stay_in_range():
    (sample,) = load_samples("", graph((1, 32, 32, 3)), 1, seed=0)
    image = sample["image"]
    assert image.shape == (1, 32, 32, 3)
    assert image.min() >= 0
    assert 0.5 < image.max() <= 1
    assert np.array_equal(image[..., 0], image[..., 2])


def test_the_seed_decides_the_order():
    first, again, other = (load_samples("", graph(), 5, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a["image"], b["image"]) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a["image"], b["image"]) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("first", [True, False])
def test_npz_images_with_channels_first_or_last(tmp_path, first):
    images = np.random.default_rng(0).random((4, 8, 8, 3), dtype=np.float32)
    stored = images.transpose(0, 3, 1, 2) if first else images
    np.savez(tmp_path / "d.npz", images=stored, labels=np.arange(4))
    for sample in load_samples(str(tmp_path / "d.npz"), graph(), 6, seed=0):
        assert np.array_equal(sample["image"][0], images[sample["label"][0]])


def test_bytes_are_scaled_to_one(tmp_path):
    np.savez(tmp_path / "d.npz", images=np.full((1, 8, 8, 3), 255, np.uint8), labels=[0])
    assert (load_samples(str(tmp_path / "d.npz"), graph(), 1, 0)[0]["image"] == 1).all()


GOOD = np.zeros((2, 8, 8, 3), np.float32)


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"images": GOOD}, "expected arrays images and labels"),
        ({"images": GOOD, "labels": [0, 1, 2]}, "one integer for each of 2 images"),
        ({"images": GOOD, "labels": [0.5, 1.0]}, "one integer for each of 2 images"),
        ({"images": GOOD[:, :7], "labels": [0, 1]}, "the model's input is [8, 8, 3]"),
        ({"images": GOOD, "labels": [0, 10]}, "classes 0 to 9"),
        ({"images": GOOD + np.nan, "labels": [0, 1]}, "NaN or infinity"),
    ],
)
def test_bad_arrays_are_named(tmp_path, arrays, expected):
    path = tmp_path / "d.npz"
    np.savez(path, **arrays)
    with pytest.raises(UserError) as caught:
        load_samples(str(path), graph(), 1, 0)
    assert str(caught.value).startswith(f"{path}: ")
    assert expected in str(caught.value)


@pytest.mark.parametrize("content", [None, b"no archive"])
def test_unreadable_file_is_named(tmp_path, content):
    path = tmp_path / "d.npz"
    if content:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"not a readable \.npz file"):
        load_samples(str(path), graph(), 1, 0)


def test_digits_do_not_fit_an_input_that_is_no_image():
    with pytest.raises(UserError, match="is no image"):
        load_samples("", graph((1, 64)), 1, 0)
