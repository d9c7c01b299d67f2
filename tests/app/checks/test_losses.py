# SPDX-License-Identifier: Apache-2.0
"""A loss that is not the one that was asked for, or whose gradient is wrong, is noticed; so are other targets."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.app.checks.conftest import compiled_run, failed
from tests.losses import LOSSES, options
from traindeploy.app.checks import data, gradients, model
from traindeploy.ir import Graph, Node
from traindeploy.ops import OPERATORS

FIRST, SLOPES = "first loss against onnxruntime", "gradients against slopes of the loss"


@pytest.mark.parametrize("which", LOSSES)
def test_checks_of_a_right_loss_hold(which: str, tmp_path: Path) -> None:
    compiled = compiled_run(options(tmp_path, which))
    assert failed([*data.check(compiled), *model.check(compiled), *gradients.check(compiled)]) == []


def losses(graph: Graph) -> tuple[Node, Node]:
    """The loss and its gradient."""
    value, slope = (node for node in graph.nodes if OPERATORS[node.op].family == "loss")
    return value, slope


def times(place: int, factor: float) -> Callable[[Graph], None]:
    """All attributes of the loss (0) or of its gradient (1)."""

    def damage(graph: Graph) -> None:
        node = losses(graph)[place]
        node.attrs = {name: factor * value for name, value in node.attrs.items()}

    return damage


def replaced(graph: Graph) -> None:
    """One loss of targets, with its gradient, for another."""
    for node in losses(graph):
        node.op = node.op.replace("SquaredError", "AbsoluteError")


def unweighted(graph: Graph) -> None:
    """Every class with the weight 1."""
    constant = graph.tensors[losses(graph)[0].inputs[2]]
    assert constant.data is not None
    constant.data = np.ones_like(constant.data)


@pytest.mark.parametrize("which", LOSSES)
def test_a_loss_that_is_wrong_by_a_hundredth_is_noticed(which: str, tmp_path: Path) -> None:
    assert FIRST in failed(model.check(compiled_run(options(tmp_path, which), times(0, 1.01))))


@pytest.mark.parametrize("which", LOSSES)
def test_a_gradient_that_is_wrong_by_a_hundredth_is_noticed(which: str, tmp_path: Path) -> None:
    assert failed(gradients.check(compiled_run(options(tmp_path, which), times(1, 1.01), runs=False))) == [SLOPES]


@pytest.mark.parametrize(("which", "damage"), [("mse", replaced), ("weights", unweighted)])
def test_another_loss_than_was_asked_for_is_noticed(
    which: str, damage: Callable[[Graph], None], tmp_path: Path
) -> None:
    assert FIRST in failed(model.check(compiled_run(options(tmp_path, which), damage)))


def test_a_target_that_is_not_the_datas_is_noticed(tmp_path: Path) -> None:
    compiled = compiled_run(options(tmp_path, "mse"), runs=False)
    compiled.samples[1]["label"][0, 3] += np.float32(2.0**-20)
    (found,) = (check for check in data.check(compiled) if not check.passed)
    assert "in step 1" in found.text
    assert "element 3" in found.text


def test_a_last_sigmoid_is_a_part_of_binary_cross_entropy(tmp_path: Path) -> None:
    compiled = compiled_run(options(tmp_path, "bce", "Sigmoid"))
    assert not [node for node in compiled.graph.nodes if node.op == "Sigmoid"]
    assert failed([*model.check(compiled), *gradients.check(compiled)]) == []
