# SPDX-License-Identifier: Apache-2.0
"""Training samples in the shape that a graph's input has: scikit-learn's digits, or images and labels from an .npz
file.
"""

import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from traindeploy.errors import UserError
from traindeploy.ir import Graph, Tensor

Sample = dict[str, np.ndarray]

IMAGE_KEYS = ("images", "input", "x")
LABEL_KEYS = ("labels", "label", "y")


def load_samples(data: str, graph: Graph, count: int, seed: int) -> list[Sample]:
    """``count`` samples in an order drawn from ``seed``, each ``{input name: float32 array, label name: int32 [1]}``.

    ``data`` "" stands for scikit-learn's digits (8x8, scaled to [0, 1], resized bilinearly, grey repeated over the
    channels); otherwise it is an .npz file with ``images`` [n,C,H,W] or [n,H,W,C] (floats are taken as they are, uint8
    is scaled to [0, 1]) and ``labels`` [n]. If ``count`` exceeds the number of samples, they repeat. UserError for bad
    data.
    """
    tensors = [graph.tensors[name] for name in graph.inputs]
    image = next(t for t in tensors if t.kind == "input")
    label = next((t for t in tensors if t.kind == "label"), None)
    images, labels = _read_npz(Path(data), image) if data else _digits(image)
    classes = _classes(graph)
    if classes and not (labels.min() >= 0 and labels.max() < classes):
        raise UserError(
            f"{data or 'digits'}: labels {labels.min()} to {labels.max()}; the model has classes 0 to {classes - 1}"
        )
    order = np.random.default_rng([seed, 2]).permutation(len(images))
    samples = []
    for i in range(count):
        pick = order[i % len(order)]
        sample = {image.name: np.ascontiguousarray(images[pick], dtype=np.float32).reshape(image.shape)}
        if label is not None:
            sample[label.name] = np.array([labels[pick]], dtype=np.int32)
        samples.append(sample)
    return samples


def _classes(graph: Graph) -> int:
    loss = next((n for n in graph.nodes if n.op == "SoftmaxCrossEntropy"), None)
    return graph.tensors[loss.inputs[0]].shape[-1] if loss else 0


def _digits(image: Tensor) -> tuple[np.ndarray, np.ndarray]:
    if len(image.shape) != 4:
        raise UserError(
            f"input '{image.name}' of shape {list(image.shape)} is no image: give DATA=<npz with images and labels>"
        )
    digits = load_digits()
    _, height, width, channels = image.shape
    resized = [
        np.asarray(Image.fromarray(d.astype(np.float32) / 16).resize((width, height), Image.Resampling.BILINEAR))
        for d in digits.images
    ]
    return np.repeat(np.stack(resized)[..., None], channels, axis=-1), digits.target


def _read_npz(path: Path, image: Tensor) -> tuple[np.ndarray, np.ndarray]:
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile, AttributeError) as error:
        raise UserError(f"{path}: not a readable .npz file ({error}); expected arrays images and labels") from None
    images = next((arrays[k] for k in IMAGE_KEYS if k in arrays), None)
    labels = next((arrays[k] for k in LABEL_KEYS if k in arrays), None)
    if images is None or labels is None:
        raise UserError(f"{path}: holds {', '.join(arrays) or 'nothing'}; expected arrays images and labels")
    labels = np.atleast_1d(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or len(labels) != len(images) or not len(labels):
        raise UserError(
            f"{path}: labels {labels.dtype} {list(labels.shape)}; expected one integer for each of {len(images)} images"
        )
    wanted = image.shape[1:] if len(image.shape) == 4 else image.shape
    channels_first = (wanted[-1], *wanted[:-1])
    if images.shape[1:] == wanted:
        pass
    elif len(wanted) == 3 and images.shape[1:] == channels_first:
        images = images.transpose(0, 2, 3, 1)
    elif len(wanted) != 3 and images[0].size == image.size:
        images = images.reshape(len(images), *wanted)
    else:
        raise UserError(
            f"{path}: images of shape {list(images.shape[1:])}; the model's input is {list(wanted)} (or channels first)"
        )
    if images.dtype == np.uint8:
        images = images / np.float32(255)
    images = images.astype(np.float32)
    if not np.isfinite(images).all():
        raise UserError(f"{path}: images hold NaN or infinity")
    return images, labels
