# SPDX-License-Identifier: Apache-2.0
"""The same images and labels come out of every format, told by content; the other half of a pair is found."""

import gzip
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

from traindeploy.errors import UserError
from traindeploy.frontend.data.source import load_arrays

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (6, 28, 28), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 256, (6, 3, 32, 32), dtype=np.uint8)
LABELS = np.array([3, 1, 4, 1, 5, 9], np.uint8)


def idx(array: np.ndarray, code: int = 8) -> bytes:
    head = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()


def binary_batch(images: np.ndarray, labels: np.ndarray) -> bytes:
    return np.hstack([labels[:, None], images.reshape(len(images), -1)]).tobytes()


def check(path: Path, images: np.ndarray, labels: np.ndarray = LABELS) -> None:
    found = load_arrays(path)
    assert np.array_equal(found[0], images)
    assert np.array_equal(found[1], labels)


def mnist(folder: Path, packed: bool = False, name: str = "train") -> tuple[Path, Path]:
    paths = []
    for half, array in ((f"{name}-images-idx3-ubyte", GREY), (f"{name}-labels-idx1-ubyte", LABELS)):
        paths.append(folder / f"{half}{'.gz' * packed}")
        paths[-1].write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    return paths[0], paths[1]


@pytest.mark.parametrize("keys", [("images", "labels"), ("x", "y"), ("x_train", "y_train"), ("input", "labels")])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_under_the_names_that_others_use(tmp_path, keys, save):
    save(tmp_path / "d.npz", **{keys[0]: GREY, keys[1]: LABELS, "other": [1]})
    check(tmp_path / "d.npz", GREY)


@pytest.mark.parametrize("stored", [np.asfortranarray(COLOUR.astype("f4")), COLOUR.astype(">f4"), COLOUR[:, ::-1]])
def test_fortran_order_big_endian_and_strided_arrays(tmp_path, stored):
    np.savez(tmp_path / "d.npz", images=stored, labels=LABELS.astype(">i8"))
    check(tmp_path / "d.npz", stored)


@pytest.mark.parametrize("given", ["", "images.npy", "labels.npy", "train_images.npy"])
def test_a_pair_of_npy_files_by_folder_or_by_either_name(tmp_path, given):
    prefix = "train_" if given.startswith("train_") else ""
    np.save(tmp_path / f"{prefix}images.npy", GREY)
    np.save(tmp_path / f"{prefix}labels.npy", LABELS)
    check(tmp_path / given, GREY)


def test_an_npz_named_npy_is_what_it_holds(tmp_path):
    np.savez(tmp_path / "d.npz", images=GREY, labels=LABELS)
    check((tmp_path / "d.npz").rename(tmp_path / "d.npy"), GREY)


def test_an_npy_named_npz_lacks_its_labels(tmp_path):
    with open(tmp_path / "d.npz", "wb") as file:
        np.save(file, GREY)
    with pytest.raises(UserError, match="a single array; expected images and labels"):
        load_arrays(tmp_path / "d.npz")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("given", [0, 1])
def test_mnist_by_either_file(tmp_path, packed, given):
    check(mnist(tmp_path, packed)[given], GREY)


def test_mnist_by_its_folder_is_the_training_half(tmp_path):
    mnist(tmp_path, packed=True)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx(GREY[:1]))
    check(tmp_path, GREY)


def test_one_half_may_be_packed_and_the_other_not(tmp_path):
    images, labels = mnist(tmp_path)
    images.with_name(f"{images.name}.gz").write_bytes(gzip.compress(images.read_bytes()))
    images.unlink()
    check(labels, GREY)


def test_idx_of_another_type(tmp_path):
    (tmp_path / "images.idx").write_bytes(idx(GREY.astype(">f4"), 0x0D))
    (tmp_path / "labels.idx").write_bytes(idx(LABELS.astype(">i4"), 0x0C))
    check(tmp_path / "images.idx", GREY.astype("f4"))


def test_a_pair_without_its_other_half_says_what_is_missing(tmp_path):
    images, labels = mnist(tmp_path)
    labels.unlink()
    with pytest.raises(UserError, match="expected train-labels-idx1-ubyte beside it"):
        load_arrays(images)


def test_a_binary_batch_of_cifar_and_a_folder_of_them(tmp_path):
    for number in (1, 2):
        (tmp_path / f"data_batch_{number}.bin").write_bytes(binary_batch(COLOUR, LABELS))
    (tmp_path / "test_batch.bin").write_bytes(binary_batch(COLOUR[:1], LABELS[:1]))
    (tmp_path / "batches.meta.txt").write_text("airplane")
    check(tmp_path / "data_batch_1.bin", COLOUR)
    check(tmp_path, np.concatenate([COLOUR, COLOUR]), np.concatenate([LABELS, LABELS]))


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("key", [str, str.encode])
def test_a_pickled_batch_of_cifar(tmp_path, protocol, key):
    pixels = COLOUR.reshape(6, -1)
    batch = {key("data"): pixels, key("labels"): LABELS.tolist(), key("batch_label"): b"one", key("filenames"): [b"a"]}
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps(batch, protocol))
    check(tmp_path / "data_batch_1", COLOUR)
    check(tmp_path, COLOUR)


def test_a_pickled_batch_as_python_2_wrote_it(tmp_path):
    """The published files: texts are bytes, the array's state names numpy.core and holds its bytes as a text."""
    pixels = COLOUR.reshape(6, -1)
    short = lambda text: b"U" + bytes([len(text)]) + text  # noqa: E731
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85"
        + short(b"b")
        + b"\x87R(K\x01K\x06M\x00\x0c\x86"
        b"cnumpy\ndtype\n"
        + short(b"u1")
        + b"K\x00K\x01\x87R(K\x03"
        + short(b"|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        b"T" + struct.pack("<i", pixels.size) + pixels.tobytes() + b"tb"
    )
    labels = b"](" + b"".join(b"K" + bytes([label]) for label in LABELS) + b"e"
    text = b"\x80\x02}(" + short(b"data") + array + short(b"labels") + labels + b"u."
    assert np.array_equal(pickle.loads(text, encoding="bytes")[b"data"], pixels)
    (tmp_path / "data_batch_1").write_bytes(text)
    check(tmp_path / "data_batch_1", COLOUR)
