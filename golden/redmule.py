# SPDX-License-Identifier: Apache-2.0
"""RedMule, bit for bit: one fused multiply-add per reduction index, in ascending order, round to nearest even."""

from dataclasses import dataclass

import numpy as np

from golden import fp32
from traindeploy.platform import register_map

FP32 = np.dtype(np.float32)
REGS = register_map("redmule")
FORMATS = {np.dtype(np.float16): REGS.ARITH.choice("fmt", "fp16"), FP32: REGS.ARITH.choice("fmt", "fp32")}


def fma(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """a * b + c rounded once, in the dtype of the operands (float32 or float16), NaN canonical.

    For float16, float64 holds the product exactly, and the sum rounded to odd has enough bits for the second rounding
    to be the right one (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums").
    """
    if a.dtype == FP32:
        return fp32.fma(a, b, c)
    with np.errstate(all="ignore"):
        product, addend = a.astype(np.float64) * b.astype(np.float64), c.astype(np.float64)
        total = product + addend
        virtual = total - product
        error = (product - (total - virtual)) + (addend - virtual)
        even = (total.view(np.int64) & 1) == 0
        inexact = np.isfinite(total) & (error != 0) & even
        odd = np.nextafter(total, np.where(error > 0, np.inf, -np.inf))
        result = np.where(inexact, odd, total).astype(np.float16)
    return np.where(np.isnan(result), np.uint16(0x7E00).view(np.float16), result)


def gemm(x: np.ndarray, w: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
    """Z[M, K] = Y + X[M, N] . W[N, K] in the dtype of x; y None means +0, a row [K] is used for all rows."""
    m, n = x.shape
    k = w.shape[1]
    acc = np.zeros((m, k), x.dtype) if y is None else np.broadcast_to(y, (m, k)).copy()
    for i in range(n):
        acc = fma(x[:, i : i + 1], w[i : i + 1, :], acc)
    return acc


@dataclass(frozen=True)
class Job:
    """A job as written to the engine's registers; pitches in bytes, 0: dense. ``y`` None: MATMUL, 0: in place of z."""

    x: int
    w: int
    z: int
    m: int
    n: int
    k: int
    y: int | None = None
    x_pitch: int = 0
    w_pitch: int = 0
    y_pitch: int = 0
    z_pitch: int = 0
    x_transposed: bool = False
    w_transposed: bool = False
    y_broadcast: bool = False

    @property
    def flags(self) -> int:
        return REGS.FLAGS.word(
            x_transposed=self.x_transposed, w_transposed=self.w_transposed, y_broadcast=self.y_broadcast
        )


def addresses(base: int, rows: int, columns: int, pitch: int, item: int) -> np.ndarray:
    """Byte addresses [rows, columns] of a stored matrix."""
    pitch = pitch or columns * item
    return base + pitch * np.arange(rows)[:, None] + item * np.arange(columns)[None, :]


def operands(job: Job, item: int) -> dict[str, np.ndarray]:
    """Byte address of every element of x [M, N], w [N, K], z [M, K], and y [M, K] or [1, K] if it is read."""
    x_shape, w_shape = (job.m, job.n), (job.n, job.k)
    found = {
        "x": addresses(job.x, *(x_shape[::-1] if job.x_transposed else x_shape), job.x_pitch, item),
        "w": addresses(job.w, *(w_shape[::-1] if job.w_transposed else w_shape), job.w_pitch, item),
        "z": addresses(job.z, job.m, job.k, job.z_pitch, item),
    }
    if job.x_transposed:
        found["x"] = found["x"].T
    if job.w_transposed:
        found["w"] = found["w"].T
    if job.y is not None:
        found["y"] = addresses(job.y or job.z, 1 if job.y_broadcast else job.m, job.k, job.y_pitch, item)
    return found


def run(memory: np.ndarray, job: Job, dtype: np.dtype = FP32) -> None:
    """Do ``job`` on ``memory`` (a byte image, address 0 first) in place; a size of 0 changes nothing."""
    if 0 in (job.m, job.n, job.k):
        return
    words = memory.view(dtype)
    at = {name: where // dtype.itemsize for name, where in operands(job, dtype.itemsize).items()}
    words[at["z"]] = gemm(words[at["x"]], words[at["w"]], words[at["y"]] if "y" in at else None)
