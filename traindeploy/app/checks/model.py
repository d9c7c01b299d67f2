# SPDX-License-Identifier: Apache-2.0
"""The model is the user's: onnxruntime on the file, against what the training graph computes.

The graph's side is the float64 model of the training graph's own forward part, without effect of what training added;
so importer, rewrites and injection are judged together. onnxruntime runs the file without its own optimisations, in
float32.

It does so twice, for the first sample can hide a wrong import: a classifier that starts at zero gives the same logits
whatever lies before it, and a blank image those of any convolution. The second time the image is random, and so is each
weight that is zero, or almost.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import inliner, numpy_helper

from golden.forward import Forward, loss_node
from golden.rounding_noise import limits
from traindeploy.app.checks import losses
from traindeploy.app.checks.facts import Compiled
from traindeploy.app.options import Options
from traindeploy.errors import UserError
from traindeploy.frontend import BUILT_IN, graph_of
from traindeploy.frontend.cct import build_cct
from traindeploy.records.run import LossName
from traindeploy.records.self_check import SelfCheck, at_most
from traindeploy.training import build_step

LOGITS = "logits against onnxruntime"
LOSS = "first loss against onnxruntime"
ELSEWHERE = "logits of random numbers against onnxruntime"
HIDDEN = 0.01  # a limit that is a larger part of the largest output shows nothing,
NEGLIGIBLE = 1e-3  # unless the loss hardly depends on it, and random numbers show what these outputs do not
SMALL = 1e-3  # a weight of this part of its usual size hides what it is multiplied with
# Behind these a file's last values are still those of the Softmax before them.
SHAPE_ONLY = ("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Cast", "Dropout")
# What ends a file and is a part of our loss, which is computed from what lies before it.
ENDS: dict[LossName, tuple[str, ...]] = {"cross_entropy": ("Softmax", "LogSoftmax"), "bce": ("Sigmoid",)}


@dataclass(frozen=True)
class Answer:
    """What onnxruntime computes: the file's output, and what that is without ``last``, a Softmax or Sigmoid perhaps."""

    output: np.ndarray
    logits: np.ndarray
    last: str


def check(compiled: Compiled) -> list[SelfCheck]:
    """The logits of the run's first sample, the loss that training starts from, and the logits of random numbers."""
    try:
        file = file_of(compiled.options)
        answer = _onnxruntime(file, compiled.samples[0][compiled.image], compiled.options.loss)
        elsewhere = _elsewhere(compiled, file)
    except Exception as refusal:  # noqa: BLE001 onnxruntime raises types of its own for each kind of failure
        said = " ".join(str(refusal).split())
        text = f"onnxruntime cannot run the model, so that nothing shows what it computes: {said}"
        return [at_most(LOGITS, "model", np.nan, 0.0, "", text)]
    forward = _forward(compiled)
    logits_name, label = loss_node(compiled.graph).inputs[:2]
    loss_name = loss_node(compiled.graph).outputs[0]
    limit = limits(forward, [logits_name, loss_name])
    found = _logits(LOGITS, forward, answer, limit[logits_name])
    if answer.logits.size != forward.values[logits_name].size:
        return [found]
    given = compiled.options, answer.logits, compiled.samples[0][label]
    limited = limit[loss_name] + losses.moves(*given, limit[logits_name])
    found_loss = _first_loss(compiled, forward, losses.loss(*given), limited)
    return [found, found_loss, elsewhere]


def _forward(compiled: Compiled) -> Forward:
    """The training graph's forward part for the first sample, what training added being without effect."""
    nothing = {name: np.zeros(compiled.graph.tensors[name].shape) for name in compiled.added}
    return Forward(compiled.graph, {**compiled.samples[0], **nothing})


def _logits(name: str, forward: Forward, answer: Answer, limit: float) -> SelfCheck:
    logits, wanted = forward.values[loss_node(forward.graph).inputs[0]].reshape(-1), answer.logits
    if logits.size != wanted.size:
        text = f"onnxruntime computes {wanted.size} values, the training graph {logits.size} logits"
        return at_most(name, "model", np.nan, limit, "", text)
    error = float(np.max(np.abs([logits - wanted, _as_file(logits, answer.last) - answer.output])))
    size = float(np.max(np.abs(wanted)))
    share = f"the limit is {100 * limit / size if size else 0:.2g} % of that"
    text = f"largest difference to onnxruntime's outputs, which go up to {size:.4g}; {share}"
    if limit > (HIDDEN * size if name == ELSEWHERE else max(HIDDEN * size, NEGLIGIBLE)):
        text = (
            f"{error:.4g} of outputs up to {size:.4g}; {share}, more than the {HIDDEN:.0%} from where on float32 "
            "rounding hides whether the import is right: it cannot be shown"
        )
        error = np.nan
    return at_most(name, "model", error, limit, "", text)


def _elsewhere(compiled: Compiled, file: onnx.ModelProto) -> SelfCheck:
    """The logits of a random image and random weights: what blank images or weights of zero hide at the start is seen.

    Random numbers may be what a right model never holds, negative variances perhaps: where the import or onnxruntime
    refuses them, they become positive, and then stay away, which is said.
    """
    image, refusal = compiled.random_sample[compiled.image], ""
    for numbers in (lambda x: x, np.abs):
        changed = _without_zeros(file, compiled.options.seed, numbers)
        if changed == file:
            break
        answer, refusal = _asked(changed, image, compiled.options.loss)
        try:
            other = _with_weights(compiled, changed)
        except UserError as error:
            refusal = str(error)
        if answer is not None and not refusal:
            return _of_random_numbers(other, answer)
    other = replace(compiled, samples=[compiled.random_sample])
    found = _of_random_numbers(other, _onnxruntime(file, image, compiled.options.loss))
    kept = f"; weights of zero stay zero, as with random ones the model is refused: {refusal}" if refusal else ""
    return replace(found, text=found.text + kept)


def _asked(file: onnx.ModelProto, image: np.ndarray, loss: LossName) -> tuple[Answer | None, str]:
    """What onnxruntime computes, or why it does not."""
    try:
        answer = _onnxruntime(file, image, loss)
    except Exception as error:  # noqa: BLE001 onnxruntime raises types of its own for each kind of failure
        return None, " ".join(str(error).split())
    return answer, "" if np.isfinite(answer.logits).all() else "its logits are no numbers"


def _with_weights(compiled: Compiled, changed: onnx.ModelProto) -> Compiled:
    """The run at a random image, of another file. UserError if the importer refuses that."""
    options = compiled.options
    imported, own = (graph_of(changed, options.model) for _ in range(2))
    step = build_step(own, options.training)
    return replace(compiled, samples=[compiled.random_sample], imported=imported, graph=step)


def _of_random_numbers(run: Compiled, answer: Answer) -> SelfCheck:
    forward = _forward(run)
    logits = loss_node(run.graph).inputs[0]
    return _logits(ELSEWHERE, forward, answer, limits(forward, [logits])[logits])


def _without_zeros(
    file: onnx.ModelProto, seed: int, numbers: Callable[[np.ndarray], np.ndarray] = lambda x: x
) -> onnx.ModelProto:
    """``file`` with random numbers (what ``numbers`` makes of them) of a usual size for each weight that is zero, or
    almost.
    """
    random = np.random.default_rng([seed, 6])
    changed = onnx.ModelProto()
    changed.CopyFrom(file)
    constants = [a.t for n in changed.graph.node if n.op_type == "Constant" for a in n.attribute if a.name == "value"]
    for tensor in (*changed.graph.initializer, *constants):
        value = numpy_helper.to_array(tensor)
        if value.dtype.kind == "f" and value.size > 1:
            usual = max(value.shape) ** -0.5
            if np.sqrt(np.mean(value.astype(np.float64) ** 2)) < SMALL * usual:
                drawn = (usual * numbers(random.standard_normal(value.shape))).astype(value.dtype)
                tensor.CopyFrom(numpy_helper.from_array(drawn, tensor.name))
    return changed


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


def logits_of(file: onnx.ModelProto, image: np.ndarray, loss: LossName = "cross_entropy") -> np.ndarray:
    """What onnxruntime computes from ``image``, as the graph holds it; what ``loss`` has in itself is left out."""
    return _onnxruntime(file, image, loss).logits


def file_of(options: Options) -> onnx.ModelProto:
    """The user's model without its nodes' names, which mean nothing and stop onnxruntime where one is given twice."""
    model = options.model
    file = build_cct(BUILT_IN[model], options.seed) if model in BUILT_IN else onnx.load(str(Path(model)))
    if file.functions:
        file = inliner.inline_local_functions(file)
    for node in file.graph.node:
        node.name = ""
    return file


def _onnxruntime(file: onnx.ModelProto, image: np.ndarray, loss: LossName) -> Answer:
    """What it computes from ``image``, which is as the graph holds it."""
    output, last = _run(file, image), _last_node(file.graph)
    if last is None or last.op_type not in ENDS.get(loss, ()):
        return Answer(output, output, "")
    before = onnx.ModelProto()
    before.CopyFrom(file)
    end = _last_node(before.graph)
    assert end is not None
    end.op_type = "Identity"
    del end.attribute[:]
    return Answer(output, _run(before, image), last.op_type)


def evaluate_file(file: onnx.ModelProto, image: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    """What onnxruntime computes as the tensors ``names`` of ``file`` from ``image``."""
    asked = onnx.ModelProto()
    asked.CopyFrom(file)
    del asked.graph.output[:]
    asked.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    return dict(zip(names, _outputs(asked, image), strict=True))


def _run(file: onnx.ModelProto, image: np.ndarray) -> np.ndarray:
    (output,) = _outputs(file, image)
    return np.asarray(output, np.float64).reshape(-1)


def _outputs(file: onnx.ModelProto, image: np.ndarray) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4  # errors are raised; nothing is printed
    session = onnxruntime.InferenceSession(file.SerializeToString(), options, providers=["CPUExecutionProvider"])
    (wanted,) = session.get_inputs()
    shape = [size if isinstance(size, int) else 1 for size in wanted.shape]
    outputs: list[np.ndarray] = session.run(None, {wanted.name: _as_fed(image, shape)})
    return outputs


def _as_fed(image: np.ndarray, shape: list[int]) -> np.ndarray:
    """The sample as the file's input takes it: the graph holds images as [1,H,W,C], the file as [1,C,H,W]."""
    return np.ascontiguousarray(image.transpose(0, 3, 1, 2) if len(shape) == 4 else image).reshape(shape)


def _last_node(graph: onnx.GraphProto) -> onnx.NodeProto | None:
    """The node that computes the output's values, whatever shapes them afterwards."""
    producers = {name: node for node in graph.node for name in node.output}
    name = graph.output[0].name
    while name in producers and producers[name].op_type in SHAPE_ONLY:
        name = producers[name].input[0]
    return producers.get(name)


def _as_file(logits: np.ndarray, last: str) -> np.ndarray:
    """What the file gives for ``logits``: probabilities if it ends in a Softmax or Sigmoid, which is taken off.

    None moves an element by more than twice the largest move of a logit.
    """
    if last == "Sigmoid":
        return np.asarray(1 / (1 + np.exp(-logits)))
    shifted = logits - logits.max()
    logarithm = np.asarray(shifted - np.log(np.exp(shifted).sum()))
    if last == "Softmax":
        return np.asarray(np.exp(logarithm))
    return logarithm if last == "LogSoftmax" else logits
