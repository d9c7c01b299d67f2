# SPDX-License-Identifier: Apache-2.0
"""What the importer makes of every spelling goes through the whole compiler.

Each supported case gets a layer before it and a head behind it. The program of a training step gives the graph's own
tensors bit for bit, the loss is that of onnxruntime's logits, and the gradient of the first layer is a difference
quotient's.
"""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from golden.executor import execute
from tests.codegen.running import mismatches
from tests.frontend.onnx_cases import ROUNDINGS, Case, parsed
from tests.frontend.test_broadcasting import CASES as OPERANDS
from tests.frontend.test_layouts import CASES as LAYOUTS
from tests.frontend.test_patterns import CASES as PATTERNS
from traindeploy.codegen import check_program
from traindeploy.frontend import graph_of
from traindeploy.platform import CONFIGS
from traindeploy.records.program import Engine
from traindeploy.schedule import build_program
from traindeploy.training import Training, build_step

CASES = OPERANDS | LAYOUTS | PATTERNS
CLASSES, LABEL = 3, 1


def computed(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {"x": x})
    return y


def between_layers(case: Case, x: np.ndarray, random: np.random.Generator) -> onnx.ModelProto:
    """``case`` behind a layer with the weight ``first`` along the last axis, and before a head."""
    model = case.proto(probe=False)
    graph = model.graph
    for node in graph.node:
        node.input[:] = ["front" if name == "x" else name for name in node.input]
    width = x.shape[-1]
    weights = {"first": random.standard_normal((width, width)) / np.sqrt(width)}
    body = [*parsed("front = MatMul(x, first)"), *graph.node]
    del graph.node[:]
    graph.node.extend(body)
    graph.initializer.append(numpy_helper.from_array(weights["first"].astype(np.float32), "first"))
    count = computed(model, x).size
    graph.node.extend(parsed("flat = Reshape(y, flatly); logits = Gemm(flat, head, bias)"))
    head = random.standard_normal((count, CLASSES)) / np.sqrt(count)
    for name, value in (("head", head), ("bias", np.zeros(CLASSES))):
        graph.initializer.append(numpy_helper.from_array(value.astype(np.float32), name))
    graph.initializer.append(numpy_helper.from_array(np.array([1, count]), "flatly"))
    graph.output[0].name = "logits"
    return model


@pytest.mark.parametrize("number", range(len(CASES)), ids=list(CASES))
def test_a_training_step_of_it_is_exact_and_its_gradient_right(number):
    case = list(CASES.values())[number]
    engine: Engine = "redmule" if number % 2 else "cores"
    random = np.random.default_rng(number)
    shape = [d if isinstance(d, int) and d > 0 else 1 for d in case.x]
    x = random.standard_normal(shape).astype(np.float32)
    model = between_layers(case, x, random)
    graph = graph_of(model, "case")
    graph.tensors["first"].trainable = True
    graph = build_step(graph, Training("lp"))
    image, label = graph.inputs
    stored = x.transpose(0, 2, 3, 1) if x.ndim == 4 else x
    feeds = {image: stored.reshape(graph.tensors[image].shape), label: np.array([LABEL], np.int32)}

    program = build_program(graph, CONFIGS["paper"], engine)
    check_program(program)
    wrong, compared = mismatches(program, [execute(graph, feeds)], [feeds])
    assert wrong == []
    assert compared == sum(len(node.outputs) for node in graph.nodes)

    values = execute(graph, feeds, "math")
    loss = graph.outputs[0]
    logits = computed(model, x).astype(np.float64).ravel()
    expected = np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[LABEL]
    assert values[loss].item() == pytest.approx(expected, abs=ROUNDINGS * 2.0**-24 * max(1.0, np.abs(logits).max()))
    gradient = values["first.grad"]
    weight, direction = graph.tensors["first"].data.astype(np.float64), random.standard_normal(gradient.shape)
    small = 1e-6
    losses = [execute(graph, {**feeds, "first": weight + s * direction}, "math")[loss] for s in (small, -small)]
    quotient = ((losses[0] - losses[1]) / (2 * small)).item()
    assert np.vdot(gradient, direction) == pytest.approx(quotient, rel=1e-5, abs=1e-8)
