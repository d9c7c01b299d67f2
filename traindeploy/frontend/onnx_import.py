# SPDX-License-Identifier: Apache-2.0
"""Read an ONNX file: what it needs in order, shapes static, and everything folded that depends on constants only.

The result is a ``ModelSource``: decoded nodes and NumPy constants, still in ONNX operators and layout;
``frontend.lower`` turns it into the graph of docs/reference/operators.md.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError, Message
from onnx import inliner

from traindeploy.errors import UserError
from traindeploy.frontend.branches import take_branches
from traindeploy.frontend.folding import fold_node, one_line
from traindeploy.frontend.kinds import STANDARD, refuse_other_ends, refuse_other_kinds
from traindeploy.frontend.names import explaining, rename
from traindeploy.frontend.order import keep_live
from traindeploy.frontend.passthrough import hands_on
from traindeploy.frontend.shapes import complete_shapes, learn_shapes
from traindeploy.frontend.source import ModelSource, OnnxNode

INVALID = (onnx.checker.ValidationError, onnx.shape_inference.InferenceError)
OPSETS = range(7, 29)  # the changelogs of all operators that have rules were read for these


def read_file(path: Path) -> onnx.ModelProto:
    """UserError if the file is missing, corrupt, or refers to missing weights."""
    if not path.is_file():
        raise UserError(
            f"{path}: no such ONNX file; give a built-in model name or the path of an .onnx inference graph"
        )
    try:
        model = onnx.load(str(path), load_external_data=False)
    except (DecodeError, OSError, ValueError) as error:
        raise UserError(f"{path}: not a readable ONNX file ({error}); export the model again") from None
    if not model.graph.node:
        raise UserError(f"{path}: corrupt or empty ONNX file: its graph has no nodes; export the model again")
    try:
        onnx.load_external_data_for_model(model, str(path.parent))
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        raise UserError(
            f"{path}: weights missing: {one_line(error)}; keep external data files beside the model"
        ) from None
    return model


def read_model(model: onnx.ModelProto, file: str) -> ModelSource:
    """The model's nodes and constants; ``file`` is the name that errors give, ``model`` is left as it was.

    UserError if it is invalid, of another kind than ours, or of dynamic shape.
    """
    _check_text(model, file)
    model = _inlined(model, file)
    renamed = rename(model)
    with explaining(renamed):
        source = _read(model, file)
    source.renamed = renamed
    return source


def _read(model: onnx.ModelProto, file: str) -> ModelSource:
    """``read_model`` of a model of our own, whose names are ours."""
    opset = next((o.version for o in model.opset_import if o.domain in STANDARD), 0)
    if opset not in OPSETS:
        found = f"uses opset {opset}" if opset else "does not say which opset it uses"
        raise UserError(
            f"{file}: {found}; supported are {OPSETS[0]} to {OPSETS[-1]}: export the model with opset_version=17"
        )
    graph = model.graph
    take_branches(model)
    keep_live(graph, file)
    refuse_other_kinds(model, file)
    refuse_other_ends(graph, file)
    weights = {t.name for t in graph.initializer}
    image = next(i for i in graph.input if i.name not in weights)
    shape = _batch_of_one(image, file)
    del graph.value_info[:]  # what the file says may be older than what it computes
    try:
        _complete_output(model)
        onnx.checker.check_model(model)
        # Only the standard operators are typed by onnx; lowering computes all shapes itself.
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=False, data_prop=True)
    except (*INVALID, ValueError, TypeError) as error:
        raise UserError(f"{file}: invalid ONNX model: {one_line(error)}") from None
    constants = {t.name: _array(t, file) for t in graph.initializer}
    nodes = [_decoded(node) for node in graph.node]
    source = ModelSource(file, nodes, constants, image.name, shape, graph.output[0].name, list(model.opset_import))
    learn_shapes(source, inferred.graph)
    _fold(source)
    complete_shapes(source)
    source.drop_dead_nodes()
    return source


def _inlined(model: onnx.ModelProto, file: str) -> onnx.ModelProto:
    """A copy of ``model`` in which functions of its own are replaced by their bodies."""
    if not model.functions:
        copy = onnx.ModelProto()
        copy.CopyFrom(model)
        return copy
    try:
        return inliner.inline_local_functions(model)
    except Exception as error:  # noqa: BLE001 the C++ side raises plain RuntimeErrors, and others
        names = ", ".join(f"'{f.name}'" for f in model.functions[:3])
        raise UserError(
            f"{file}: a model with functions of its own ({names}) that cannot be replaced by their bodies "
            f"({one_line(error)}); export it without functions"
        ) from None


def _check_text(model: onnx.ModelProto, file: str) -> None:
    """UserError if a name is no text: protobuf leaves bytes that are not UTF-8 as they are."""
    for text in _texts(model):
        if not isinstance(text, str):
            raise UserError(f"{file}: corrupt ONNX file: the text {text!r} is not UTF-8; export the model again")


def _texts(message: Message) -> Iterator[str | bytes]:
    """Every string in ``message``."""
    for kind, value in message.ListFields():
        values = [value] if isinstance(value, str | bytes | Message) else value
        if kind.type == kind.TYPE_STRING:
            yield from values
        elif kind.type == kind.TYPE_MESSAGE:
            for inner in values:
                yield from _texts(inner)


def _array(tensor: onnx.TensorProto, file: str) -> np.ndarray:
    try:
        return onnx.numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError) as error:
        shape = list(tensor.dims)
        raise UserError(f"{file}: weight '{tensor.name}' of shape {shape} is corrupt: {one_line(error)}") from None


def _decoded(node: onnx.NodeProto) -> OnnxNode:
    attrs = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    return OnnxNode(node.name, node.op_type, node.domain, list(node.input), list(node.output), attrs, node)


def _batch_of_one(value: onnx.ValueInfoProto, file: str) -> tuple[int, ...]:
    """The input's shape; a first dimension without a number becomes 1, in place. UserError if others have none."""
    dims = value.type.tensor_type.shape.dim
    fixed = [d.HasField("dim_value") and d.dim_value >= 1 for d in dims]
    if (
        len(dims) > 1
        and not fixed[0]
        and all(fixed[1:])
        and not (dims[0].HasField("dim_value") and not dims[0].dim_value)
    ):
        dims[0].dim_value = 1
    elif not dims or not all(fixed):
        text = ", ".join(str(d.dim_value) if d.HasField("dim_value") else d.dim_param or "?" for d in dims)
        raise UserError(
            f"{file}: input '{value.name}' has the dynamic shape [{text}]; export the model with static shapes, batch 1"
        )
    return tuple(d.dim_value for d in dims)


def _complete_output(model: onnx.ModelProto) -> None:
    """Give the output the shape that it should state, if it states none: onnx insists, onnxruntime does not."""
    output = model.graph.output[0].type.tensor_type
    if not output.HasField("shape"):
        output.CopyFrom(onnx.shape_inference.infer_shapes(model).graph.output[0].type.tensor_type)
        output.shape.SetInParent()


def _fold(source: ModelSource) -> None:
    """Take out what hands its input on, and evaluate what depends on constants only."""
    stands_for: dict[str, str] = {}
    kept = []
    for node in source.nodes:
        for i, name in enumerate(list.__iter__(node.inputs)):
            node.inputs[i] = stands_for.get(name, name)
        if hands_on(source, node):
            stands_for[node.outputs[0]] = node.inputs[0]
        elif not fold_node(source, node):
            kept.append(node)
    source.nodes = kept
    source.output = stands_for.get(source.output, source.output)
