# SPDX-License-Identifier: Apache-2.0
"""Constants: nodes that depend on nothing else are evaluated, with onnxruntime.

Not with ONNX's own reference implementation, which is wrong in places (a padded MaxPool, Softmax before opset 13).
"""

import math

import numpy as np
import onnx

from traindeploy.errors import UserError
from traindeploy.frontend.source import ModelSource, OnnxNode
from traindeploy.platform import L3

MOST_DIMENSIONS = 64
LAYOUTS = ("Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze")


def fold_node(source: ModelSource, node: OnnxNode) -> bool:
    """Evaluate ``node`` if all its inputs are constant; whether it was. UserError if it cannot be evaluated."""
    values = source.constants
    if node.domain or node.proto is None or any(i and i not in values for i in list.__iter__(node.inputs)):
        return False
    if node.op in LAYOUTS and _is_shared_weight(source, node):
        return False
    try:
        results = _constant(node.proto) if node.op == "Constant" else None
        values.update(zip(node.outputs, results or _evaluate(source, node, node.proto), strict=True))
    except Exception as error:  # noqa: BLE001 onnxruntime has a type for each of its errors, with no common ancestor
        reason = one_line(error)
        raise UserError(f"{source.file}: node '{node.name}' ({node.op}): cannot be evaluated: {reason}") from None
    values.pop("", None)  # an output that is not wanted
    behind = [source.weights_behind(i) for i in list.__iter__(node.inputs) if i]
    if behind:
        source.made_of |= dict.fromkeys(filter(None, node.outputs), frozenset().union(*behind))
    return True


def _is_shared_weight(source: ModelSource, node: OnnxNode) -> bool:
    """Whether others read the weight that ``node`` lays out anew: then it stays one, and the node becomes a view."""
    name = list.__getitem__(node.inputs, 0)
    value = source.constants[name]
    return value.dtype == np.float32 and value.ndim > 1 and source.readers(name) > 1


def one_line(error: Exception) -> str:
    """The first line of ``error``'s text that holds something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _constant(proto: onnx.NodeProto) -> list[np.ndarray] | None:
    """The value of a Constant that holds a tensor, which is most of them."""
    (attribute,) = proto.attribute
    return [onnx.numpy_helper.to_array(attribute.t)] if attribute.name == "value" else None


def _evaluate(source: ModelSource, node: OnnxNode, proto: onnx.NodeProto) -> list[np.ndarray]:
    import onnxruntime  # here, since it takes a third of a second and most models need none

    renamed = onnx.NodeProto()
    renamed.CopyFrom(proto)
    del renamed.input[:], renamed.output[:]
    renamed.input.extend(list.__iter__(node.inputs))
    renamed.output.extend(node.outputs)
    feeds = {i: source.constants[i] for i in node.inputs if i}
    graph = onnx.helper.make_graph(
        [renamed],
        "fold",
        [_typed(name, value) for name, value in feeds.items()],
        [onnx.helper.make_value_info(o, onnx.TypeProto()) for o in node.outputs if o],
    )
    model = onnx.helper.make_model(graph, opset_imports=source.opsets, ir_version=10)
    _check_size(model, feeds)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    results = iter(session.run(None, feeds))
    return [np.asarray(next(results)) if o else np.empty(0) for o in node.outputs]


def _check_size(model: onnx.ModelProto, feeds: dict[str, np.ndarray]) -> None:
    """ValueError if a result is known to be larger than all of L3, as ConstantOfShape can ask for in a few bytes."""
    small = [onnx.numpy_helper.from_array(v, n) for n, v in feeds.items() if v.size <= MOST_DIMENSIONS]
    model.graph.initializer.extend(small)  # so that shapes which they state are known
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph.output
    del model.graph.initializer[:]
    for value in inferred:
        shape = [d.dim_value for d in value.type.tensor_type.shape.dim]
        if math.prod(shape) > L3.size:
            raise ValueError(f"its result of shape {shape} is larger than L3")


def _typed(name: str, value: np.ndarray) -> onnx.ValueInfoProto:
    return onnx.helper.make_tensor_value_info(name, onnx.helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
