# SPDX-License-Identifier: Apache-2.0
"""LeNet and scaled_dot_product_attention as PyTorch exports them: what onnxruntime computes, with no copy too many."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from golden.executor import execute
from golden.training import execute_steps
from tests.codegen.running import mismatches
from tests.frontend.pytorch_networks import (
    CLASSES,
    DIM,
    HEADS,
    HIDDEN,
    IMAGE,
    SEQUENCE,
    TOKENS,
    Attention,
    Block,
    LeNet,
    export,
)
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen.check import check_program
from traindeploy.ir import Graph
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program
from traindeploy.training import trainable_parameters

MATRICES = 4 * DIM * DIM + 2 * DIM * HIDDEN  # of a block
HEAD = TOKENS * DIM * CLASSES + CLASSES
ADAPTERS = 4 * 2 * (2 * DIM) + 2 * 2 * (DIM + HIDDEN)  # of a block, of rank 2
LABEL = 2


def loss_of_the_file(path: str, x: np.ndarray) -> float:
    """Cross-entropy of class 2, of the logits that onnxruntime computes."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    logits = np.asarray(session.run(None, {session.get_inputs()[0].name: x})[0], np.float64).reshape(-1)
    return float(np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[LABEL])


def feeds_of(graph: Graph, x: np.ndarray) -> dict[str, np.ndarray]:
    image, label = (graph.tensors[name] for name in graph.inputs)
    stored = np.ascontiguousarray((x.transpose(0, 2, 3, 1) if x.ndim == 4 else x).reshape(image.shape))
    return {image.name: stored, label.name: np.array([LABEL], np.int32)}


def check(path: str, shape: tuple[int, ...], strategy: str, trained: int, copies: int) -> None:
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    graph = build_training_graph(path, strategy, lora_rank=2)
    assert trainable_parameters(graph) == trained
    assert sum(node.op == "Transpose" for node in graph.nodes) == copies
    feeds = feeds_of(graph, x)
    loss = loss_of_the_file(path, x)
    assert execute(graph, feeds, "math")[graph.outputs[0]][0] == pytest.approx(loss, rel=1e-6)
    values = execute_steps(graph, [feeds])
    assert values[0][graph.outputs[0]][0] == pytest.approx(loss, rel=1e-5)
    program = build_program(graph, CONFIGS["compact"], "redmule")
    check_program(program)
    assert mismatches(program, values, [feeds], "late")[0] == []


@pytest.mark.parametrize("opset", [13, 18])
def test_lenet_flattens_its_image_by_one_copy(tmp_path: Path, opset: int) -> None:
    torch.manual_seed(0)
    path = export(LeNet(), IMAGE, tmp_path / "lenet.onnx", opset)
    check(path, IMAGE, "lp", 12 * CLASSES + CLASSES, copies=1)


@pytest.mark.parametrize("strategy", ["lp", "ft1", "lora1"])
@pytest.mark.parametrize("opset", [14, 18])
@pytest.mark.parametrize("masked", [False, True])
def test_attention_copies_nothing(tmp_path: Path, masked: bool, opset: int, strategy: str) -> None:
    torch.manual_seed(0)
    path = export(Attention(2, masked=masked), SEQUENCE, tmp_path / "attention.onnx", opset)
    trained = HEAD + {"lp": 0, "ft1": MATRICES, "lora1": ADAPTERS}[strategy]
    check(path, SEQUENCE, strategy, trained, copies=0)


@pytest.mark.parametrize("strategy", ["lp", "ft1", "lora1"])
def test_attention_of_the_dynamo_exporter_copies_nothing(tmp_path: Path, strategy: str) -> None:
    """It turns the keys as three-dimensional ones, between two Reshapes."""
    torch.manual_seed(0)
    path = tmp_path / "attention.onnx"
    onnx.save(by_dynamo(Attention()), path)
    check(str(path), SEQUENCE, strategy, HEAD + {"lp": 0, "ft1": MATRICES, "lora1": ADAPTERS}[strategy], copies=0)


class _Writer:
    """Nodes and weights of a file, named as the exporter names them."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def node(self, op: str, *inputs: str, output: str = "", **attrs: Any) -> str:
        result = output or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [result], name=f"node_{result}", **attrs))
        return result

    def weight(self, name: str, data: np.ndarray | torch.Tensor) -> str:
        values = data.detach().numpy() if isinstance(data, torch.Tensor) else data
        if name not in {t.name for t in self.weights}:
            self.weights.append(numpy_helper.from_array(np.array(values, order="C"), name))
        return name

    def reshape(self, x: str, *shape: int) -> str:
        name = self.weight(f"val_{'_'.join(map(str, shape))}", np.array(shape))
        return self.node("Reshape", x, name, allowzero=1)

    def linear(self, x: str, name: str, layer: nn.Linear) -> str:
        weight = self.node("Transpose", self.weight(f"{name}.weight", layer.weight), perm=[1, 0])
        return self.node("Add", self.node("MatMul", x, weight), self.weight(f"{name}.bias", layer.bias))

    def layernorm(self, x: str, name: str, norm: nn.LayerNorm) -> str:
        scale, bias = self.weight(f"{name}.weight", norm.weight), self.weight(f"{name}.bias", norm.bias)
        return self.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=norm.eps, stash_type=1)


def by_dynamo(network: Attention) -> onnx.ModelProto:
    """``network`` in the form of torch.onnx.export(dynamo=True), opset 18."""
    write = _Writer()
    block = network.blocks[0]
    assert isinstance(block, Block)
    y = write.layernorm("x", "blocks.0.n1", block.n1)
    heads = [write.linear(y, f"blocks.0.{name}", getattr(block, name)) for name in "qkv"]
    q, k, v = (
        write.node("Transpose", write.reshape(h, 1, TOKENS, HEADS, DIM // HEADS), perm=[0, 2, 1, 3]) for h in heads
    )
    root = write.weight("val_scale", np.array((DIM // HEADS) ** -0.25, np.float32))
    k = write.node("Transpose", write.reshape(k, -1, TOKENS, DIM // HEADS), perm=[0, 2, 1])
    k = write.node("Mul", write.reshape(k, 1, HEADS, DIM // HEADS, TOKENS), root)
    probs = write.node("Softmax", write.node("MatMul", write.node("Mul", q, root), k), axis=-1)
    context = write.node("Transpose", write.node("MatMul", probs, v), perm=[0, 2, 1, 3])
    merged = write.linear(write.reshape(context, 1, TOKENS, DIM), "blocks.0.o", block.o)
    x = write.node("Add", "x", merged)
    z = write.layernorm(x, "blocks.0.n2", block.n2)
    hidden = write.linear(z, "blocks.0.f1", block.f1)
    one, half, root2 = (write.weight(f"val_{v}", np.array(v, np.float32)) for v in (1.0, 0.5, 2**0.5))
    erf = write.node("Add", write.node("Erf", write.node("Div", hidden, root2)), one)
    active = write.node("Mul", write.node("Mul", half, erf), hidden)
    x = write.node("Add", x, write.linear(active, "blocks.0.f2", block.f2))
    flat = write.reshape(x, 1, -1)
    head = (write.weight("head.weight", network.head.weight), write.weight("head.bias", network.head.bias))
    write.node("Gemm", flat, *head, output="logits", transB=1, beta=1.0, alpha=1.0)
    graph = helper.make_graph(
        write.nodes,
        "main_graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, SEQUENCE)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, (1, CLASSES))],
        write.weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
