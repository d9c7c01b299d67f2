# SPDX-License-Identifier: Apache-2.0
"""A small network with data for every loss, and what PyTorch calls each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
import torch.nn.functional as F  # noqa: N812
from onnx import TensorProto, helper, numpy_helper

from traindeploy.app.options import Options

INPUTS, HIDDEN, OUTPUTS, SAMPLES = 12, 8, 6, 20
WEIGHTS = "1,2,3,0.5,1,0.25"
# Options of a run, by what they test.
LOSSES: dict[str, dict[str, Any]] = {
    "mse": {"loss": "mse"},
    "l1": {"loss": "l1"},
    "huber": {"loss": "huber", "huber_delta": 0.3},
    "bce": {"loss": "bce"},
    "smoothing": {"label_smoothing": 0.1},
    "weights": {"class_weights": WEIGHTS},
    "both": {"label_smoothing": 0.2, "class_weights": WEIGHTS},
}


def parameters() -> dict[str, np.ndarray]:
    """Of the two layers."""
    random = np.random.default_rng(5)
    shapes = {"first": (INPUTS, HIDDEN), "second": (HIDDEN, OUTPUTS)}
    return {name: (random.standard_normal(shape) / 3).astype(np.float32) for name, shape in shapes.items()}


def network(folder: Path, end: str = "") -> str:
    """The file of a perceptron, which an operator ``end`` may end."""
    nodes = [
        ("MatMul", ["x", "first"], "h"),
        ("Tanh", ["h"], "t"),
        ("MatMul", ["t", "second"], "y" if not end else "z"),
    ]
    nodes += [(end, ["z"], "y")] if end else []
    graph = helper.make_graph(
        [helper.make_node(op, given, [made]) for op, given, made in nodes],
        "perceptron",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, INPUTS])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, OUTPUTS])],
        [numpy_helper.from_array(data, name) for name, data in parameters().items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / f"perceptron{end}.onnx")
    return str(folder / f"perceptron{end}.onnx")


def options(folder: Path, which: str, end: str = "") -> Options:
    """A run of two steps with the loss ``which``, and data that it takes."""
    random = np.random.default_rng(6)
    images = random.standard_normal((SAMPLES, INPUTS)).astype(np.float32)
    np.savez(folder / "targets.npz", images=images, targets=random.uniform(size=(SAMPLES, OUTPUTS)).astype(np.float32))
    np.savez(folder / "labels.npz", images=images, labels=random.integers(0, OUTPUTS, SAMPLES))
    chosen = LOSSES[which]
    data = folder / ("targets.npz" if "loss" in chosen else "labels.npz")
    return Options(model=network(folder, end), strategy="full", steps=2, data=str(data), **chosen)


def torchs(which: str, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The same loss by PyTorch."""
    weights = torch.tensor([float(word) for word in WEIGHTS.split(",")], dtype=output.dtype)
    classes = {"smoothing": (None, 0.1), "weights": (weights, 0.0), "both": (weights, 0.2)}
    if which in classes:
        weight, smoothing = classes[which]
        label = target.reshape(-1).to(torch.int64)
        return F.cross_entropy(output, label, weight, label_smoothing=smoothing, reduction="sum")
    if which == "huber":
        return F.huber_loss(output, target, delta=0.3)
    functions: dict[str, Callable[..., torch.Tensor]] = {
        "mse": F.mse_loss, "l1": F.l1_loss, "bce": F.binary_cross_entropy_with_logits,
    }  # fmt: skip
    return functions[which](output, target)
