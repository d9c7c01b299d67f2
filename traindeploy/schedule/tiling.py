# SPDX-License-Identifier: Apache-2.0
"""Graph -> tasks: one tiler an access pattern, in one table."""

from collections.abc import Callable

from traindeploy.errors import UserError
from traindeploy.ir import Graph, Node
from traindeploy.ir.program import Engine
from traindeploy.ir.region import Box
from traindeploy.ops import OPERATORS
from traindeploy.ops.operator import Pattern
from traindeploy.platform import HardwareConfig
from traindeploy.schedule.columns import tile_col2im
from traindeploy.schedule.conv import tile_conv
from traindeploy.schedule.conv_grad import tile_input_grad, tile_weight_grad
from traindeploy.schedule.depthwise import tile_depthwise, tile_depthwise_image, tile_depthwise_weights
from traindeploy.schedule.gemm import tile_gemm
from traindeploy.schedule.part import tile_part
from traindeploy.schedule.pool import tile_maxpool, tile_maxpool_grad
from traindeploy.schedule.reduce import tile_reduce_sum
from traindeploy.schedule.rowwise import tile_elementwise, tile_rowwise, tile_whole
from traindeploy.schedule.task import Task, Tiling
from traindeploy.schedule.transpose import tile_transpose

TILERS: dict[Pattern, Callable[[Tiling, Node], list[Task]]] = {
    "elementwise": tile_elementwise,
    "row": tile_rowwise,
    "whole": tile_whole,
    "matrix product": tile_gemm,
    "convolution": tile_conv,
    "convolution weights": tile_weight_grad,
    "convolution image": tile_input_grad,
    "image of columns": tile_col2im,
    "depthwise": tile_depthwise,
    "depthwise image": tile_depthwise_image,
    "depthwise weights": tile_depthwise_weights,
    "window": tile_maxpool,
    "window gradient": tile_maxpool_grad,
    "reduction": tile_reduce_sum,
    "layout": tile_transpose,
    "part": tile_part,
}


def tile_graph(
    graph: Graph, config: HardwareConfig, engine: Engine, l1_bytes: int
) -> tuple[list[Task], dict[str, Box]]:
    """All nodes' tasks in the graph's order, numbered, and the scratch buffers they use by name.

    UserError for an operator that is not in the catalogue.
    """
    tiling = Tiling(graph, config, engine, l1_bytes)
    tasks: list[Task] = []
    for node in graph.nodes:
        if node.op not in OPERATORS:
            known = ", ".join(sorted(OPERATORS))
            raise UserError(f"node {node.name!r}: operator {node.op!r} has no schedule; known: {known}")
        tasks += TILERS[OPERATORS[node.op].pattern](tiling, node)
    for index, task in enumerate(tasks):
        task.index = index
    return tasks, tiling.scratch
