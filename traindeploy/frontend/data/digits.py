# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's digits, the samples of a run that names no data."""

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from traindeploy.errors import UserError
from traindeploy.ir import Tensor


def digits(image: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Images [n,H,W,C] for the input ``image``, and labels [n].

    They are 8x8, scaled to [0, 1], resized bilinearly, grey repeated over the channels. UserError if the input is no
    image.
    """
    if len(image.shape) != 4:
        raise UserError(
            f"input '{image.name}' of shape {list(image.shape)} is no image: give DATA=<npz with images and labels>"
        )
    samples = load_digits()
    _, height, width, channels = image.shape
    resized = [
        np.asarray(Image.fromarray(d.astype(np.float32) / 16).resize((width, height), Image.Resampling.BILINEAR))
        for d in samples.images
    ]
    return np.repeat(np.stack(resized)[..., None], channels, axis=-1), samples.target


def one_hot(labels: np.ndarray, size: int) -> np.ndarray:
    """Targets [n,size]: 1 for the digit, else 0. UserError if an output of ``size`` elements has no place for each."""
    if size <= labels.max():
        raise UserError(f"digits: ten classes, the output has {size} elements: give DATA=<npz with images and targets>")
    return np.asarray(np.eye(size, dtype=np.float32)[labels])
