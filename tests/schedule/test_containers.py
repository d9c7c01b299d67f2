# SPDX-License-Identifier: Apache-2.0
"""What lies together in L1: buffers that one operator writes do not overlap, whatever panels its rows cross."""

from dataclasses import replace
from itertools import combinations

import pytest

from traindeploy.ir import Graph, Node, Tensor, View
from traindeploy.ir.region import Box, flat, locate
from traindeploy.platform import CONFIGS
from traindeploy.schedule import pool
from traindeploy.schedule.dependence import analyse
from traindeploy.schedule.task import PANEL, Task, Tiling
from traindeploy.schedule.tiling import tile_graph

# Rows that divide a panel, that leave a rest of it, that are longer than one, and a last panel that is nearly empty.
ROWWISE = [(64, 128), (100, 96), (1000, 24), (171, 48), (7, 5000), (4097, 3), (2, 64 * 33)]
ELEMENTWISE = [1, 4095, 4096, 4097, 5000, 3 * 4096 + 1, 40_000]


def tasks_of(graph: Graph) -> list[Task]:
    return tile_graph(graph, CONFIGS["paper"], "redmule", 110_000)[0]


def one_operator(op: str, inputs: list[tuple[int, ...]], outputs: list[tuple[int, ...]], **attrs: float) -> Graph:
    """A graph of one node."""
    g = Graph(op)
    for i, shape in enumerate(inputs):
        g.add(Tensor(f"in{i}", shape, kind="input"))
    for i, shape in enumerate(outputs):
        g.add(Tensor(f"out{i}", shape))
    names = [f"in{i}" for i in range(len(inputs))], [f"out{i}" for i in range(len(outputs))]
    g.nodes = [Node("node", op, *names, dict(attrs))]
    return g


def assert_legal(tasks: list[Task]) -> None:
    """Each element is written by one task, into one buffer that holds it."""
    written: dict[str, list[int]] = {}
    containers: set[Box] = set()
    for operand in (operand for task in tasks for operand in task.operands.values() if operand.write):
        ((count, _),) = operand.box.canonical.dims
        written.setdefault(operand.box.base, []).extend(range(operand.box.offset, operand.box.offset + count))
        assert locate(operand.container, operand.box) is not None
        containers.add(operand.container.canonical)
    for elements in written.values():
        assert sorted(elements) == list(range(len(elements)))
    assert not any(a.overlaps(b) for a, b in combinations(containers, 2))
    analyse(tasks)  # says so, too


@pytest.mark.parametrize("shape", ROWWISE)
def test_rows_that_cross_panels_are_written_to_buffers_of_their_own(shape: tuple[int, int]) -> None:
    assert_legal(tasks_of(one_operator("Softmax", [shape], [shape])))
    rows, cols = shape
    graph = one_operator("LayerNorm", [shape, (cols,), (cols,)], [shape, (rows, 1), (rows, 1)], epsilon=1e-5)
    assert_legal(tasks_of(graph))


@pytest.mark.parametrize("size", ELEMENTWISE)
def test_elements_are_written_to_buffers_of_their_own(size: int) -> None:
    assert_legal(tasks_of(one_operator("Gelu", [(size,)], [(size,)])))


@pytest.mark.parametrize(("height", "width", "channels"), [(32, 32, 64), (33, 31, 24), (60, 60, 5), (50, 50, 40)])
def test_pooled_rows_are_written_to_buffers_of_their_own(height: int, width: int, channels: int) -> None:
    g = Graph("pool")
    out = ((height - 3) // 2 + 1, (width - 3) // 2 + 1)
    g.add(Tensor("x", (1, height, width, channels), kind="input"))
    g.add(Tensor("y", (1, *out, channels)))
    g.nodes = [Node("node", "MaxPool", ["x"], ["y"], {"kernel": (3, 3), "strides": (2, 2), "pads": (0, 0, 0, 0)})]
    tiling = Tiling(g, CONFIGS["paper"], "redmule", 110_000)
    assert_legal(pool.tile_maxpool(tiling, g.nodes[0]))


def test_calls_of_a_panel_share_its_buffer() -> None:
    tasks = tasks_of(one_operator("Gelu", [(2 * PANEL,)], [(2 * PANEL,)]))
    containers = {operand.container for task in tasks for operand in task.operands.values() if operand.write}
    assert len(tasks) > 4
    assert sorted((box.offset, box.size) for box in containers) == [(0, PANEL), (PANEL, PANEL)]


def test_a_view_that_begins_within_a_panel_is_read_as_it_lies() -> None:
    g = Graph("view")
    g.add(Tensor("x", (3 * PANEL,), kind="input"))
    g.add(Tensor("part", (PANEL,), view=View("x", (1,), PANEL // 2)))
    g.add(Tensor("y", (PANEL,)))
    g.nodes = [Node("node", "Relu", ["part"], ["y"])]
    for task in tasks_of(g):
        operand = task.operands["x"]
        assert (operand.container.offset, operand.container.size) == (PANEL // 2, PANEL)


def test_a_buffer_that_overlaps_another_is_refused() -> None:
    tasks = tasks_of(one_operator("Softmax", [(1000, 24)], [(1000, 24)]))
    operand = tasks[0].operands["y"]
    panel = flat("out0", 0, PANEL, 4)  # its rows end within a row
    tasks[0].args["y"] = replace(operand, container=panel)
    with pytest.raises(RuntimeError, match="overlaps"):
        analyse(tasks)
