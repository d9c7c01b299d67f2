# SPDX-License-Identifier: Apache-2.0
"""Read an ONNX file: check it, insist on static shapes, and fold everything that depends on constants only.

The result is a ``ModelSource``: decoded nodes and NumPy constants, still in ONNX operators and layout;
``frontend.lower`` turns it into the graph of docs/reference/operators.md.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx.reference import ReferenceEvaluator

from traindeploy.errors import UserError


@dataclass
class OnnxNode:
    """A node of the user's graph, attributes decoded, as patterns and lowering rules take it."""

    name: str
    op: str
    domain: str
    inputs: list[str]
    outputs: list[str]
    attrs: dict[str, Any]
    proto: onnx.NodeProto | None = None  # None for a node that a pattern was fused into


@dataclass
class ModelSource:
    """``constants`` holds initializers and folded values by tensor name; ``file`` is what errors name."""

    file: str
    nodes: list[OnnxNode]
    constants: dict[str, np.ndarray]
    input: str
    input_shape: tuple[int, ...]
    output: str
    opsets: list[onnx.OperatorSetIdProto]

    @property
    def opset(self) -> int:
        """The version of the standard operators."""
        return next(o.version for o in self.opsets)

    def consumers(self, tensor: str) -> list[OnnxNode]:
        return [n for n in self.nodes if tensor in n.inputs]


def read_file(path: Path) -> ModelSource:
    """UserError if the file is missing, corrupt, refers to missing weights, or has dynamic shapes."""
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
            f"{path}: weights missing: {_one_line(error)}; keep external data files beside the model"
        ) from None
    return read_model(model, str(path))


def read_model(model: onnx.ModelProto, file: str) -> ModelSource:
    """``file`` is the name that errors give. UserError as for ``read_file``."""
    _check_all_computed(model.graph, file)
    try:
        onnx.checker.check_model(model)
        # Only the standard operators are typed by onnx; lowering computes all shapes itself.
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=False)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise UserError(f"{file}: invalid ONNX model: {_one_line(error)}") from None
    graph = model.graph
    constants = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
    inputs = [i for i in graph.input if i.name not in constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        names = ", ".join(v.name for v in (*inputs, *graph.output))
        raise UserError(
            f"{file}: expected one input (the image) and one output (the logits), found {names}; "
            "give the inference graph, without loss and labels"
        )
    shape = _static_shape(inputs[0], file)
    if inputs[0].type.tensor_type.elem_type != onnx.TensorProto.FLOAT:
        raise UserError(f"{file}: input '{inputs[0].name}' is not float32; only float32 models are supported")
    nodes = [
        OnnxNode(
            name,
            n.op_type,
            n.domain,
            list(n.input),
            list(n.output),
            {a.name: onnx.helper.get_attribute_value(a) for a in n.attribute},
            n,
        )
        for name, n in zip(_unique_names(graph), graph.node, strict=True)
    ]
    opsets = [o for o in model.opset_import if o.domain in ("", "ai.onnx")]
    source = ModelSource(file, nodes, constants, inputs[0].name, shape, graph.output[0].name, opsets)
    source.nodes = [n for n in nodes if not fold_node(source, n)]
    return source


def _one_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _static_shape(value: onnx.ValueInfoProto, file: str) -> tuple[int, ...]:
    dims = value.type.tensor_type.shape.dim
    if not dims or any(not d.HasField("dim_value") or d.dim_value < 1 for d in dims):
        text = ", ".join(str(d.dim_value) if d.HasField("dim_value") else d.dim_param or "?" for d in dims)
        raise UserError(
            f"{file}: input '{value.name}' has the dynamic shape [{text}]; export the model with static shapes, batch 1"
        )
    return tuple(d.dim_value for d in dims)


def _check_all_computed(graph: onnx.GraphProto, file: str) -> None:
    """UserError naming the first node that reads what is neither an input, nor a weight, nor computed before it."""
    known = {""} | {v.name for v in graph.input} | {t.name for t in graph.initializer}
    known |= {t.values.name for t in graph.sparse_initializer}
    for node in graph.node:
        for name in node.input:
            if name not in known:
                raise UserError(
                    f"{file}: node '{node.name}' ({node.op_type}) reads '{name}', which is neither computed before "
                    "it nor among the weights: weights missing from the file?"
                )
        known.update(node.output)


def _unique_names(graph: onnx.GraphProto) -> list[str]:
    """A name for each node: its own, else its operator and first output; numbered where names repeat."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for node in graph.node:
        name = node.name or f"{node.op_type}:{node.output[0]}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return names


def fold_node(source: ModelSource, node: OnnxNode) -> bool:
    """Evaluate ``node`` with ONNX's reference implementation if all its inputs are constant; whether it was."""
    values = source.constants
    if node.domain not in ("", "ai.onnx") or node.proto is None or any(i and i not in values for i in node.inputs):
        return False
    graph = onnx.helper.make_graph(
        [node.proto],
        "fold",
        [onnx.helper.make_value_info(i, onnx.TypeProto()) for i in node.inputs if i],
        [onnx.helper.make_value_info(o, onnx.TypeProto()) for o in node.outputs],
    )
    try:
        evaluator = ReferenceEvaluator(onnx.helper.make_model(graph, opset_imports=source.opsets))
        results = evaluator.run(None, {i: values[i] for i in node.inputs if i})
    except Exception as error:  # noqa: BLE001 the reference implementation raises whatever NumPy does
        reason = _one_line(error)
        raise UserError(f"{source.file}: node '{node.name}' ({node.op}): cannot be evaluated: {reason}") from None
    values.update(zip(node.outputs, (np.asarray(r) for r in results), strict=True))
    return True
