# SPDX-License-Identifier: Apache-2.0
"""Damaged and hostile data files are one line, take no memory for what they claim, and never have their code run."""

import gzip
import io
import os
import pickle
import resource
import struct
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from traindeploy.errors import UserError
from traindeploy.frontend.data.reading import LIMIT
from traindeploy.frontend.data.source import load_arrays

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)
LABELS = np.arange(6)
SMALL = 30_000_000  # bytes that refusing a file may take


def refused(path: Path) -> str:
    """The one line; no memory is taken for what the file only claims."""
    tracemalloc.start()
    try:
        with pytest.raises(UserError) as caught:
            load_arrays(path)
        assert tracemalloc.get_traced_memory()[1] < SMALL
    finally:
        tracemalloc.stop()
    text = str(caught.value)
    assert text.startswith(f"{path.parent if path.suffix == '.folder' else path}")
    assert "\n" not in text
    assert len(text) < 700
    return text


def npy(header: str, data: bytes = b"", version: int = 1) -> bytes:
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header.encode("latin1") + data


def described(shape: str = "(2,)", descr: str = "'<f4'") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n"


def archive(path: Path, images: bytes, method: int = zipfile.ZIP_DEFLATED) -> Path:
    stored = io.BytesIO()
    np.save(stored, LABELS)
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("images.npy", images)
        file.writestr("labels.npy", stored.getvalue())
    return path


HEADERS = {
    "5 TiB": described("(1374389534720,)"),
    "more than 64 bits": described("(99999999999, 99999999999)"),
    "negative": described("(-2,)"),
    "negative twice": described("(-2, -2)"),
    "just above the limit": described(f"({LIMIT // 4 + 1},)"),
    "short": described("(3,)"),
    "long": described("(1,)"),
    "objects": described(descr="'|O'"),
    "no type": described(descr="'hello'"),
    "a type of many": described(descr="'(9,9,9)f4'"),
    "an expression": described("(__import__('os').getpid(),)"),
    "a call": "open('called', 'w')\n",
    "nested": "(" * 9000,
    "not ended": "{'descr': '<f4'",
    "another dictionary": "{'a': 1}\n",
    "nothing": "",
    "zeros": "\0" * 100,
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("version", [1, 2])
def test_headers_of_arrays(tmp_path, header, version):
    text = refused(archive(tmp_path / "d.npz", npy(header, bytes(8), version)))
    assert "not a readable .npz file" in text or "holds Python objects" in text or "holds records" in text


@pytest.mark.parametrize(
    "start", [b"", b"\x93NUM", b"\x93NUMPY", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x03\x00\x08\0", b"text"]
)
def test_arrays_that_do_not_begin(tmp_path, start):
    assert "not a readable .npz file" in refused(archive(tmp_path / "d.npz", start))


def test_a_header_of_four_gigabytes(tmp_path):
    start = b"\x93NUMPY\x02\x00" + struct.pack("<I", 0xFFFF_FFF0)
    assert "a header of 4,294,967,280 bytes" in refused(archive(tmp_path / "d.npz", start + bytes(100)))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("(4,)", "it holds more than the 16 bytes that it declares"),
        ("(900000000,)", "more than the 1,073,741,824 that are read"),
    ],
)
def test_a_bomb_is_read_no_further_than_it_is_declared(tmp_path, shape, expected):
    assert expected in refused(archive(tmp_path / "d.npz", npy(described(shape), bytes(2 * SMALL))))


def test_a_header_that_promises_much_costs_nothing(tmp_path):
    text = refused(archive(tmp_path / "d.npz", npy(described("(30000000,)"), bytes(10))))
    assert "it declares 120,000,000 bytes and holds 10" in text


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_byte_cut_off_and_any_bit_flipped_is_noticed_or_harmless(tmp_path, method):
    stored = io.BytesIO()
    np.save(stored, IMAGES[:1])
    whole = archive(tmp_path / "whole.npz", stored.getvalue(), method).read_bytes()
    path = tmp_path / "d.npz"
    random = np.random.default_rng(method)
    for _ in range(150):
        damaged = bytearray(whole)
        if random.integers(2):
            del damaged[random.integers(1, len(whole)) :]
        else:
            damaged[random.integers(len(whole))] ^= 1 << int(random.integers(8))
        path.write_bytes(damaged)
        with suppress(UserError):
            images, labels = load_arrays(path)
            assert np.array_equal(images, IMAGES[:1])  # a bit that nothing depends on, such as a date
            assert np.array_equal(labels, LABELS)


def test_an_encrypted_archive(tmp_path):
    path = archive(tmp_path / "d.npz", npy(described(), bytes(8)))
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag of an encrypted member
    path.write_bytes(data)
    assert "not a readable .npz file" in refused(path)


@pytest.mark.parametrize(
    "content", [b"text", b"\0", b"\x1f\x8b", b"PK\x03\x04", b"\x80\x02", b"\x80", b"\x7fELF" + bytes(99)]
)
def test_files_of_no_format(tmp_path, content):
    (tmp_path / "d.npz").write_bytes(content)
    refused(tmp_path / "d.npz")


def test_an_empty_file(tmp_path):
    (tmp_path / "d.npz").touch()
    assert "an empty file" in refused(tmp_path / "d.npz")


@pytest.mark.parametrize("shape", [(2**31, 2**31), (2**32 - 1,), (7, 8, 8, 3), (5, 8, 8, 3)])
def test_idx_files_that_declare_what_they_do_not_hold(tmp_path, shape):
    head = bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    (tmp_path / "images.gz").write_bytes(gzip.compress(head + IMAGES.tobytes()))
    (tmp_path / "labels.gz").write_bytes(gzip.compress(head + IMAGES.tobytes()))
    assert "it declares" in refused(tmp_path / "images.gz")


@pytest.mark.parametrize("cut", [3, 12, 40, -4])
def test_a_packed_file_that_was_cut_off(tmp_path, cut):
    head = bytes([0, 0, 8, 4]) + struct.pack(">4I", *IMAGES.shape)
    for half in ("images", "labels"):
        (tmp_path / half).write_bytes(gzip.compress(head + IMAGES.tobytes())[:cut])
    refused(tmp_path / "images")


class Evil:
    """Whatever unpickles it runs a command, unless names are refused."""

    def __init__(self, *command: object) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, ...]:
        return self.command[0], self.command[1:]


def build(value: bytes, state: bytes) -> bytes:
    return b"\x80\x02" + value + state + b"b."


PICKLES = {
    "a command": pickle.dumps(Evil(os.system, "touch called"), 2),
    "in the dictionary": pickle.dumps({"data": Evil(os.mkdir, "called"), "labels": []}, 4),
    "eval": pickle.dumps(Evil(eval, "open('called', 'w')"), 2),
    "another codec": pickle.dumps(Evil(__import__("_codecs").encode, "x" * 99, "zlib"), 2),
    "an array of objects": pickle.dumps({"data": np.array([Evil(os.mkdir, "called")], object), "labels": []}, 2),
    "a set": pickle.dumps({1, 2}, 4),
    "a class of ours changed": build(b"cnumpy\ndtype\n", b"}U\x01aK\x01s"),
    "a function of ours changed": build(b"c_codecs\nencode\n", b"N}U\x08__code__K\x01s\x86"),
    "an extension": b"\x80\x02\x82\x01.",
    "a persistent name": b"\x80\x02Pname\n.",
    "a memo of 32 GiB": b"\x80\x02K\x01r\xff\xff\xff\xff.",
    "a text of 2 GiB": b"\x80\x02T\xff\xff\xff\x7fabc",
    "a text of 2**60 bytes": b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"abc",
    "a frame of 2**60 bytes": b"\x80\x04\x95" + struct.pack("<Q", 2**60) + b"abc",
    "a key that is hashed by recursion": b"\x80\x02}" + b")" + b"\x85" * 200_000 + b"K\x01s.",
    "the same at once": b"\x80\x02}(" + b")" + b"\x85" * 200_000 + b"K\x01u.",
    "the same in another way": b"\x80\x02(" + b")" + b"\x85" * 200_000 + b"K\x01d.",
    "a number": pickle.dumps(3, 2),
    "an empty stack": b"\x80\x02.",
    "labels beyond a byte": pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": [2**70]}, 2),
    "labels as text": pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": ["1"]}, 2),
    "another width": pickle.dumps({"data": np.zeros((1, 3073), np.uint8), "labels": [1]}, 2),
    "floats": pickle.dumps({"data": np.zeros((1, 3072)), "labels": [1]}, 2),
}


@pytest.mark.parametrize("content", PICKLES.values(), ids=PICKLES)
def test_pickles_that_are_programs(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data_batch_1").write_bytes(content)
    assert "not a readable CIFAR-10 batch" in refused(tmp_path / "data_batch_1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data_batch_1"]


def test_a_pickled_array_of_a_strange_byte_order_is_refused_for_it(tmp_path):
    whole = pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": [1]}, 2)
    order, strange = (b"X\x01\x00\x00\x00" + text for text in (b"|", b"!"))
    assert whole.count(order) == 1
    (tmp_path / "data_batch_1").write_bytes(whole.replace(order, strange))
    assert "an array of a strange byte order" in refused(tmp_path / "data_batch_1")


def test_any_bit_of_a_pickled_batch_may_flip(tmp_path):
    batch = {b"data": np.arange(2 * 3072, dtype=np.uint8).reshape(2, -1), b"labels": [1, 2], b"filenames": [b"a", b"b"]}
    whole = pickle.dumps(batch, 2)
    random = np.random.default_rng(0)
    path = tmp_path / "data_batch_1"
    for position in [*range(300), *range(len(whole) - 100, len(whole))]:
        damaged = bytearray(whole)
        damaged[position] ^= 1 << int(random.integers(8))
        path.write_bytes(damaged)
        with suppress(UserError):
            load_arrays(path)


def test_neither_a_file_nor_a_folder(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "device").symlink_to("/dev/zero")
    assert "a device, pipe or socket" in refused(tmp_path / "pipe")
    assert "a device, pipe or socket" in refused(tmp_path / "device")
    assert "Too many levels" in refused(tmp_path / "loop")
    assert "No such file" in refused(tmp_path / "dangling")
    assert "No such file" in refused(tmp_path / "none.npz")
    assert "File name too long" in refused(tmp_path / ("x" * 300))


@pytest.mark.parametrize("link", ["images", "labels"])
def test_a_half_that_is_a_pipe_does_not_hang(tmp_path, link):
    np.save(tmp_path / "images.npy", IMAGES)
    np.save(tmp_path / "labels.npy", LABELS)
    (tmp_path / f"{link}.npy").unlink()
    os.mkfifo(tmp_path / f"{link}.npy")
    with pytest.raises(UserError, match="a device, pipe or socket"):
        load_arrays(tmp_path)


FOLDERS = {
    "empty": [],
    "only images": ["images.npy"],
    "two formats": ["images.npy", "labels.npy", "data_batch_1.bin"],
    "both forms of batches": ["data_batch_1.bin", "data_batch_2"],
    "two kinds of images": ["images.npy", "x.npy", "labels.npy"],
    "something else": ["cat.png", "dog.png"],
}


@pytest.mark.parametrize("names", FOLDERS.values(), ids=FOLDERS)
def test_folders_that_do_not_say_what_they_are(tmp_path, names):
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    assert "expected images.npy and labels.npy" in refused(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    (tmp_path / "d.npz").write_bytes(b"x")
    (tmp_path / "d.npz").chmod(0)
    assert "Permission denied" in refused(tmp_path / "d.npz")


def test_a_machine_with_little_memory_says_so(tmp_path):
    """An array within the limit that does not fit: one line, no traceback."""
    for half in ("images", "labels"):
        with open(tmp_path / f"{half}.npy", "wb") as file:
            file.write(npy(described("(200000000,)")))
            file.truncate(file.tell() + 800_000_000)
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000, before[1]))
    try:
        with pytest.raises(UserError, match=r"not a readable \.npy file"):
            load_arrays(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
