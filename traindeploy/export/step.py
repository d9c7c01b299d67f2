# SPDX-License-Identifier: Apache-2.0
"""The whole step: what goes in and comes out, and a form for each node between."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from traindeploy.errors import UserError
from traindeploy.export.builder import OPSET, Builder
from traindeploy.export.forms import FORMS, Call
from traindeploy.ir import Graph, Node
from traindeploy.ops import replacements

IR_VERSION = 8
PRODUCER = "traindeploy"
NEXT = "traindeploy.next"  # metadata: what to feed next time, by the output that holds it
GRADIENTS = "traindeploy.gradients"  # metadata: the output that is a parameter's gradient
Shape = tuple[int, ...]


def training_model(
    graph: Graph,
    gradients: Mapping[str, str],
    shapes: Mapping[str, Shape] | None = None,
    floating: type[np.floating[Any]] = np.float32,
) -> onnx.ModelProto:
    """The training step ``graph``, before its layouts are folded, as ONNX; every number in ``floating``.

    Inputs are the image (of ``shapes``' shape; [1,C,H,W] where ours is [1,H,W,C]), the label, what the optimizer reads
    in each step, and what a step replaces: parameters that are trained, and the optimizer's state. Their values stand
    in the file; later steps are fed what the one before has left. Outputs are the loss, ``<parameter>.new``, and
    ``<parameter>.grad`` for each of ``gradients``; the metadata tell which belong together.

    UserError for an operator that has no form in ONNX.
    """
    missing = sorted({node.op for node in graph.nodes} - set(FORMS))
    if missing:
        raise UserError(f"no ONNX is known for {', '.join(missing)}: expected a strategy that needs none of them")
    return _Step(graph, floating).model(gradients, shapes or {})


@dataclass
class _Step:
    """``renamed``: the value that nodes read instead of an input in the file's own layout."""

    graph: Graph
    floating: type[np.floating[Any]]
    renamed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.builder = Builder(self.floating)

    def model(self, gradients: Mapping[str, str], shapes: Mapping[str, Shape]) -> onnx.ModelProto:
        graph = self.graph
        follows = {new: old for new, old in replacements(graph).items() if new in graph.outputs}
        inputs = [self._input(name, shapes.get(name)) for name in graph.inputs]
        inputs += [self._value(name) for name in follows.values()]
        initialisers = list(self._initialisers())
        for node in graph.nodes:
            self._append(node)
        named = {parameter: self._gradient(parameter, gradient) for parameter, gradient in gradients.items()}
        outputs = [self._value(name) for name in graph.outputs]
        outputs += [self._value(gradients[parameter], name) for parameter, name in named.items()]
        constants = self.builder.constants.values()
        made = helper.make_graph(self.builder.nodes, graph.name, inputs, outputs, [*initialisers, *constants])
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(made, opset_imports=opsets, ir_version=IR_VERSION, producer_name=PRODUCER)
        helper.set_model_props(model, {NEXT: json.dumps(follows), GRADIENTS: json.dumps(named)})
        onnx.checker.check_model(model, full_check=True)
        return model

    def _value(self, name: str, called: str = "", shape: Shape | None = None) -> onnx.ValueInfoProto:
        tensor = self.graph.tensors[name]
        wide = helper.np_dtype_to_tensor_dtype(np.dtype(self.floating))
        element = wide if tensor.dtype == "float32" else TensorProto.INT32
        return helper.make_tensor_value_info(called or name, element, shape or tensor.shape)

    def _input(self, name: str, shape: Shape | None) -> onnx.ValueInfoProto:
        own = self.graph.tensors[name].shape
        self.builder.stem = name
        if len(own) == 4:
            self.renamed[name] = self.builder.transpose(name, 0, 2, 3, 1)
            return self._value(name, shape=tuple(own[i] for i in (0, 3, 1, 2)))
        if shape is not None and shape != own:
            self.renamed[name] = self.builder.reshape(name, *own)
        return self._value(name, shape=shape)

    def _initialisers(self) -> Iterator[onnx.TensorProto]:
        for name, tensor in self.graph.tensors.items():
            if tensor.data is not None:
                data = tensor.data.astype(self.floating) if tensor.dtype == "float32" else tensor.data
                yield numpy_helper.from_array(np.ascontiguousarray(data.reshape(tensor.shape)), name)

    def _append(self, node: Node) -> None:
        self.builder.stem = node.name
        shapes, results = ([self.graph.tensors[each].shape for each in ends] for ends in (node.inputs, node.outputs))
        call = Call([self.renamed.get(each, each) for each in node.inputs], shapes, results, node.attrs)
        for source, target in zip(FORMS[node.op](self.builder, call), node.outputs, strict=True):
            self.builder.rename(source, target)

    def _gradient(self, parameter: str, gradient: str) -> str:
        """The name by which the file tells the gradient of ``parameter``."""
        wanted = f"{parameter}.grad"
        if wanted == gradient:
            return wanted
        self.builder.stem = parameter
        if wanted in self.graph.tensors:
            wanted = self.builder.fresh()
        self.builder.rename(gradient, wanted)
        return wanted
