# SPDX-License-Identifier: Apache-2.0
"""Graph -> tasks: one tiler an operator, in one table."""

from collections.abc import Callable

from traindeploy.errors import UserError
from traindeploy.ir import Graph, Node
from traindeploy.ir.program import Engine
from traindeploy.ir.region import Box
from traindeploy.schedule.conv import tile_conv
from traindeploy.schedule.gemm import tile_gemm
from traindeploy.schedule.loss import FIELDS, tile_loss
from traindeploy.schedule.pool import tile_maxpool
from traindeploy.schedule.reduce import tile_reduce_sum
from traindeploy.schedule.rowwise import ELEMENTWISE, ROWWISE, tile_elementwise, tile_rowwise
from traindeploy.schedule.task import Task, Tiling
from traindeploy.schedule.transpose import tile_transpose
from traindeploy.target import HardwareConfig

TILERS: dict[str, Callable[[Tiling, Node], list[Task]]] = {
    "Gemm": tile_gemm,
    "Conv": tile_conv,
    "MaxPool": tile_maxpool,
    "ReduceSum": tile_reduce_sum,
    "Transpose": tile_transpose,
    **dict.fromkeys(ELEMENTWISE, tile_elementwise),
    **dict.fromkeys(ROWWISE, tile_rowwise),
    **dict.fromkeys(FIELDS, tile_loss),
}


def tile_graph(
    graph: Graph, config: HardwareConfig, engine: Engine, l1_bytes: int
) -> tuple[list[Task], dict[str, Box]]:
    """All nodes' tasks in the graph's order, numbered, and the scratch buffers they use by name."""
    tiling = Tiling(graph, config, engine, l1_bytes)
    tasks: list[Task] = []
    for node in graph.nodes:
        if node.op not in TILERS:
            raise UserError(
                f"node {node.name!r}: operator {node.op!r} has no schedule; known: {', '.join(sorted(TILERS))}"
            )
        tasks += TILERS[node.op](tiling, node)
    for index, task in enumerate(tasks):
        task.index = index
    return tasks, tiling.scratch
