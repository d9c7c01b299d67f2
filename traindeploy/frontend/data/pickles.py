# SPDX-License-Identifier: Apache-2.0
"""Unpickle what holds arrays, dictionaries, lists, bytes and numbers, and nothing else.

A pickle is a program: it names functions of any module and calls them. Here the few names that NumPy's arrays need lead
to classes of this file, which take bytes apart and call nothing; every other name is refused before it is looked up.
Python's own interpreter of pickles runs, not the one in C, whose tables grow to whatever a file asks for.
"""

import io
import math
import pickle
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from traindeploy.frontend.data.reading import LIMIT

TYPES = {"u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"}
# What names things of other modules, or makes objects by calling them with arguments of the file's choice.
REFUSED = (
    pickle.INST, pickle.OBJ, pickle.NEWOBJ, pickle.NEWOBJ_EX, pickle.EXT1, pickle.EXT2, pickle.EXT4, pickle.PERSID,
    pickle.BINPERSID, pickle.EMPTY_SET, pickle.ADDITEMS, pickle.FROZENSET, pickle.NEXT_BUFFER,
)  # fmt: skip


def unpickle(path: Path) -> Any:
    """What the pickle in ``path`` holds; its texts of Python 2 are bytes. ValueError for anything else than data."""
    if path.stat().st_size > LIMIT // 4:
        raise ValueError(f"a pickle of more than {LIMIT // 4:,} bytes")
    try:
        return _plain(_Unpickler(io.BytesIO(path.read_bytes()), encoding="bytes").load())
    except pickle.UnpicklingError as error:
        raise ValueError(str(error)) from None


class _Refusing:
    """A name of a pickle that may be called but not changed."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        raise pickle.UnpicklingError("it changes what it may only call")


class _ArrayName(_Refusing):
    """Stands for ``numpy.ndarray``, which pickles hand to ``_reconstruct``."""


class _Type(_Refusing):
    """Stands for ``numpy.dtype``: ``dtype('u1', 0, 1)`` with a state that begins (version, byte order, ...)."""

    __slots__ = ("name", "order")

    def __init__(self, name: Any, *_: object) -> None:
        text = name.decode("ascii") if isinstance(name, bytes) else name
        if text not in TYPES:
            raise pickle.UnpicklingError(f"an array of type {text!r:.40}")
        self.name, self.order = text, "|"

    def __setstate__(self, state: Any) -> None:
        order = state[1].decode("ascii") if isinstance(state[1], bytes) else state[1]
        if order not in ("<", ">", "|", "="):
            raise pickle.UnpicklingError("an array of a strange byte order")
        self.order = order


class _Array(_Refusing):
    """Stands for ``_reconstruct(ndarray, (0,), b'b')`` with the state (version, shape, type, is Fortran, bytes)."""

    __slots__ = ("array",)

    def __init__(self, *_: object) -> None:
        self.array: np.ndarray | None = None

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, fortran, data = state
        if not (isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape) and type(data) is bytes):
            raise pickle.UnpicklingError("an array without shape or bytes")
        if not isinstance(kind, _Type):
            raise pickle.UnpicklingError("an array without a type")
        dtype = np.dtype(kind.order + kind.name)
        if math.prod(shape) * dtype.itemsize != len(data):
            raise pickle.UnpicklingError(f"an array {shape} of {dtype} in {len(data)} bytes")
        self.array = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


class _Bytes(_Refusing):
    """Stands for ``_codecs.encode(text, 'latin1')``, as which Python 3 writes bytes in protocol 2."""

    def __new__(cls, text: Any, codec: Any = "latin1") -> Any:
        if not isinstance(text, str) or codec not in ("latin1", b"latin1"):
            raise pickle.UnpicklingError("text in a strange encoding")
        return text.encode("latin1")


NAMES = {
    ("_codecs", "encode"): _Bytes,
    **{(module, "ndarray"): _ArrayName for module in ("numpy", "numpy.core.multiarray")},
    ("numpy", "dtype"): _Type,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Array for core in ("core", "_core")},
}


METHODS: dict[int, Any] = dict(pickle._Unpickler.dispatch)


class _Unpickler(pickle._Unpickler):
    stack: list[Any]
    dispatch: ClassVar[dict[int, Any]] = {code: do for code, do in METHODS.items() if bytes([code]) not in REFUSED}

    def find_class(self, module: str, name: str) -> Any:
        """Ours for a name that arrays need; UnpicklingError for any other."""
        try:
            return NAMES[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}"[:100]) from None

    def _check_keys(self, keys: list[Any]) -> None:
        # A tuple of tuples of tuples is hashed by recursion in C, without a limit.
        if not all(type(key) in (bytes, str, int) for key in keys):
            raise pickle.UnpicklingError("a dictionary with keys other than texts")

    def _set_item(self) -> None:
        self._check_keys(self.stack[-2:-1])
        METHODS[pickle.SETITEM[0]](self)

    def _set_items(self) -> None:
        self._check_keys(self.stack[::2])
        METHODS[pickle.SETITEMS[0]](self)

    def _dictionary(self) -> None:
        self._check_keys(self.stack[::2])
        METHODS[pickle.DICT[0]](self)

    dispatch |= {pickle.SETITEM[0]: _set_item, pickle.SETITEMS[0]: _set_items, pickle.DICT[0]: _dictionary}


def _plain(value: Any) -> Any:
    """``value`` with arrays in place of what stands for them, where a batch has them: in its dictionary."""
    if isinstance(value, dict):
        return {key: item.array if isinstance(item, _Array) else item for key, item in value.items()}
    return value
