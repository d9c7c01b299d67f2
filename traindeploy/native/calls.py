# SPDX-License-Identifier: Apache-2.0
"""What one node of a graph becomes in native code: calls of kernels, products, and canonical NaN behind them."""

import ctypes
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from traindeploy.codegen.host_kernels import CORES, argument_structure
from traindeploy.ir import Node
from traindeploy.ops import KERNELS, OPERATORS, Operator
from traindeploy.ops.declare import WINDOW_SIZES
from traindeploy.ops.layout import COPY_LOOPS

COLS = 16  # of a packed panel of W: machine.c
Arrays = Sequence[np.ndarray]


class Call(ctypes.Structure):
    """``td_call_t``."""

    _fields_ = (("function", ctypes.c_void_p), ("args", ctypes.c_void_p), ("cores", ctypes.c_uint32))


class Product(ctypes.Structure):
    """``td_product_args_t``."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("x", "w", "y", "z", "pack")),
        *((name, ctypes.c_uint32) for name in "mnk"),
        *((name, ctypes.c_int32) for name in ("xm", "xn", "wn", "wk", "ym", "yk", "zm", "zk")),
    )


class Canonical(ctypes.Structure):
    """``td_canonical_args_t``."""

    _fields_ = (("x", ctypes.c_void_p), ("n", ctypes.c_uint32))


@dataclass
class Calls:
    """Calls in order; ``kept`` are arrays and structures whose addresses they hold."""

    library: ctypes.CDLL
    found: list[Call] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)

    def kernel(self, name: str, arguments: dict[str, Any]) -> None:
        """A kernel of the firmware on all cores, one after the other; float arrays among ``arguments`` are dense."""
        structure = argument_structure(name)
        packed = structure(**{key: _value(value) for key, value in arguments.items()})
        self.kept += [packed, *(value for value in arguments.values() if isinstance(value, np.ndarray))]
        self._add(name, packed, CORES)

    def product(self, x: np.ndarray, w: np.ndarray, y: np.ndarray | None, z: np.ndarray) -> None:
        """z[m,k] = y + x[m,n].w[n,k] of strided arrays; ``y`` broadcasts."""
        pack = np.empty(x.shape[1] * COLS, np.float32)
        y_steps = (0, 0) if y is None else _steps(np.broadcast_to(y, z.shape))
        steps = (*_steps(x), *_steps(w), *y_steps, *_steps(z))
        packed = Product(*map(_value, (x, w, y, z, pack)), x.shape[0], x.shape[1], w.shape[1], *steps)
        self.kept += [packed, x, w, y, z, pack]
        self._add("td_native_product", packed, 1)

    def copy(self, source: np.ndarray, target: np.ndarray) -> None:
        """``source`` into ``target``, both strided and of one shape, by td_transpose."""
        shape = [1] * max(0, 4 - source.ndim) + list(source.shape)
        source, target = source.reshape(shape), _reshaped(target, shape)
        outer = math.prod(shape[:-4])
        for index in np.ndindex(*shape[:-4]) if outer > 1 else [(0,) * (len(shape) - 4)]:
            a, b = source[index], target[index]
            sizes = {f"{loop}s": size for loop, size in zip(COPY_LOOPS, a.shape, strict=True)}
            steps = {f"x_{loop}": step for loop, step in zip(COPY_LOOPS, a.strides, strict=True)}
            steps |= {f"out_{loop}": step for loop, step in zip(COPY_LOOPS, b.strides, strict=True)}
            self.kernel("td_transpose", {"x": a, "out": b, **sizes, **steps})

    def canonical(self, array: np.ndarray) -> None:
        packed = Canonical(_value(array), array.size)
        self.kept += [packed, array]
        self._add("td_native_canonical", packed, 1)

    def dense(self, array: np.ndarray) -> np.ndarray:
        """``array``, or a dense copy that the calls so far make of it."""
        if array.flags.c_contiguous:
            return array
        copy = np.empty(array.shape, array.dtype)
        self.copy(array, copy)
        return copy

    def _add(self, name: str, packed: ctypes.Structure, cores: int) -> None:
        function = ctypes.cast(getattr(self.library, name), ctypes.c_void_p)
        self.found.append(Call(function, ctypes.addressof(packed), cores))


def add_node(calls: Calls, node: Node, inputs: Arrays, outputs: Arrays) -> bool:
    """Add what ``node`` computes; False, with nothing added, if only NumPy can."""
    special = SPECIAL.get(node.op)
    if special is not None:
        return special(calls, node, inputs, outputs)
    operator = OPERATORS[node.op]
    plain = {"elements", "matrix", "row", "column", "whole", "one"}
    ports = (*operator.inputs, *operator.outputs)
    if operator.kernel is None or any(port.form not in plain for port in ports) or len(inputs) != len(operator.inputs):
        return False
    given = [calls.dense(array) for array in inputs]
    made = [array if array.flags.c_contiguous else np.empty(array.shape, array.dtype) for array in outputs]
    arrays = dict(zip((port.field for port in ports), [*given, *made], strict=True))
    sizes = _sizes(operator, [*given, *made])
    calls.kernel(operator.kernel.name, {**arrays, **sizes, **operator.numbers(node.attrs)})
    for array, output in zip(made, outputs, strict=True):
        if array.dtype == np.float32:
            calls.canonical(array)
        if array is not output:
            calls.copy(array, output)
    return True


def _sizes(operator: Operator, arrays: Arrays) -> dict[str, int]:
    """Arguments rows and cols, or n, of a kernel on whole tensors."""
    ports = (*operator.inputs, *operator.outputs)
    if operator.pattern == "row":
        matrix = next(a for a, port in zip(arrays, ports, strict=True) if port.form == "matrix")
        return {"rows": matrix.size // matrix.shape[-1], "cols": matrix.shape[-1]}
    counted = next(a for a, port in zip(arrays, ports, strict=True) if port.form in ("elements", "whole"))
    return {"n": counted.size}


def _gemm(calls: Calls, node: Node, inputs: Arrays, outputs: Arrays) -> bool:
    x, w = inputs[:2]
    y = inputs[2] if len(inputs) > 2 else None
    (z,) = outputs
    for index in np.ndindex(*x.shape[:-2]):
        part = y if y is None or y.ndim == 1 else y[index]
        calls.product(x[index], w[index] if w.ndim > 2 else w, part, z[index])
    return True


def _window(shape: Sequence[int], kernel: Sequence[int], out: Sequence[int], node: Node) -> dict[str, int]:
    """A window's sizes for all rows of an image [1,H,W,C] at once."""
    (sh, sw), (top, left, _, _) = node.attrs["strides"], node.attrs["pads"]
    values = (*shape[1:], *kernel, sh, sw, top, left, out[2], 0, out[1], 0)
    return dict(zip(WINDOW_SIZES, values, strict=True))


def _conv(calls: Calls, node: Node, inputs: Arrays, outputs: Arrays) -> bool:
    if set(node.attrs) != {"strides", "pads"} or len(inputs) != 2:
        return False
    x, w, (z,) = calls.dense(inputs[0]), calls.dense(inputs[1]), outputs
    kh, kw, channels, features = w.shape
    out = z if z.flags.c_contiguous else np.empty(z.shape, z.dtype)
    matrix = np.empty((out.shape[1] * out.shape[2], kh * kw * channels), np.float32)
    calls.kernel("td_im2col", {"x": x, "out": matrix, **_window(x.shape, (kh, kw), z.shape, node)})
    calls.product(matrix, w.reshape(-1, features), None, out.reshape(-1, features))
    if out is not z:
        calls.copy(out, z)
    return True


def _maxpool(calls: Calls, node: Node, inputs: Arrays, outputs: Arrays) -> bool:
    if set(node.attrs) != {"kernel", "strides", "pads"} or not outputs[0].flags.c_contiguous:
        return False
    x = calls.dense(inputs[0])
    calls.kernel(
        "td_maxpool", {"x": x, "y": outputs[0], **_window(x.shape, node.attrs["kernel"], outputs[0].shape, node)}
    )
    return True


def _reduce_sum(calls: Calls, node: Node, inputs: Arrays, outputs: Arrays) -> bool:
    (x,), (out,) = inputs, outputs
    if x.ndim != 2 or not out.flags.c_contiguous:
        return False
    x = calls.dense(x)
    calls.kernel("td_reduce_sum", {"x": x, "out": out, "rows": x.shape[0], "cols": x.shape[1], "accumulate": 0})
    if len(x) > 1:
        calls.canonical(out)
    return True


def _transpose(calls: Calls, node: Node, inputs: Arrays, outputs: Arrays) -> bool:
    calls.copy(np.transpose(inputs[0], node.attrs["perm"]), outputs[0])
    return True


SPECIAL: dict[str, Callable[[Calls, Node, Arrays, Arrays], bool]] = {
    "Gemm": _gemm,
    "Conv": _conv,
    "MaxPool": _maxpool,
    "ReduceSum": _reduce_sum,
    "Transpose": _transpose,
}
assert {"td_im2col", "td_maxpool", "td_reduce_sum", "td_transpose"} <= set(KERNELS)


def _value(value: Any) -> Any:
    return value.ctypes.data if isinstance(value, np.ndarray) else value


def _steps(array: np.ndarray) -> tuple[int, ...]:
    return tuple(step // array.itemsize for step in array.strides)


def _reshaped(array: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """A view; further dimensions of 1 never need a copy."""
    view = array.view()
    view.shape = tuple(shape)
    return view
