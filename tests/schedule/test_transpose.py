# SPDX-License-Identifier: Apache-2.0
"""Copies of permutations: tiles take every element once, stay small, and are what the DMA and the kernel can do."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden.training import execute_steps
from tests.codegen.running import mismatches
from traindeploy.codegen.check import check_program
from traindeploy.ir import Graph, Node, Tensor
from traindeploy.ir.region import Box
from traindeploy.ops.layout import COPY_LOOPS
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program
from traindeploy.schedule.task import PANEL, Operand, Task, Tiling
from traindeploy.schedule.transpose import tile_transpose

CONFIG = CONFIGS["compact"]


def copy(shape: tuple[int, ...], perm: tuple[int, ...]) -> Graph:
    graph = Graph("copy", inputs=["x"], outputs=["y"])
    graph.add(Tensor("x", shape, kind="input"))
    graph.add(Tensor("y", tuple(shape[p] for p in perm)))
    graph.nodes = [Node("copy", "Transpose", ["x"], ["y"], {"perm": perm})]
    return graph


def tasks_of(graph: Graph) -> list[Task]:
    return tile_transpose(Tiling(graph, CONFIG, "cores", 100_000), graph.nodes[0])


def elements(box: Box) -> np.ndarray:
    index = np.array([box.offset])
    for count, stride in box.dims:
        index = (index[:, None] + np.arange(count) * stride).reshape(-1)
    return index


@st.composite
def permutations(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    rank = draw(st.integers(1, 7))
    shape: list[int] = []
    for _ in range(rank):
        room = 60_000 // max(1, math.prod(shape))
        shape.append(draw(st.integers(1, max(1, min(room, draw(st.sampled_from([1, 3, 9, 70, 4000])))))))
    order = draw(st.permutations(range(rank)))
    return tuple(draw(st.permutations(shape))), tuple(order)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(permutations())
def test_tiles_write_every_element_once_and_fit(case: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    graph = copy(*case)
    written: list[np.ndarray] = []
    for task in tasks_of(graph):
        x, out = task.args["x"], task.args["out"]
        assert isinstance(x, Operand)
        assert isinstance(out, Operand)
        written.append(elements(out.box))
        counts = [task.args[f"{loop}s"] for loop in COPY_LOOPS]
        assert math.prod(int(str(count)) for count in counts) == out.box.size <= PANEL
        for operand in (x, out):
            assert operand.container.size <= PANEL
            assert len(operand.container.canonical.dims) <= 3
    assert np.array_equal(np.sort(np.concatenate(written)), np.arange(graph.tensors["y"].size))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(permutations())
def test_programs_copy_as_numpy_does(case: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    graph = copy(*case)
    feeds = {"x": np.random.default_rng(0).standard_normal(case[0]).astype(np.float32)}
    values = execute_steps(graph, [feeds])
    assert np.array_equal(values[0]["y"], feeds["x"].transpose(case[1]))
    program = build_program(graph, CONFIG, "cores")
    check_program(program)
    assert mismatches(program, values, [feeds], "late") == ([], 1)


@pytest.mark.parametrize(
    ("shape", "perm", "most"),
    [
        ((500, 1000), (1, 0), 128),  # both axes are cut
        ((100_000, 2), (1, 0), 50),  # a thin one
        ((3, 224, 14, 16), (1, 3, 2, 0), 60),
        ((1, 3, 14, 16, 14, 16), (0, 2, 4, 3, 5, 1), 42),  # an image cut into patches
        ((1, 8, 7, 8, 7, 32), (0, 1, 3, 2, 4, 5), 32),  # windows of tokens
        ((1, 12, 64, 64), (0, 2, 1, 3), 16),  # heads
    ],
)
def test_large_copies_take_few_tasks(shape: tuple[int, ...], perm: tuple[int, ...], most: int) -> None:
    assert math.prod(shape) / PANEL <= len(tasks_of(copy(shape, perm))) <= most
