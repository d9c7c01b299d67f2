# SPDX-License-Identifier: Apache-2.0
"""Arrays as they were stored, made to fit a model's input, or refused."""

import numpy as np

from traindeploy.errors import UserError
from traindeploy.ir import Tensor


def check_labels(labels: np.ndarray, count: int, where: str) -> np.ndarray:
    """``labels`` as [n], one integer for each of ``count`` images ([n,1] is taken too); UserError for anything else."""
    labels = np.atleast_1d(labels)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or len(labels) != count or not count:
        hint = "; one-hot rows become integers by argmax" if labels.ndim == 2 and len(labels) == count else ""
        hint += "; of float targets LOSS=mse, l1, huber or bce makes a loss" if labels.dtype.kind == "f" else ""
        found = f"{labels.dtype} {list(labels.shape)}"
        raise UserError(f"{where}: labels {found}; expected one integer for each of {count} images{hint}")
    return labels


def check_targets(targets: np.ndarray, count: int, size: int, where: str, *, shares: bool) -> np.ndarray:
    """``targets`` as float32 [n,size], the numbers that each of ``count`` images' output should be, in its order.

    ``shares``: each is from 0 to 1. UserError for anything else, and for what float32 cannot hold.
    """
    found = f"{where}: targets {targets.dtype} {list(targets.shape)}"
    wanted = f"expected {size} float{'s' if size > 1 else ''} for each of {count} images, as the loss takes them"
    if targets.dtype.kind != "f":
        as_rows = "astype(np.float32)" if targets.ndim > 1 or size == 1 else f"np.eye({size}, dtype=np.float32)[labels]"
        raise UserError(f"{found}; {wanted}: {as_rows} makes them of integers")
    if not count or targets.ndim < 1 or len(targets) != count or targets.size != count * size:
        raise UserError(f"{found}; {wanted}")
    _check_values(targets, where, "targets")
    if shares and not (targets.min() >= 0 and targets.max() <= 1):
        raise UserError(f"{where}: targets from {targets.min():g} to {targets.max():g}; LOSS=bce takes 0 to 1")
    return np.ascontiguousarray(targets, np.float32).reshape(count, size)


def fitted(images: np.ndarray, image: Tensor, where: str) -> np.ndarray:
    """``images`` as [n, ...] of the input ``image``; their numbers are still as they were stored (``scaled``).

    An input [1,H,W,C] takes [n,C,H,W], [n,H,W,C], and grey images [n,H,W], [n,1,H,W] and [n,H,W,1], which are repeated
    over the channels; where both orders fit (C = H = W) it is the model file's, channels first. Any other input takes
    its own shape, dimensions of 1 apart; if one of the two is a mere row, the number of elements is enough. UserError
    for other shapes and types, NaN, infinity, and what float32 cannot hold.
    """
    _check_type(images, where)
    placed = _as_pixels(images, image.shape[1:]) if len(image.shape) == 4 else _as_vectors(images, image)
    if placed is None:
        wanted = list(image.shape[1:] if len(image.shape) == 4 else image.shape)
        first = " (or channels first, or grey)" if len(image.shape) == 4 else ""
        raise UserError(f"{where}: images of shape {list(images.shape[1:])}; the model's input is {wanted}{first}")
    if placed.dtype.kind == "f":
        _check_values(placed, where)
    return placed


def scaled(image: np.ndarray) -> np.ndarray:
    """One stored image as float32: uint8 from 0 to 1, floats as they are."""
    return np.ascontiguousarray(image / np.float32(255) if image.dtype == np.uint8 else image, dtype=np.float32)


def _check_type(images: np.ndarray, where: str) -> None:
    if images.dtype == np.uint8 or images.dtype.kind == "f":
        return
    raise UserError(
        f"{where}: images of {images.dtype}; expected uint8 (scaled to 0 to 1) or floats (taken as they are): "
        "divide them by their largest value and store float32"
    )


def _as_pixels(images: np.ndarray, wanted: tuple[int, ...]) -> np.ndarray | None:
    """``images`` as [n,H,W,C], ``wanted`` being (H, W, C); None if their shape is none of these."""
    height, width, channels = wanted
    shape = images.shape[1:]
    if shape == (channels, height, width):
        return images.transpose(0, 2, 3, 1)
    if shape == wanted:
        return images
    if shape in ((height, width), (1, height, width), (height, width, 1)):
        grey = images.reshape(len(images), height, width, 1)
        return np.broadcast_to(grey, (len(images), *wanted))
    return None


def _as_vectors(images: np.ndarray, image: Tensor) -> np.ndarray | None:
    if images.ndim < 1 or images[:1].size != image.size:
        return None
    given, wanted = ([n for n in shape if n > 1] for shape in (images.shape[1:], image.shape))
    if len(given) > 1 and len(wanted) > 1 and given != wanted:  # in another order, transposed perhaps
        return None
    return images.reshape(len(images), *image.shape)


def _check_values(images: np.ndarray, where: str, what: str = "images") -> None:
    low, high = float(images.min()), float(images.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise UserError(f"{where}: {what} hold NaN or infinity")
    if max(-low, high) > float(np.finfo(np.float32).max):
        raise UserError(f"{where}: {what} from {low:g} to {high:g}, which float32 cannot hold")
