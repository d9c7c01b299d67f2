# SPDX-License-Identifier: Apache-2.0
"""Losses and the gradients behind them are PyTorch's; what a loss does not take is refused in a line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from golden.directional import gradients
from golden.executor import execute
from tests.losses import LOSSES, OUTPUTS, SAMPLES, network, options, parameters, torchs
from traindeploy.app.options import Options
from traindeploy.errors import UserError
from traindeploy.frontend import load_model
from traindeploy.frontend.data import load_samples
from traindeploy.ir import Graph
from traindeploy.training import build_step

FLOAT32 = 2.0**-22  # of numbers that the options give: scale, weight and share are rounded once each


def step_of(wanted: Options) -> Graph:
    return build_step(load_model(wanted.model), wanted.training)


@pytest.mark.parametrize("which", LOSSES)
def test_loss_and_gradients_are_autograds(which: str, tmp_path: Path) -> None:
    wanted = options(tmp_path, which)
    graph = step_of(wanted)
    (sample,) = load_samples(wanted.data, graph, 1, 0)
    values = execute(graph, sample, "math")
    leaves = {n: torch.tensor(w, dtype=torch.float64, requires_grad=True) for n, w in parameters().items()}
    hidden = torch.tanh(torch.tensor(sample["x"], dtype=torch.float64).reshape(1, -1) @ leaves["first"])
    loss = torchs(which, hidden @ leaves["second"], torch.tensor(sample["label"], dtype=torch.float64))
    loss.backward()
    assert abs(values["loss"][0] - loss.item()) <= FLOAT32 * loss.item()
    for name, gradient in gradients(graph).items():
        grad = leaves[name].grad
        assert grad is not None
        assert np.abs(values[gradient] - grad.numpy()).max() <= FLOAT32 * np.abs(grad.numpy()).max()


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"loss": "mse", "label_smoothing": 0.1}, ["LABEL_SMOOTHING=0.1", "LOSS=mse", "cross_entropy"]),
        ({"loss": "l1", "class_weights": "1,2"}, ["CLASS_WEIGHTS=1,2", "LOSS=l1"]),
        ({"loss": "mse", "huber_delta": 0.5}, ["HUBER_DELTA=0.5", "LOSS=huber"]),
        ({"loss": "huber", "huber_delta": -1.0}, ["HUBER_DELTA=-1.0", "positive"]),
        ({"label_smoothing": 1.5}, ["LABEL_SMOOTHING=1.5", "0 to 1"]),
        ({"class_weights": "1,x"}, ["CLASS_WEIGHTS=1,x", "1,0.5,2"]),
        ({"class_weights": "1,2"}, ["6 classes", "CLASS_WEIGHTS", "2"]),
    ],
)
def test_numbers_that_a_loss_does_not_take_are_refused(changed: dict, named: list[str], tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        step_of(Options(model=network(tmp_path), strategy="full", **changed))
    assert all(word in str(refused.value) for word in named), refused.value


def test_a_last_softmax_is_no_part_of_another_loss(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"ends in Softmax.*only cross-entropy"):
        step_of(options(tmp_path, "mse", "Softmax"))


ROWS = np.zeros((SAMPLES, OUTPUTS), np.float32)
BAD_TARGETS: dict[str, tuple[str, np.ndarray, str]] = {
    "class numbers": ("mse", np.zeros(SAMPLES, np.int64), r"np\.eye\(6, dtype=np\.float32\)\[labels\]"),
    "integers": ("mse", np.zeros((SAMPLES, OUTPUTS), np.int64), "astype"),
    "too few": ("mse", ROWS[:, :5], "expected 6 floats for each of 20 images"),
    "of fewer images": ("mse", ROWS[1:], "expected 6 floats for each of 20 images"),
    "not a number": ("mse", np.full_like(ROWS, np.nan), "targets hold NaN"),
    "too large": ("mse", np.full(ROWS.shape, 1e39), "float32 cannot hold"),
    "no share": ("bce", ROWS + 2, "LOSS=bce takes 0 to 1"),
    "targets for classes": ("smoothing", ROWS, r"expected one integer.*LOSS=mse"),
}


@pytest.mark.parametrize("what", BAD_TARGETS)
def test_data_that_do_not_fit_the_loss_are_refused(what: str, tmp_path: Path) -> None:
    which, targets, said = BAD_TARGETS[what]
    wanted = options(tmp_path, which)
    with np.load(wanted.data) as archive:
        images = archive["images"]
    np.savez(tmp_path / "bad.npz", images=images, targets=targets)
    with pytest.raises(UserError, match=said):
        load_samples(str(tmp_path / "bad.npz"), step_of(wanted), 1, 0)


def test_digits_are_rows_of_ones_and_zeros_for_a_loss_of_targets() -> None:
    graph = step_of(Options(model="cct_tiny", strategy="lp", loss="mse"))
    (targets,) = load_samples("", graph, 1, 0)[0]["label"]
    (label,) = load_samples("", step_of(Options(model="cct_tiny", strategy="lp")), 1, 0)[0]["label"]
    assert targets.argmax() == label
    assert sorted(targets) == [0.0] * (targets.size - 1) + [1.0]
    with pytest.raises(UserError, match="give DATA="):
        load_samples("", _narrow(graph), 1, 0)


def _narrow(graph: Graph) -> Graph:
    """With fewer outputs than there are digits."""
    label = graph.tensors["label"]
    return replace(graph, tensors={**graph.tensors, "label": replace(label, shape=(1, 9))})
