# SPDX-License-Identifier: Apache-2.0
"""Training samples in the shape that a graph's input has: scikit-learn's digits, or what a file or folder holds."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from traindeploy.errors import UserError
from traindeploy.frontend.data.digits import digits, one_hot
from traindeploy.frontend.data.fit import check_labels, check_targets, fitted, scaled
from traindeploy.frontend.data.source import load_arrays
from traindeploy.ir import Graph, Tensor

Sample = dict[str, np.ndarray]


@dataclass(frozen=True)
class Dataset:
    """Images [n, ...] of the input ``image``, as stored, and labels [n] or targets [n,N]; ``label`` None: the graph has
    none.
    """

    images: np.ndarray
    labels: np.ndarray
    image: Tensor
    label: Tensor | None

    def __len__(self) -> int:
        return len(self.images)

    def sample(self, number: int) -> Sample:
        """``{input name: float32 array, label name: int32 [1] or float32 [1,N]}`` of one of them."""
        sample = {self.image.name: scaled(self.images[number]).reshape(self.image.shape)}
        if self.label is not None:
            sample[self.label.name] = np.array([self.labels[number]], dtype=self.label.dtype)
        return sample


def load_dataset(data: str, graph: Graph) -> Dataset:
    """All samples of ``data``, in their order.

    ``data`` "" stands for scikit-learn's digits; otherwise it is a file or folder that ``load_arrays`` reads, with
    images in a shape that ``fitted`` takes. UserError for bad data.
    """
    tensors = [graph.tensors[name] for name in graph.inputs]
    image = next(t for t in tensors if t.kind == "input")
    label = next((t for t in tensors if t.kind == "label"), None)
    if data:
        images, labels = load_arrays(Path(data))
        where, count = data, len(images) if images.ndim else 0
        if label is None or label.dtype == "int32":
            labels = check_labels(labels, count, where)
        else:
            labels = check_targets(labels, count, label.size, where, shares=_of_shares(graph))
        images = fitted(images, image, where)
    else:
        images, labels = digits(image)
        where = "digits"
        labels = labels if label is None or label.dtype == "int32" else one_hot(labels, label.size)
    classes = _classes(graph)
    if classes and not (labels.min() >= 0 and labels.max() < classes):
        raise UserError(f"{where}: labels {labels.min()} to {labels.max()}; the model has classes 0 to {classes - 1}")
    return Dataset(images, labels, image, label)


def load_samples(data: str, graph: Graph, count: int, seed: int) -> list[Sample]:
    """``count`` samples of ``load_dataset`` in an order drawn from ``seed``; beyond their number they repeat."""
    found = load_dataset(data, graph)
    order = np.random.default_rng([seed, 2]).permutation(len(found))
    return [found.sample(int(order[i % len(order)])) for i in range(count)]


def _classes(graph: Graph) -> int:
    loss = next((n for n in graph.nodes if n.op in ("SoftmaxCrossEntropy", "WeightedCrossEntropy")), None)
    return graph.tensors[loss.inputs[0]].shape[-1] if loss else 0


def _of_shares(graph: Graph) -> bool:
    """Whether the loss takes targets from 0 to 1."""
    return any(node.op == "BinaryCrossEntropy" for node in graph.nodes)
