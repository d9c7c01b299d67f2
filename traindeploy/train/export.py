# SPDX-License-Identifier: Apache-2.0
"""What was trained as an ONNX file: the user's own, whose initialisers hold the new values; adapters are merged.

Where a number of the file lies in the graph, the importer itself says: a copy of the file whose candidates hold their
own positions is imported, and read back.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import numpy_helper

from traindeploy.errors import UserError
from traindeploy.frontend import graph_of
from traindeploy.ir import Graph
from traindeploy.training import Training, select
from traindeploy.training.structure import Layer, find_layers

Weights = Mapping[str, np.ndarray]
EXACT = 1 << 24  # integers that float32 holds


@dataclass(frozen=True)
class Adaptation:
    """w + scale * a.b is what layer's matrix ``weight`` becomes."""

    weight: str
    a: str
    b: str
    scale: float


def exported(file: onnx.ModelProto, name: str, training: Training, weights: Weights) -> onnx.ModelProto:
    """``file`` with ``weights`` (by the training graph's names) in place of its own, or added to them.

    ``name`` is what errors call the file. UserError if a trained number is not one of the file's.
    """
    values = _merged(graph_of(file, name), name, training, weights)
    found = onnx.ModelProto()
    found.CopyFrom(file)
    tensors = _tensors(found)
    arrays = {key: numpy_helper.to_array(tensor).copy() for key, tensor in tensors.items()}
    for parameter, (key, places) in _places(file, name, values).items():
        arrays[key].reshape(-1)[places.reshape(-1)] = values[parameter].reshape(-1)
    for key, tensor in tensors.items():
        if arrays[key].tobytes() != numpy_helper.to_array(tensor).tobytes():
            tensor.CopyFrom(numpy_helper.from_array(arrays[key], tensor.name))
    again = graph_of(found, name)
    for parameter, value in values.items():
        data = again.tensors[parameter].data
        if data is None or data.tobytes() != np.ascontiguousarray(value).tobytes():
            raise UserError(
                f"{name}: parameter '{parameter}' cannot be put back into the file: it is not stored as such"
            )
    return found


def adaptations(graph: Graph, added: set[str]) -> list[Adaptation]:
    """The adapters of ``graph``, a forward graph behind ``select``, whose matrices are ``added``."""
    layers = [layer for layer in find_layers(graph) if layer.adapter is not None and layer.adapter.a in added]
    return [_adaptation(graph, layer) for layer in layers]


def _adaptation(graph: Graph, layer: Layer) -> Adaptation:
    assert layer.adapter is not None
    down = next(node for node in graph.nodes if layer.adapter.a in node.inputs).outputs[0]
    scale = next(node for node in graph.nodes if node.op == "Scale" and node.inputs[0] == down)
    return Adaptation(layer.weight, layer.adapter.a, layer.adapter.b, float(scale.attrs["alpha"]))


def _merged(graph: Graph, name: str, training: Training, weights: Weights) -> dict[str, np.ndarray]:
    """New values by the names of the imported graph; sums of adapters are rounded to float32 once."""
    own = {key: tensor.data for key, tensor in graph.tensors.items() if tensor.kind == "parameter"}
    values = {key: np.asarray(value, np.float32) for key, value in weights.items() if key in own}
    added = set(weights) - set(own)
    if added:
        select(graph, training)
        for each in adaptations(graph, added):
            before = own[each.weight] if each.weight not in values else values[each.weight]
            assert before is not None, f"{name}: {each.weight} has no values"
            a, b = (weights[key].astype(np.float64) for key in (each.a, each.b))
            values[each.weight] = (before.astype(np.float64) + each.scale * (a @ b)).astype(np.float32)
    return values


def _tensors(file: onnx.ModelProto) -> dict[str, onnx.TensorProto]:
    """Everything of float32 that the file stores, by a key of ours."""
    found = {f"initializer {i}": tensor for i, tensor in enumerate(file.graph.initializer)}
    for i, node in enumerate(file.graph.node):
        found |= {f"constant {i}": a.t for a in node.attribute if node.op_type == "Constant" and a.name == "value"}
    return {key: tensor for key, tensor in found.items() if tensor.data_type == onnx.TensorProto.FLOAT}


def _places(file: onnx.ModelProto, name: str, values: Weights) -> dict[str, tuple[str, np.ndarray]]:
    """Of each parameter the stored tensor that it comes from, and the place there of each of its numbers."""
    probe = onnx.ModelProto()
    probe.CopyFrom(file)
    sizes = {value.size for value in values.values()}
    firsts: dict[str, int] = {}
    count = 1
    for key, tensor in _tensors(probe).items():
        array = numpy_helper.to_array(tensor)
        if array.size in sizes:
            firsts[key] = count
            numbers = np.arange(count, count + array.size, dtype=np.int64).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(numbers.reshape(array.shape), tensor.name))
            count += array.size
    if count > EXACT:
        raise UserError(
            f"{name}: {count:,} weights, of which {EXACT:,} can be told apart: it cannot be written as ONNX"
        )
    graph = graph_of(probe, name)
    return {parameter: _place(graph, name, parameter, firsts) for parameter in values}


def _place(graph: Graph, name: str, parameter: str, firsts: Mapping[str, int]) -> tuple[str, np.ndarray]:
    data = graph.tensors[parameter].data if parameter in graph.tensors else None
    numbers = np.zeros(0) if data is None else data.astype(np.float64)
    for key, first in firsts.items():
        places = numbers - first
        if numbers.size and np.array_equal(np.sort(places, axis=None), np.arange(numbers.size)):
            return key, places.astype(np.int64)
    raise UserError(f"{name}: parameter '{parameter}' is not stored in the file as such: it cannot be written as ONNX")
