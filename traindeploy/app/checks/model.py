# SPDX-License-Identifier: Apache-2.0
"""The model is the user's: onnxruntime on the file, against what the training graph computes.

The graph's side is the float64 model of the training graph's own forward part, with the imported parameters and without
effect of what training added; so importer, rewrites and injection are judged together. onnxruntime reads the file as it
lies there, without its own optimisations, in float32.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

from golden.forward import Forward, loss_node
from golden.rounding_noise import limits
from traindeploy.app.checks.facts import Compiled
from traindeploy.frontend import BUILT_IN
from traindeploy.frontend.cct import build_cct
from traindeploy.records.self_check import SelfCheck, at_most

LOGITS = "logits against onnxruntime"
LOSS = "first loss against onnxruntime"
HIDDEN = 0.1  # a limit that is a larger part of the largest output shows nothing,
NEGLIGIBLE = 1e-3  # unless the loss hardly depends on it
# Behind these a file's last values are still those of the Softmax before them.
SHAPE_ONLY = ("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Cast", "Dropout")


def check(compiled: Compiled) -> list[SelfCheck]:
    """The logits of the run's first sample, and the loss that training starts from."""
    try:
        output, last = _onnxruntime(compiled)
    except Exception as refusal:  # noqa: BLE001 onnxruntime raises types of its own for each kind of failure
        said = " ".join(str(refusal).split())
        text = f"onnxruntime cannot run the model, so that nothing shows what it computes: {said}"
        return [at_most(LOGITS, "model", np.nan, 0.0, "", text)]
    graph, sample = compiled.graph, compiled.samples[0]
    logits_name, label = loss_node(graph).inputs
    own = {n: t.data for n, t in compiled.imported.tensors.items() if n in graph.tensors and t.data is not None}
    nothing = {name: np.zeros(graph.tensors[name].shape) for name in compiled.added}
    forward = Forward(graph, {**sample, **own, **nothing})
    loss_name = loss_node(graph).outputs[0]
    limit = limits(forward, [logits_name, loss_name])
    logits, wanted = forward.values[logits_name].reshape(-1), np.asarray(output, np.float64).reshape(-1)
    if logits.size != wanted.size:
        text = f"onnxruntime computes {wanted.size} values, the training graph {logits.size} logits"
        return [at_most(LOGITS, "model", np.nan, limit[logits_name], "", text)]
    error = float(np.max(np.abs(_as_file(logits, last) - wanted)))
    size = float(np.max(np.abs(wanted)))
    text = f"largest difference to onnxruntime's outputs, which go up to {size:.4g}"
    if limit[logits_name] > max(HIDDEN * size, NEGLIGIBLE):
        text = f"{error:.4g} of outputs up to {size:.4g}: float32 rounding hides whether the import is right"
        error = np.nan
    found = [at_most(LOGITS, "model", error, limit[logits_name], "", text)]
    loss = _cross_entropy(wanted, int(sample[label][0]), last)
    return [*found, _first_loss(compiled, forward, loss, limit[loss_name] + 2 * limit[logits_name])]


def _first_loss(compiled: Compiled, forward: Forward, loss: float, limit: float) -> SelfCheck:
    """The machine model's loss against ``loss``, the file's, or with LORA_B=random against that of the random start."""
    graph = compiled.graph
    name = loss_node(graph).outputs[0]
    started = float(Forward(graph, compiled.samples[0]).values[name][0])
    text = f"the run starts at the file's loss, {loss:.6f}"
    if compiled.added and compiled.options.lora_b == "random":
        text = f"adapters start at random values: at loss {started:.6f}, the file's is {loss:.6f}"
        loss = started
    return at_most(LOSS, "model", abs(float(compiled.steps[0][name][0]) - loss), limit, "", text)


def _onnxruntime(compiled: Compiled) -> tuple[np.ndarray, str]:
    """The file's output for the first sample, and the operator that computes it."""
    model = compiled.options.model
    built = build_cct(BUILT_IN[model], compiled.options.seed) if model in BUILT_IN else None
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4  # errors are raised; nothing is printed
    source = built.SerializeToString() if built is not None else str(Path(model))
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    (wanted,) = session.get_inputs()
    shape = [size if isinstance(size, int) else 1 for size in wanted.shape]
    (output,) = session.run(None, {wanted.name: _as_fed(_image(compiled), shape)})
    proto = built or onnx.load(str(Path(model)), load_external_data=False)
    return np.asarray(output), _last_operator(proto.graph)


def _image(compiled: Compiled) -> np.ndarray:
    graph: Any = compiled.graph
    name = next(n for n in graph.inputs if graph.tensors[n].kind == "input")
    return np.asarray(compiled.samples[0][name], np.float32)


def _as_fed(image: np.ndarray, shape: list[int]) -> np.ndarray:
    """The sample as the file's input takes it: the graph holds images as [1,H,W,C], the file as [1,C,H,W]."""
    return np.ascontiguousarray(image.transpose(0, 3, 1, 2) if len(shape) == 4 else image).reshape(shape)


def _last_operator(graph: onnx.GraphProto) -> str:
    """The operator that computes the output's values, whatever shapes them afterwards."""
    producers = {name: node for node in graph.node for name in node.output}
    name = graph.output[0].name
    while name in producers and producers[name].op_type in SHAPE_ONLY:
        name = producers[name].input[0]
    return producers[name].op_type if name in producers else ""


def _as_file(logits: np.ndarray, last: str) -> np.ndarray:
    """What the file gives for ``logits``: probabilities if it ends in a Softmax, which the import takes off.

    Neither moves an element by more than twice the largest move of a logit.
    """
    shifted = logits - logits.max()
    logarithm = np.asarray(shifted - np.log(np.exp(shifted).sum()))
    if last == "Softmax":
        return np.asarray(np.exp(logarithm))
    return logarithm if last == "LogSoftmax" else logits


def _cross_entropy(output: np.ndarray, label: int, last: str) -> float:
    """The loss of the file's ``output`` in float64."""
    if last == "Softmax":
        return float(-np.log(output[label]))
    return float(-_as_file(output, "LogSoftmax")[label])
