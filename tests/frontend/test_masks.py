# SPDX-License-Identifier: Apache-2.0
"""Scores that are masked by minus infinity: exactly zero behind the softmax and in the gradient, in every model."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn
from torch.nn import functional

from golden.executor import execute
from golden.model import Arrays, Attributes
from golden.training import execute_steps
from tests.app.checks.conftest import compiled_run, failed
from tests.codegen.running import mismatches
from tests.frontend.onnx_cases import Case, assert_as_onnxruntime, refusal
from traindeploy.app.checks import check_compiled
from traindeploy.app.options import Options
from traindeploy.frontend import graph_of
from traindeploy.ir import Node
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program

TOKENS, WIDTH, HEADS = 6, 8, 2
CAUSAL = np.triu(np.full((TOKENS, TOKENS), -np.inf, np.float32), 1)


class Causal(nn.Module):
    """One block of causal attention, and a classifier of all tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down, self.head = nn.Linear(WIDTH, 12), nn.Linear(12, WIDTH), nn.Linear(TOKENS * WIDTH, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = (part(x).view(1, TOKENS, HEADS, -1).transpose(1, 2) for part in (self.q, self.k, self.v))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(mixed.transpose(1, 2).reshape(1, TOKENS, WIDTH))
        x = x + self.down(functional.relu(self.up(x)))
        return self.head(x.flatten(1))


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Options:
    folder = tmp_path_factory.mktemp("causal")
    torch.manual_seed(0)
    torch.onnx.export(
        Causal().eval(), (torch.zeros(1, TOKENS, WIDTH),), folder / "causal.onnx", dynamo=False, opset_version=17
    )
    images = np.random.default_rng(0).standard_normal((3, TOKENS, WIDTH)).astype(np.float32)
    np.savez(folder / "data.npz", images=images, labels=[0, 1, 2])
    return Options(model=str(folder / "causal.onnx"), strategy="ft1", data=str(folder / "data.npz"))


def test_causal_attention_of_pytorch_passes_every_self_check(options: Options) -> None:
    run = compiled_run(options)
    assert failed(check_compiled(run)) == []


@pytest.mark.parametrize("config", ["paper", "compact"])
@pytest.mark.parametrize("engine", ["redmule", "cores"])
def test_masked_scores_are_zero_in_every_model_and_in_the_gradient(options: Options, config: str, engine: str) -> None:
    run = compiled_run(options)
    graph, sample = run.graph, run.samples[0]
    softmax = next(node for node in graph.nodes if node.op == "Softmax")
    gradient = next(node for node in graph.nodes if node.op == "SoftmaxGrad")
    masked = np.broadcast_to(np.isinf(CAUSAL), (HEADS, TOKENS, TOKENS))
    for values in (run.steps[0], execute(graph, sample, "math")):
        for name in (softmax.outputs[0], gradient.outputs[0]):
            found = values[name].reshape(masked.shape)
            assert not found[masked].any()
            assert found[~masked].any()
            assert np.isfinite(found).all()
    program = build_program(graph, CONFIGS[config], engine)  # type: ignore[arg-type]
    wrong, compared = mismatches(program, execute_steps(graph, [sample]), [sample])
    assert (wrong, compared) == ([], sum(len(node.outputs) for node in graph.nodes))


def with_mask(nodes: str, mask: np.ndarray, x: tuple[int, ...] = (1, 3, 4), opset: int = 20) -> onnx.ModelProto:
    proto = Case(x, nodes, opset=opset).proto(probe=False)
    proto.graph.initializer.append(onnx.numpy_helper.from_array(mask, "m"))
    return proto


ROW = np.array([0, -np.inf, 1, -np.inf], np.float32)
MASKS = {
    "row": (ROW, "a = Add(x, m); y = Softmax(a); z = Relu(y)"),
    "first operand": (ROW[None, None], "a = Add(m, x); y = Softmax<axis=2>(a); z = Relu(y)"),
    "all": (np.array([ROW, ROW[::-1], np.ones(4)], np.float32), "a = Add(x, m); y = Softmax(a); z = Tanh(y)"),
    "twice": (ROW, "a = Add(x, m); b = Softmax(a); c = Add(b, m); y = Softmax(c); z = Relu(y)"),
}


@pytest.mark.parametrize(("mask", "nodes"), MASKS.values(), ids=MASKS)
def test_a_mask_of_any_shape_gives_what_onnxruntime_gives(
    mask: np.ndarray, nodes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case([1, 3, 4], nodes)
    proto = with_mask(nodes, mask)
    proto.graph.output[0].name = "z"
    monkeypatch.setattr(Case, "proto", lambda self: proto)
    assert_as_onnxruntime(case)


REFUSED = {
    "a row without a score": (np.full((3, 4), -np.inf, np.float32), "a = Add(x, m); b = Softmax(a); y = Relu(b)"),
    "a column of masks": (np.array([[0], [-np.inf], [0]], np.float32), "a = Add(x, m); b = Softmax(a); y = Relu(b)"),
    "another axis": (ROW, "a = Add(x, m); b = Softmax<axis=1>(a); y = Relu(b)"),
    "no softmax": (ROW, "a = Add(x, m); y = Relu(a)"),
    "another reader of the scores": (ROW, "a = Add(x, m); b = Softmax(a); y = Add(a, b)"),
    "another reader of the mask": (ROW, "a = Add(x, m); b = Softmax(a); y = Mul(b, m)"),
    "the model's end": (ROW, "a = Add(x, m); y = Softmax(a)"),
    "plus infinity": (-ROW * 2, "a = Add(x, m); b = Softmax(a); y = Relu(b)"),
}


@pytest.mark.parametrize(("mask", "nodes"), REFUSED.values(), ids=REFUSED)
def test_infinity_that_is_no_mask_is_refused(mask: np.ndarray, nodes: str) -> None:
    assert "not finite" in refusal(with_mask(nodes, mask))


def test_a_mask_of_an_old_softmax_is_one_over_the_last_axis_only() -> None:
    nodes = "a = Add(x, m); b = Softmax<axis=%d>(a); y = Relu(b)"
    assert graph_of(with_mask(nodes % 2, ROW, opset=11), "f").nodes
    assert "not finite" in refusal(with_mask(nodes % 1, ROW, opset=11))


def test_a_softmax_that_lets_masked_scores_through_is_noticed(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound of a softmax does not grow with the distance of what is masked."""
    from golden import machine

    right = machine.OPS["Softmax"]

    def wrong(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
        (found,) = right(node, inputs, attrs)
        return [np.where(found == 0, np.float32(1e-6), found)]

    monkeypatch.setitem(machine.OPS, "Softmax", wrong)
    assert "machine arithmetic against float64" in failed(check_compiled(compiled_run(options)))


def test_a_wrong_sum_of_a_masked_softmax_is_noticed(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    from golden import machine

    right = machine.OPS["Softmax"]
    monkeypatch.setitem(
        machine.OPS, "Softmax", lambda node, inputs, attrs: [np.float32(1.0001) * right(node, inputs, attrs)[0]]
    )
    assert "machine arithmetic against float64" in failed(check_compiled(compiled_run(options)))


def test_the_file_stays_as_it_is(options: Options) -> None:
    before = Path(options.model).read_bytes()
    compiled_run(options, runs=False)
    assert Path(options.model).read_bytes() == before
