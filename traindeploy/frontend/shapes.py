# SPDX-License-Identifier: Apache-2.0
"""Shapes that ONNX can tell only when constants are folded: a Reshape may take its target through an Identity."""

import onnx
from onnx import TensorProto, helper, numpy_helper

from traindeploy.frontend.source import ModelSource

FEW = 64  # elements of a constant whose values may be a shape


def complete_shapes(source: ModelSource) -> None:
    """Add to ``source.shapes`` and ``source.float32`` what the folded nodes say; what is known stays."""
    if all(o in source.shapes for node in source.nodes for o in node.outputs if o):
        return
    nodes = []
    for node in source.nodes:
        if node.proto is None:
            return
        proto = onnx.NodeProto()
        proto.CopyFrom(node.proto)
        proto.input[:] = list.__iter__(node.inputs)
        nodes.append(proto)
    read = {name for node in nodes for name in node.input}
    constants = {name: data for name, data in source.constants.items() if name in read}
    small = [numpy_helper.from_array(data, name) for name, data in constants.items() if data.size <= FEW]
    inputs = [helper.make_tensor_value_info(source.input, TensorProto.FLOAT, source.input_shape)]
    for name, data in constants.items():
        inputs.append(helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(data.dtype), data.shape))
    outputs = [helper.make_value_info(source.output, onnx.TypeProto())]
    graph = helper.make_graph(nodes, "folded", inputs, outputs, small)
    model = helper.make_model(graph, opset_imports=source.opsets)
    try:
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=False, data_prop=True)
    except onnx.shape_inference.InferenceError:
        return  # lowering says what is wrong
    learn_shapes(source, inferred.graph)


def learn_shapes(source: ModelSource, inferred: onnx.GraphProto) -> None:
    """Shapes and element types of what nodes compute, where ONNX can tell."""
    for value in (*inferred.input, *inferred.value_info, *inferred.output):
        tensor = value.type.tensor_type
        if tensor.elem_type == onnx.TensorProto.FLOAT:
            source.float32.add(value.name)
        if tensor.HasField("shape") and all(d.dim_value > 0 for d in tensor.shape.dim):
            source.shapes[value.name] = tuple(d.dim_value for d in tensor.shape.dim)
