# SPDX-License-Identifier: Apache-2.0
"""Slopes of the loss: what gradients say, what differences say, and what onnxruntime's differences of the file say."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import onnx
import onnxruntime

from golden.executor import execute
from tests.frontend.onnx_models import in_double, reference
from tests.fuzz.network import INPUT
from traindeploy.ir import Graph
from traindeploy.ops import is_update

STEP = 1e-6  # of a central difference
SLOPE = 2e-6  # relative error of one: rounding over STEP, and STEP^2 times a third derivative
ATTEMPTS = 4
WRONG = {
    "AveragePool",
    "BatchNormalization",
    "GlobalMaxPool",
    "InstanceNormalization",
    "MaxPool",
}  # ONNX's reference rounds, or errs
Arrays = Mapping[str, np.ndarray]


class WrongError(Exception):
    """What was computed is not what the file says."""


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def onnxruntime_logits(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    """In float64 if onnxruntime has all of the network's operators in it, else in float32."""
    double = double_session(model)
    if double is not None:
        return np.asarray(double.run(None, {INPUT: x.astype(np.float64)})[0])
    return np.asarray(session(model).run(None, {INPUT: x})[0])


def double_session(model: onnx.ModelProto) -> onnxruntime.InferenceSession | None:
    """In doubles, with all weights as inputs too; None where onnxruntime lacks an operator in double."""
    double = in_double(model)
    given = {value.name for value in double.graph.input}
    for tensor in double.graph.initializer:
        if tensor.name not in given:
            double.graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    try:
        session(model)
        return session(double)
    except Exception as error:
        if "NOT_IMPLEMENTED" not in str(error):
            raise
        return None


def feeds_of(graph: Graph, x: np.ndarray, label: int) -> dict[str, np.ndarray]:
    name, label_name = graph.inputs[0], next(n for n in graph.inputs if graph.tensors[n].kind == "label")
    shape = graph.tensors[name].shape
    stored = x.transpose(0, 2, 3, 1) if x.ndim == 4 else x.reshape(shape)
    return {name: np.ascontiguousarray(stored), label_name: np.array([label], np.int32)}


def gradients_of(graph: Graph, feeds: Arrays) -> dict[str, np.ndarray]:
    """By trained parameter, in float64."""
    values = execute(graph, feeds, "math")
    return {n.inputs[0]: np.asarray(values[n.inputs[1]]) for n in graph.nodes if is_update(n)}


def compare_slopes(graph: Graph, feeds: Arrays, random: np.random.Generator) -> None:
    """The slope of the loss along a random direction of all trained parameters, by gradients and by differences."""
    stored = {p: np.asarray(graph.tensors[p].data, np.float64) for p in _trained(graph)}

    def loss(moved: Arrays) -> float:
        return float(execute(graph, {**feeds, **moved}, "math")[graph.outputs[0]][0])

    _compare("the loss", gradients_of(graph, feeds), stored, loss, random)


def compare_file_slopes(
    graph: Graph, model: onnx.ModelProto, feeds: Arrays, x: np.ndarray, random: np.random.Generator
) -> bool:
    """The same along those trained parameters that are initializers of the file, whose loss is then computed in float64
    by onnxruntime, or by ONNX's reference where that has no doubles; whether there are such parameters.
    """
    stored = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    own: dict[str, np.ndarray] = {}
    for p in _trained(graph):
        data = np.asarray(graph.tensors[p].data)
        if p in stored and np.array_equal(stored[p].reshape(-1), data.reshape(-1)):
            own[p] = data.astype(np.float64)
    logits_of = _double_logits(model, x)
    if logits_of is None or not own:
        return False
    label = int(next(feeds[n] for n in graph.inputs if graph.tensors[n].kind == "label")[0])

    def loss(moved: Arrays) -> float:
        logits = logits_of({p: np.asarray(data.reshape(stored[p].shape)) for p, data in moved.items()}).reshape(-1)
        return float(np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[label])

    gradients = {p: g for p, g in gradients_of(graph, feeds).items() if p in own}
    _compare("the file's loss", gradients, own, loss, random)
    return True


def _trained(graph: Graph) -> list[str]:
    return [node.inputs[0] for node in graph.nodes if is_update(node)]


def _compare(
    of: str, gradients: Arrays, stored: Arrays, loss: Callable[[Arrays], float], random: np.random.Generator
) -> None:
    """WrongError unless some direction gives equal slopes.

    A step may cross the kink of a Relu or of a maximum: of several directions and ever smaller steps not all do.
    """
    errors = []
    for attempt in range(ATTEMPTS):
        step = STEP / 10 ** (attempt / 2)
        directions = {p: random.standard_normal(g.shape) for p, g in gradients.items()}
        slope = float(sum((gradients[p] * d).sum() for p, d in directions.items()))
        above, below = (loss({p: stored[p] + sign * step * d for p, d in directions.items()}) for sign in (1, -1))
        expected = (above - below) / (2 * step)
        errors.append(abs(slope - expected) / max(1.0, abs(expected)))
        if errors[-1] <= SLOPE * 10 ** (attempt / 2):
            return
    raise WrongError(f"slope {slope:.9g} of {of} along {sorted(gradients)}, expected {expected:.9g}; errors {errors}")


def _double_logits(model: onnx.ModelProto, x: np.ndarray) -> Callable[[Arrays], np.ndarray] | None:
    """Logits for other initializers. ONNX's reference is wrong for some pools, and for Softmax before opset 13."""
    double = double_session(model)
    if double is not None:
        return lambda moved: np.asarray(double.run(None, {INPUT: x.astype(np.float64), **moved})[0])
    ops = {node.op_type for node in model.graph.node}
    if ops & WRONG or ("Softmax" in ops and model.opset_import[0].version < 13):
        return None
    return partial(_by_reference, model, x)


def _by_reference(model: onnx.ModelProto, x: np.ndarray, moved: Arrays) -> np.ndarray:
    other = in_double(model)
    for tensor in other.graph.initializer:
        if tensor.name in moved:
            tensor.CopyFrom(onnx.numpy_helper.from_array(moved[tensor.name], tensor.name))
    return reference(other, INPUT, x)
