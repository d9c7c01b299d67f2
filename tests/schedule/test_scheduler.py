# SPDX-License-Identifier: Apache-2.0
"""The schedule overlaps engines, and says clearly what it cannot do."""

import pytest

from traindeploy.app.pipeline import build_training_graph
from traindeploy.errors import UserError
from traindeploy.ir import Graph, Node, Tensor
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program


@pytest.fixture(scope="module")
def lora1():
    return build_program(build_training_graph("cct2", "lora1"), CONFIGS["paper"], "redmule")


def test_redmule_runs_while_cores_make_the_next_im2col(lora1) -> None:
    together = 0
    open_jobs = 0
    for slot in lora1.slots:
        open_jobs += len(slot.jobs)
        together += bool(open_jobs and slot.calls)
        open_jobs = 0 if slot.wait_jobs else open_jobs
    assert together > 30


def test_loads_are_ahead_of_their_use(lora1) -> None:
    assert sum(1 for slot in lora1.slots if slot.dma and (slot.jobs or slot.calls)) > 100


def test_the_estimate_meets_the_goal(lora1) -> None:
    assert lora1.estimated_cycles < 4_000_000


def test_an_unknown_operator_is_named() -> None:
    graph = Graph("g")
    graph.add(Tensor("x", (4,), kind="input"))
    graph.add(Tensor("y", (4,)))
    graph.nodes.append(Node("n", "Cosh", ["x"], ["y"]))
    with pytest.raises(UserError, match="node 'n': operator 'Cosh' has no schedule"):
        build_program(graph, CONFIGS["paper"], "redmule")


def test_a_row_that_exceeds_l1_is_named_with_its_bytes() -> None:
    graph = Graph("g")
    graph.add(Tensor("x", (2, 40000), kind="input"))
    graph.add(Tensor("y", (2, 40000)))
    graph.nodes.append(Node("wide", "Softmax", ["x"], ["y"]))
    with pytest.raises(UserError, match=r"L1: wide rows 0:1: its buffers need 320000 bytes"):
        build_program(graph, CONFIGS["paper"], "redmule")
