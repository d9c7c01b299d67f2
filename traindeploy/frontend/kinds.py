# SPDX-License-Identifier: Apache-2.0
"""Models of another kind than ours, each called what it is.

We take inference graphs in float32 with one image in and logits out. What is something else altogether is refused with
its name in the first words, rather than by the first of its operators that has no rule.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import onnx

from traindeploy.errors import UserError

STANDARD = ("", "ai.onnx")
TRAINING = ("SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss")
RANDOM = ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli")
INTEGER = ("MatMulInteger", "ConvInteger", "DynamicQuantizeLinear", "DynamicQuantizeMatMul", "MatMulNBits")
CONTROL = ("If", "Loop", "Scan", "SequenceMap")
RECURRENT = ("LSTM", "GRU", "RNN")
ELEMENT_TYPES = {
    onnx.TensorProto.FLOAT16: "a float16 model",
    onnx.TensorProto.BFLOAT16: "a bfloat16 model",
    onnx.TensorProto.DOUBLE: "a float64 model",
    onnx.TensorProto.STRING: "a model of strings",
    onnx.TensorProto.BOOL: "a model of truth values",
    onnx.TensorProto.COMPLEX64: "a complex model",
    onnx.TensorProto.COMPLEX128: "a complex model",
}


@dataclass(frozen=True)
class Kind:
    """``words`` call the model by its kind, ``instead`` says what to give."""

    words: str
    instead: str
    belongs: Callable[[onnx.NodeProto, set[str]], bool]


def _training(node: onnx.NodeProto, constants: set[str]) -> bool:
    gradient = node.op_type.endswith("Grad") and node.domain == "com.microsoft"
    return node.domain in ("ai.onnx.preview.training", "ai.onnx.training") or gradient or node.op_type in TRAINING


def _quantised(node: onnx.NodeProto, constants: set[str]) -> bool:
    """Weights that are dequantised once are constants like others: float32 is computed with."""
    dequantised = node.op_type == "DequantizeLinear" and not constants.issuperset(filter(None, node.input))
    return node.op_type == "QuantizeLinear" or dequantised


def _integer(node: onnx.NodeProto, constants: set[str]) -> bool:
    return node.op_type in INTEGER or node.op_type.startswith("QLinear") or node.op_type.startswith("QGemm")


def _sequence(node: onnx.NodeProto, constants: set[str]) -> bool:
    return "Sequence" in node.op_type or node.op_type.startswith("Optional")


# The nearest way that is supported, by ONNX operator.
NEAREST = {
    "ConvTranspose": "an Upsample of whole numbers (Resize, nearest) and a convolution",
    "GatherND": "Gather of constant indices along one axis (TorchScript writes it; for dynamo: torch.index_select)",
    "Greater": "torch's own module for the function (dynamo writes Softplus as a choice; TorchScript as Softplus)",
    "Less": "torch's own module for the function",
    "Exp": "an activation of this list",
    "Log": "an activation of this list",
    "MaxUnpool": "an Upsample of whole numbers (Resize, nearest)",
    "LRN": "GroupNormalization",
    "LpPool": "AveragePool or MaxPool",
    "NonZero": "constant indices",
    "Scatter": "Concat of parts",
    "ScatterElements": "Concat of parts",
    "ScatterND": "Concat of parts",
    "TopK": "ReduceMax, or the logits themselves",
}
INFERENCE = "give the inference graph, without loss and labels"
FLOAT = "give the float32 model that it was made from"
KINDS = (
    Kind("a training graph", INFERENCE, _training),
    Kind("an integer network", FLOAT, _integer),
    Kind("a network quantised with QuantizeLinear and DequantizeLinear (QDQ)", FLOAT, _quantised),
    Kind(
        "a model with control flow",
        "export it for one fixed path, with static shapes",
        lambda node, _: node.op_type in CONTROL or any(a.HasField("g") or a.graphs for a in node.attribute),
    ),
    Kind("a model with sequences or optionals", "export it with tensors only", _sequence),
    Kind(
        "a model with random generators",
        "export it in evaluation mode (model.eval()), with its weights as constants",
        lambda node, _: node.op_type in RANDOM,
    ),
    Kind(
        "a recurrent network",
        "use a convolution of one dimension, or attention, over the same sequence",
        lambda node, _: node.op_type in RECURRENT,
    ),
    Kind(
        "a model of classical machine learning (ai.onnx.ml)",
        "supported are neural networks",
        lambda node, _: node.domain == "ai.onnx.ml",
    ),
)


def element_name(element: int) -> str:
    """``float16`` for ONNX's number of that type."""
    known = onnx.TensorProto.DataType.values()
    return str(onnx.TensorProto.DataType.Name(element)).lower() if element in known else f"unknown type {element}"


def refuse_other_kinds(model: onnx.ModelProto, file: str) -> None:
    """UserError if ``model``, whose nodes are all needed and in order, is not an inference graph in float32."""
    if model.training_info:
        raise UserError(f"{file}: a training graph (it carries training_info); {INFERENCE}")
    graph = model.graph
    if graph.sparse_initializer:
        named = _quoted([t.values.name for t in graph.sparse_initializer])
        raise UserError(f"{file}: a model with sparse weights ({named}); export it with dense weights")
    constants = {t.name for t in graph.initializer}
    for node in graph.node:
        if constants.issuperset(filter(None, node.input)):
            constants.update(node.output)
    for kind in KINDS:
        members = [n for n in graph.node if kind.belongs(n, constants)]
        if members:
            operators = ", ".join(sorted({n.op_type for n in members}))
            named = _quoted([n.name or n.output[0] for n in members])
            nodes = "node" if len(members) == 1 else "nodes"
            raise UserError(f"{file}: {kind.words}: {operators} ({nodes} {named}); {kind.instead}")


def refuse_other_ends(graph: onnx.GraphProto, file: str) -> None:
    """UserError unless one float32 tensor goes in and one comes out."""
    given = {t.name for t in graph.initializer}
    inputs = [i for i in graph.input if i.name not in given]
    if len(inputs) != 1 or len(graph.output) != 1:
        count = f"{_counted(inputs, 'input')} and {_counted(graph.output, 'output')}"
        raise UserError(
            f"{file}: a model with {count}: expected one image in and one tensor of logits out; {INFERENCE}"
        )
    for value, what in ((inputs[0], "input"), (graph.output[0], "output")):
        if not value.type.HasField("tensor_type"):
            raise UserError(f"{file}: {what} '{value.name}' is no tensor; export the model with tensors only")
        element = value.type.tensor_type.elem_type
        if element not in (onnx.TensorProto.FLOAT, onnx.TensorProto.UNDEFINED):
            kind = ELEMENT_TYPES.get(element, "a model of integers (token ids?)")
            named = element_name(element)
            raise UserError(
                f"{file}: {kind}: {what} '{value.name}' is {named}, not float32; only float32 models are supported"
            )


def _counted(values: Sequence[onnx.ValueInfoProto], thing: str) -> str:
    named = f" ({_quoted([v.name for v in values])})" if values else ""
    return f"{len(values) or 'no'} {thing}{'' if len(values) == 1 else 's'}{named}"


def _quoted(names: list[str], limit: int = 3) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")
