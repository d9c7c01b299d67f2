# SPDX-License-Identifier: Apache-2.0
"""Runs a program on the host: byte images of L1, L2 and L3, transfers, RedMule jobs and kernels (golden machine
models).

It proves a whole program against the graph's own execution before any RTL runs. What overlaps in hardware is executed
either as early as possible (when started) or as late as possible (when waited for): a legal program gives the same
result both ways.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

import numpy as np

from golden import depthwise, fp32
from golden.machine import OPS
from traindeploy.ir import Node
from traindeploy.ir.program import Call, Dma, Hyper, Output, Program, Ref
from traindeploy.ops import OPERATOR_OF_KERNEL, Port
from traindeploy.ops.declare import WINDOW_SIZES
from traindeploy.ops.layout import COPY_LOOPS
from traindeploy.platform import L2, L3, TCDM, register_map

FLAGS = register_map("redmule").FLAGS
FLOAT = np.dtype(np.float32)
POISON = 0xFFFFDEAD  # a NaN: what nobody has written is seen to be wrong

Order = Literal["early", "late"]


class Machine:
    """The three memories; L3 persists over training steps."""

    def __init__(self, program: Program, image: Mapping[int, np.ndarray]) -> None:
        self.program = program
        self.memories = {
            TCDM.base: np.full(TCDM.size // 4, POISON, np.uint32).view(np.uint8),
            L2.base: np.full(L2.size // 4, POISON, np.uint32).view(np.uint8),
        }
        self.l3 = np.full(L3.size, 0xAD, np.uint8)
        for address, array in image.items():
            data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
            self.l3[address : address + len(data)] = data

    def at(self, address: int) -> tuple[np.ndarray, int]:
        """The memory that holds ``address`` and the byte offset there."""
        for base, memory in self.memories.items():
            if base <= address < base + len(memory):
                return memory, address - base
        raise IndexError(f"address 0x{address:08x} is in no memory")

    def rows(self, address: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: Any = np.uint8) -> np.ndarray:
        """A strided window (byte strides) on memory."""
        memory, offset = self.at(address)
        last = offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) + np.dtype(dtype).itemsize
        if last > len(memory):
            raise IndexError(f"access at 0x{address:08x} runs past the end of its memory")
        return np.ndarray(shape, dtype, memory.data, offset, strides)

    def dma(self, dma: Dma) -> None:
        shape = (dma.planes, dma.rows, dma.length)
        source = self.rows(dma.source.address, shape, (dma.source_stride2, dma.source_stride, 1))
        destination = self.rows(dma.destination.address, shape, (dma.destination_stride2, dma.destination_stride, 1))
        destination[...] = source.copy()

    def hyper(self, hyper: Hyper, training_step: int) -> None:
        if not hyper.done_in(training_step, self.program.training_steps):
            return
        memory, offset = self.at(hyper.l2.address)
        l3 = hyper.l3 + training_step * hyper.l3_step_stride
        inside, outside = memory[offset : offset + hyper.length], self.l3[l3 : l3 + hyper.length]
        if hyper.to_l3:
            outside[...] = inside
        else:
            inside[...] = outside

    def call(self, call: Call) -> None:
        KERNELS.get(call.kernel, _operator)(self, call)

    def output(self, output: Output) -> np.ndarray:
        """A copy of what an operator's output location holds now."""
        dtype = np.dtype(output.dtype)
        size = dtype.itemsize
        if output.ref is None:
            home = self.l3[output.l3 : output.l3 + size * math.prod(output.shape)]
            return home.view(dtype).reshape(output.shape).copy()
        dense = tuple(size * math.prod(output.shape[i + 1 :]) for i in range(len(output.shape)))
        strides = output.strides or dense
        return self.rows(output.address, output.shape, strides, dtype).copy()


def interpret(
    program: Program,
    image: Mapping[int, np.ndarray],
    report: Callable[[int, Output, np.ndarray], None],
    *,
    order: Order = "early",
) -> Machine:
    """Run all training steps; ``report(training_step, output, values)`` is called for each reported output, and
    behind the last step for what is written back there.
    """
    machine = Machine(program, image)
    for training_step in range(program.training_steps):
        pending: dict[str, list[Any]] = {"dma": [], "hyper": [], "jobs": []}
        done = dict.fromkeys(pending, 0)
        run: dict[str, Callable[[Any], None]] = {
            "dma": machine.dma, "hyper": partial(machine.hyper, training_step=training_step), "jobs": machine.call,
        }  # fmt: skip
        for slot in program.slots:
            for kind, items in (("dma", slot.dma), ("hyper", slot.hyper), ("jobs", slot.jobs)):
                pending[kind] += items
                if order == "early":
                    for item in items:
                        run[kind](item)
            for call in slot.calls if order == "early" else reversed(slot.calls):
                machine.call(call)
            for kind, count in (("dma", slot.wait_dma), ("hyper", slot.wait_hyper), ("jobs", slot.wait_jobs)):
                for item in pending[kind][done[kind] : count] if order == "late" else ():
                    run[kind](item)
                done[kind] = max(done[kind], count)
            for index in slot.reports:
                for output in program.operators[index].outputs:
                    report(training_step, output, machine.output(output))
    for output in program.at_end:
        report(program.training_steps - 1, output, machine.output(output))
    return machine


def _matrix(machine: Machine, ref: Ref, rows: int, cols: int, pitch: int) -> np.ndarray:
    return machine.rows(ref.address, (rows, cols), (pitch or FLOAT.itemsize * cols, FLOAT.itemsize), FLOAT)


def _gemm(machine: Machine, call: Call) -> None:
    a: dict[str, Any] = call.args
    m, n, k, flags = a["m"], a["n"], a["k"], FLAGS.values(a["flags"])
    x = _matrix(machine, a["x"], *((n, m) if flags["x_transposed"] else (m, n)), a["x_pitch"])
    w = _matrix(machine, a["w"], *((k, n) if flags["w_transposed"] else (n, k)), a["w_pitch"])
    x, w = x.T if flags["x_transposed"] else x, w.T if flags["w_transposed"] else w
    y = None if a["y"] is None else _matrix(machine, a["y"], 1 if flags["y_broadcast"] else m, k, a["y_pitch"])
    z = _matrix(machine, a["z"], m, k, a["z_pitch"])
    acc = np.zeros((m, k), np.float32) if y is None else np.broadcast_to(y, (m, k)).copy()
    for i in range(n):
        acc = fp32.fma(x[:, i : i + 1], w[i : i + 1, :], acc)
    z[...] = acc


def _window(call: Call) -> tuple[int, ...]:
    a: dict[str, Any] = call.args
    return tuple(int(a[name]) for name in WINDOW_SIZES)


def _patches(machine: Machine, call: Call, fill: float) -> np.ndarray:
    """Windows [rows, out_width, kernel_h, kernel_w, channels] with ``fill`` in the padding."""
    height, width, channels, kh, kw, sh, sw, top, left, out_width, begin, end, first = _window(call)
    patches = np.full((end - begin, out_width, kh, kw, channels), fill, np.float32)
    a: dict[str, Any] = call.args
    for r in range(begin, end):
        for i in range(kh):
            y = r * sh - top + i
            if not 0 <= y < height:
                continue
            assert y >= first, f"{call.label}: row {y} lies before the first row present"
            address = a["x"].address + FLOAT.itemsize * (y - first) * width * channels
            row = machine.rows(address, (width, channels), (FLOAT.itemsize * channels, FLOAT.itemsize), FLOAT)
            for j in range(kw):
                xs = np.arange(out_width) * sw - left + j
                inside = (xs >= 0) & (xs < width)
                patches[r - begin, inside, i, j] = row[xs[inside]]
    return patches


def _im2col(machine: Machine, call: Call) -> None:
    a: dict[str, Any] = call.args
    patches = _patches(machine, call, 0.0)
    _matrix(machine, a["out"], 1, patches.size, 0)[0] = patches.reshape(-1)


def _maxpool(machine: Machine, call: Call) -> None:
    a: dict[str, Any] = call.args
    patches = _patches(machine, call, np.nan)
    y = np.full((*patches.shape[:2], patches.shape[4]), np.nan, np.float32)
    for i in range(patches.shape[2]):
        for j in range(patches.shape[3]):
            y = fp32.fmax(y, np.ascontiguousarray(patches[:, :, i, j]))
    _matrix(machine, a["y"], 1, y.size, 0)[0] = y.reshape(-1)


def _col2im(machine: Machine, call: Call) -> None:
    a: dict[str, Any] = call.args
    rows, width, channels = a["row_end"] - a["row_begin"], a["width"], a["channels"]
    out = machine.rows(a["out"].address, *_dense(rows, width, channels), FLOAT)
    total = out.copy() if a["accumulate"] else np.zeros_like(out)
    pitch = a["x_pitch"] or FLOAT.itemsize * a["kernel_w"] * channels
    for r in range(rows):
        oy, off = divmod(a["row_begin"] + r + a["pad_top"] - a["kernel_row"], a["stride_h"])
        if off or not 0 <= oy < a["out_height"]:
            continue
        assert oy >= a["x_row_begin"], f"{call.label}: window row {oy} lies before the first present"
        for tap in range(a["kernel_w"]):
            for column in range(width):
                ox, off = divmod(column + a["pad_left"] - tap, a["stride_w"])
                if not off and 0 <= ox < a["out_width"]:
                    at = a["x"].address + ((oy - a["x_row_begin"]) * a["out_width"] + ox) * pitch
                    at += FLOAT.itemsize * tap * channels
                    total[r, column] = fp32.add(total[r, column], machine.rows(at, (channels,), (4,), FLOAT).copy())
    out[...] = total


def _dense(*shape: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A shape, and its byte strides where it lies densely."""
    return shape, tuple(FLOAT.itemsize * math.prod(shape[i + 1 :]) for i in range(len(shape)))


def _maxpool_grad(machine: Machine, call: Call) -> None:
    a: dict[str, Any] = call.args
    height, width, channels, kh, kw, sh, sw, top, left, out_width, begin, end, first = _window(call)
    dx = machine.rows(a["dx"].address, *_dense(end - begin, width, channels), FLOAT)
    dx[...] = 0
    windows = a["window_end"] - a["window_begin"]
    for row, ox in np.ndindex(windows, out_width):
        oy = a["window_begin"] + row
        bottom, right = min(oy * sh - top + kh, height), min(ox * sw - left + kw, width)
        dy, y = (
            machine.rows(a[name].address + FLOAT.itemsize * (row * out_width + ox) * channels, (channels,), (4,), FLOAT)
            for name in ("dy", "y")
        )
        open_channels = np.ones(channels, bool)
        for iy in range(max(oy * sh - top, 0), bottom):
            assert iy >= first, f"{call.label}: row {iy} lies before the first row present"
            for ix in range(max(ox * sw - left, 0), right):
                at = a["x"].address + FLOAT.itemsize * ((iy - first) * width + ix) * channels
                hit = open_channels & (machine.rows(at, (channels,), (4,), FLOAT) == y)
                open_channels &= ~hit
                if begin <= iy < end:
                    part = dx[iy - begin, ix]
                    part[...] = np.where(hit, fp32.add(part.copy(), dy.copy()), part)


def _reduce_sum(machine: Machine, call: Call) -> None:
    a: dict[str, Any] = call.args
    x, out = _matrix(machine, a["x"], a["rows"], a["cols"], 0), _matrix(machine, a["out"], 1, a["cols"], 0)
    rows = np.concatenate([out, x]) if a["accumulate"] else x
    out[...] = OPS["ReduceSum"](_NODE, [rows.copy()], {})[0]


def _transpose(machine: Machine, call: Call) -> None:
    a: dict[str, Any] = call.args
    shape = tuple(a[f"{loop}s"] for loop in COPY_LOOPS)
    x, out = (
        machine.rows(a[side].address, shape, tuple(a[f"{side}_{loop}"] for loop in COPY_LOOPS), FLOAT)
        for side in ("x", "out")
    )
    out[...] = x.copy()


_NODE = Node("kernel", "kernel", [], [])


def _operator(machine: Machine, call: Call) -> None:
    """A kernel that is its operator's machine model on the tile."""
    operator = OPERATOR_OF_KERNEL[call.kernel]
    a: dict[str, Any] = call.args
    rows, cols = (a["rows"], a["cols"]) if "rows" in a else (1, a["n"])

    def window(port: Port) -> np.ndarray:
        dtype = np.dtype(port.dtype)
        shape = {"row": (cols,), "column": (rows,), "one": (1,)}.get(port.form, (rows, cols))
        strides = tuple(dtype.itemsize * math.prod(shape[i + 1 :]) for i in range(len(shape)))
        return machine.rows(a[port.field].address, shape, strides, dtype)

    attributes = {attribute.name: a[attribute.name] for attribute in operator.attributes}
    results = OPS[operator.name](_NODE, [window(port).copy() for port in operator.inputs], attributes)
    for port, value in zip(operator.outputs, results, strict=True):
        window(port)[...] = value


KERNELS: dict[str, Callable[[Machine, Call], None]] = {
    "td_gemm": _gemm,
    "td_im2col": _im2col,
    "td_maxpool": _maxpool,
    "td_col2im": _col2im,
    "td_maxpool_grad": _maxpool_grad,
    "td_reduce_sum": _reduce_sum,
    "td_transpose": _transpose,
    **depthwise.KERNELS,
}
