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
    assert lora1.estimated_cycles < 1_900_000


def test_products_begin_while_most_of_the_convolutions_weights_are_in_l3(lora1) -> None:
    """The convolution goes by kernel rows: a third of the weights is enough for the first one."""
    needed = lora1.graph.tensors["tokenizer.1.conv.weight"].nbytes
    fetched = 0
    for slot in lora1.slots:
        fetched += sum(hyper.length for hyper in slot.hyper if hyper.label == "fetch tokenizer.1.conv.weight")
        if any(job.label.startswith("tokenizer.1.conv") for job in slot.jobs):
            break
    assert 0 < fetched < 0.7 * needed


def test_sums_that_leave_l1_unfinished_come_back(lora1) -> None:
    """Partial sums of the convolution are stored, loaded and stored again; each store is of what is whole by then."""
    stores = [d for slot in lora1.slots for d in slot.dma if d.label == "store tokenizer.1.conv"]
    loads = [d for slot in lora1.slots for d in slot.dma if d.label == "load tokenizer.1.conv"]
    whole = lora1.graph.tensors["tokenizer.1.conv"].nbytes
    assert sum(d.nbytes for d in stores) > 1.5 * whole
    assert sum(d.nbytes for d in loads) > whole


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
