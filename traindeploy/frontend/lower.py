# SPDX-License-Identifier: Apache-2.0
"""ONNX operators -> the operators of the catalogue, images in NHWC, leading batch dimensions of 1 dropped.

One pass over the nodes: a node of constants is folded, any other goes to its rule in ``frontend.rules``.
"""

from traindeploy.errors import UserError
from traindeploy.frontend.lowering import Lowering, Value, compact
from traindeploy.frontend.onnx_import import ModelSource, fold_node
from traindeploy.frontend.rules import RULES
from traindeploy.ir import Graph, Tensor


def lower(source: ModelSource, name: str) -> Graph:
    """The forward graph of ``source``: one input, one output (the logits). UserError for what is not supported."""
    low = Lowering(source, name)
    _append_input(low)
    for node in source.nodes:
        if node.name in low.absorbed or fold_node(source, node):
            continue
        rule = RULES.get(node.op)
        if rule is None or node.domain not in ("", "ai.onnx", "com.microsoft"):
            op = node.op if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op}"
            raise UserError(
                f"{source.file}: node '{node.name}': unsupported operator {op}; supported: {', '.join(sorted(RULES))}"
            )
        low.emit.origin = node.name
        rule(low, node)
    if source.output not in low.values:
        raise UserError(f"{source.file}: no node computes the output '{source.output}'")
    low.graph.outputs.append(low.plain(source.output))
    return low.graph


def _append_input(low: Lowering) -> None:
    """The graph's input: an image [1,C,H,W] as NHWC, anything else without its leading ones."""
    source = low.source
    if source.input_shape[0] != 1:
        raise UserError(
            f"{source.file}: input '{source.input}' has batch size {source.input_shape[0]}; export it with batch 1"
        )
    nhwc = len(source.input_shape) == 4
    shape = tuple(source.input_shape[i] for i in (0, 2, 3, 1)) if nhwc else compact(source.input_shape)
    low.graph.add(Tensor(source.input, shape, kind="input"))
    low.graph.inputs.append(source.input)
    low.values[source.input] = Value(source.input, source.input_shape, nhwc)
