# SPDX-License-Identifier: Apache-2.0
"""The data are the user's: what was trained on, against the files read a second time by another reader.

Sample number i of a run is number p[i mod n] of the n that the files hold, p being NumPy's permutation of n by
``default_rng([seed, 2])``.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from traindeploy.app.checks import reread
from traindeploy.app.checks.facts import Compiled, Values
from traindeploy.records.self_check import SelfCheck, at_most, counted_twice

IMAGES, LABELS = "images against the data's files", "labels against the data's files"
ROUNDING = 2.0**-22  # of an interpolated digit from 0 to 1: four roundings to float32


def check(compiled: Compiled) -> list[SelfCheck]:
    """Every step's image, and its label or targets."""
    data = compiled.options.data
    try:
        images, labels = reread.read_again(Path(data)) if data else reread.digits()
        pairs = list(_pairs(compiled, images, labels.reshape(len(images), -1)))
    except Exception as error:  # noqa: BLE001 whatever stops the second reader: nothing shows what was trained on
        said = " ".join(f"{type(error).__name__} {error}".split())
        text = f"the data cannot be read a second time, so that nothing shows what the run was trained on: {said}"
        return [at_most(IMAGES, "data", np.nan, 0.0, "", text)]
    errors = [_distance(sample[compiled.image], image) for sample, image, _ in pairs]
    wrong = [step for step, (sample, _, label) in enumerate(pairs) if not _same(_label(compiled, sample), label)]
    text = "largest difference of an element, in all steps, to what a second reader finds under the same number"
    found = at_most(IMAGES, "data", float(np.max(errors)), 0.0 if data else ROUNDING, "", text)
    text = "labels that are not those of a second reader under the same number"
    if wrong:
        sample, _, label = pairs[wrong[0]]
        trained, said = _first_difference(_label(compiled, sample), label)
        text = f"{text}: in step {wrong[0]} {trained} was trained, where the data say {said}"
    return [found, counted_twice(LABELS, "data", len(wrong), 0, "wrong", text)]


def _pairs(
    compiled: Compiled, images: np.ndarray, labels: np.ndarray
) -> Iterator[tuple[Values, np.ndarray, np.ndarray]]:
    """Of each step what was fed, and image and label (or targets) of that number."""
    order = np.random.default_rng([compiled.options.seed, 2]).permutation(len(images))
    shape = compiled.graph.tensors[compiled.image].shape
    for step, sample in enumerate(compiled.samples):
        number = order[step % len(order)]
        image = images[number]
        floats = image / np.float32(255) if image.dtype == np.uint8 else image.astype(np.float32)
        if not compiled.options.data:
            floats = _resized(floats, shape[1:3])
        yield sample, _as_input(floats, shape), _as_label(compiled, labels[number], _label(compiled, sample))


def _as_input(image: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """``image`` in the order in which the graph holds its input: pixel by pixel, grey repeated over the channels."""
    if len(shape) != 4:
        return image.reshape(shape)
    _, height, width, channels = shape
    if image.shape == (channels, height, width):
        return np.moveaxis(image, 0, -1)[None]
    if image.size == height * width:
        return np.repeat(image.reshape(1, height, width, 1), channels, axis=3)
    return image.reshape(shape)


def _resized(image: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """By linear interpolation between the centres of pixels, or over what a pixel of the smaller image covers."""
    rows, columns = (_weights(old, new) for old, new in zip(image.shape, size, strict=True))
    return np.asarray(rows @ image @ columns.T)


def _weights(old: int, new: int) -> np.ndarray:
    """[new,old]: a triangle around each new pixel's centre, as wide as the larger of two old and two new pixels."""
    ratio = old / new
    distance = (np.arange(new)[:, None] + 0.5) * ratio - (np.arange(old) + 0.5)
    triangle = np.maximum(1 - np.abs(distance) / max(ratio, 1.0), 0.0)
    return np.asarray(triangle / triangle.sum(axis=1, keepdims=True))


def _distance(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.max(np.abs(found.astype(np.float64) - wanted))) if found.shape == wanted.shape else np.nan


def _label(compiled: Compiled, sample: Values) -> np.ndarray:
    label = next(name for name in compiled.graph.inputs if compiled.graph.tensors[name].kind == "label")
    flat: np.ndarray = sample[label].reshape(-1)
    return flat


def _as_label(compiled: Compiled, found: np.ndarray, trained: np.ndarray) -> np.ndarray:
    """What the data say, as the loss takes it: a class, or float targets; of a digit a row that is 1 at its place."""
    if trained.dtype.kind != "f":
        return found
    if not compiled.options.data:
        return np.asarray(np.arange(trained.size) == found[0], np.float32)
    return found.astype(np.float32)


def _same(trained: np.ndarray, said: np.ndarray) -> bool:
    return trained.shape == said.shape and bool((trained == said).all())


def _first_difference(trained: np.ndarray, said: np.ndarray) -> tuple[str, str]:
    if trained.shape != said.shape:
        return f"{trained.size} numbers", f"{said.size}"
    place = int(np.argmax(trained != said))
    behind = f" (element {place})" if trained.size > 1 else ""
    return f"{trained[place]}{behind}", f"{said[place]}"
