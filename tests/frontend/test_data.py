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


@pytest.mark.parametrize(
    ("kind", "expected"), [("float32", 200), ("float64", 200), ("float16", 200), ("uint8", 200 / 255)]
)
def test_floats_are_taken_as_they_are_whatever_their_range(tmp_path, kind, expected):
    np.savez(tmp_path / "d.npz", images=np.full((1, 8, 8, 3), 200, kind), labels=[0])
    assert (load_samples(str(tmp_path / "d.npz"), graph(), 1, 0)[0]["image"] == np.float32(expected)).all()


@pytest.mark.parametrize("shape", [(4, 8, 8), (4, 8, 8, 1), (4, 1, 8, 8)])
def test_grey_images_are_repeated_over_the_channels(tmp_path, shape):
    images = np.random.default_rng(0).random((4, 8, 8), dtype=np.float32)
    np.savez(tmp_path / "d.npz", images=images.reshape(shape), labels=np.arange(4))
    for sample in load_samples(str(tmp_path / "d.npz"), graph(), 4, seed=0):
        assert np.array_equal(sample["image"][0], np.repeat(images[sample["label"][0]][..., None], 3, axis=-1))


def test_a_cube_is_read_as_the_model_file_has_it(tmp_path):
    images = np.random.default_rng(0).random((1, 3, 3, 3), dtype=np.float32)
    np.savez(tmp_path / "d.npz", images=images, labels=[0])
    (sample,) = load_samples(str(tmp_path / "d.npz"), graph((1, 3, 3, 3)), 1, seed=0)
    assert np.array_equal(sample["image"][0], images[0].transpose(1, 2, 0))


@pytest.mark.parametrize("shape", [(1, 12), (1, 4, 3), (12,)])
@pytest.mark.parametrize("stored", [(5, 12), (5, 1, 12), (5, 4, 3), (5, 1, 4, 3)])
def test_an_input_that_is_no_image_takes_what_has_its_number_of_elements(tmp_path, shape, stored):
    images = np.random.default_rng(0).random(stored, dtype=np.float32)
    np.savez(tmp_path / "d.npz", images=images, labels=np.arange(5))
    for sample in load_samples(str(tmp_path / "d.npz"), graph(shape), 5, seed=0):
        assert np.array_equal(sample["image"], images[sample["label"][0]].reshape(shape))


@pytest.mark.parametrize("kind", ["int64", "uint8", ">i2", "uint64"])
@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_labels_are_integers_of_any_width(tmp_path, kind, shape):
    np.savez(tmp_path / "d.npz", images=GOOD, labels=np.array([7, 7], kind).reshape(shape))
    assert load_samples(str(tmp_path / "d.npz"), graph(), 1, 0)[0]["label"] == [7]


GOOD = np.zeros((2, 8, 8, 3), np.float32)
LABELS = [0, 1]


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"images": GOOD}, "holds 'images'; expected arrays images and labels"),
        ({"labels": LABELS}, "expected arrays images and labels"),
        ({"images": GOOD, "x": GOOD, "labels": LABELS}, "holds 'images' and 'x': leave only one"),
        ({"images": GOOD, "labels": [0, 1, 2]}, "one integer for each of 2 images"),
        ({"images": GOOD, "labels": [0.0, 1.0]}, "one integer for each of 2 images"),
        ({"images": GOOD, "labels": np.eye(2, 10, dtype=int)}, "one-hot rows become integers by argmax"),
        ({"images": GOOD, "labels": np.zeros((2, 1, 1), int)}, "one integer for each of 2 images"),
        ({"images": GOOD, "labels": [True, False]}, "labels holds truth values"),
        ({"images": GOOD, "labels": ["a", "b"]}, "labels holds text"),
        ({"images": GOOD[:0], "labels": np.zeros(0, int)}, "one integer for each of 0 images"),
        ({"images": np.float32(3), "labels": LABELS}, "one integer for each of 0 images"),
        ({"images": np.float32(3), "labels": np.int64(3)}, "one integer for each of 0 images"),
        ({"images": GOOD[:, :7], "labels": LABELS}, "the model's input is [8, 8, 3]"),
        ({"images": GOOD[..., :2], "labels": LABELS}, "the model's input is [8, 8, 3]"),
        ({"images": GOOD[:, :0], "labels": LABELS}, "images of shape [0, 8, 3]"),
        ({"images": GOOD, "labels": [0, 10]}, "labels 0 to 10; the model has classes 0 to 9"),
        ({"images": GOOD, "labels": [0, -1]}, "labels -1 to 0; the model has classes 0 to 9"),
        ({"images": GOOD, "labels": np.array([0, 2**63], np.uint64)}, "labels 0 to 9223372036854775808"),
        ({"images": GOOD + np.nan, "labels": LABELS}, "NaN or infinity"),
        ({"images": GOOD - np.inf, "labels": LABELS}, "NaN or infinity"),
        ({"images": GOOD.astype(float) + 1e39, "labels": LABELS}, "which float32 cannot hold"),
        ({"images": GOOD.astype(np.uint16), "labels": LABELS}, "images of uint16; expected uint8"),
        ({"images": GOOD.astype(np.int8), "labels": LABELS}, "images of int8; expected uint8"),
        ({"images": GOOD.astype(np.int64), "labels": LABELS}, "divide them by their largest value"),
        ({"images": GOOD.astype(bool), "labels": LABELS}, "images holds truth values"),
        ({"images": GOOD.astype(complex), "labels": LABELS}, "images holds complex numbers"),
        ({"images": GOOD.astype("M8[s]"), "labels": LABELS}, "images holds dates"),
        ({"images": GOOD.astype("m8[s]"), "labels": LABELS}, "images holds time spans"),
        ({"images": GOOD.astype("U4"), "labels": LABELS}, "images holds text"),
        ({"images": GOOD.astype(object), "labels": LABELS}, "images holds Python objects"),
        ({"images": GOOD.astype([("a", "f4")]), "labels": LABELS}, "images holds records"),
    ],
)
def test_bad_arrays_are_named(tmp_path, arrays, expected):
    path = tmp_path / "d.npz"
    np.savez(path, **arrays)
    with pytest.raises(UserError) as caught:
        load_samples(str(path), graph(), 1, 0)
    assert str(caught.value).startswith(f"{path}: ")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_digits_do_not_fit_an_input_that_is_no_image():
    with pytest.raises(UserError, match="is no image"):
        load_samples("", graph((1, 64)), 1, 0)


@pytest.mark.parametrize(("shape", "stored"), [((4, 6), (6, 4)), ((2, 3, 4), (3, 4, 2)), ((4, 6), (2, 12))])
def test_an_input_of_several_dimensions_takes_no_others_of_as_many_elements(tmp_path, shape, stored):
    """Transposed tokens would be trained on scrambled, without a word."""
    np.savez(tmp_path / "d.npz", images=np.ones((2, *stored), np.float32), labels=np.array([0, 1]))
    with pytest.raises(UserError, match="images of shape"):
        load_samples(str(tmp_path / "d.npz"), graph(shape), 1, 0)
