# SPDX-License-Identifier: Apache-2.0
"""Blocks, heads and adapters of models that are not CCT: what a strategy trains, leaves alone, or asks for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import NodeProto, helper

from golden.executor import execute
from tests.frontend.onnx_models import model, normal, save
from traindeploy.app.pipeline import build_training_graph
from traindeploy.errors import UserError
from traindeploy.ir import Graph

TOKENS, WIDTH, CLASSES = 4, 8, 5


class Net:
    """Nodes and weights of a model on tokens ``x`` [1,4,8]; each method returns the tensor that it computes."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}

    def node(self, op: str, name: str, *inputs: str, **attrs: Any) -> str:
        self.nodes.append(helper.make_node(op, list(inputs), [name], name, **attrs))
        return name

    def weight(self, name: str, *shape: int) -> str:
        self.weights.setdefault(name, 0.3 * normal(*shape, seed=len(self.weights)))
        return name

    def linear(self, name: str, x: str, rows: int, columns: int, adapted: bool = False) -> str:
        y = self.node("MatMul", name, x, self.weight(f"{name}.w", rows, columns))
        if adapted:
            down = self.node("MatMul", f"{name}.down", x, self.weight(f"{name}.A", rows, 2))
            up = self.node("MatMul", f"{name}.up", down, self.weight(f"{name}.B", 2, columns))
            y = self.node("Add", f"{name}.sum", y, up)
        return y

    def attention(self, name: str, x: str, adapted: str = "") -> str:
        q, k, v = (self.linear(f"{name}.{m}", x, WIDTH, WIDTH, m in adapted) for m in "qkv")
        scores = self.node("MatMul", f"{name}.s", q, self.node("Transpose", f"{name}.kt", k, perm=[0, 2, 1]))
        context = self.node("MatMul", f"{name}.c", self.node("Softmax", f"{name}.p", scores, axis=-1), v)
        return self.node("Add", f"{name}.r", x, self.linear(f"{name}.o", context, WIDTH, WIDTH))

    def block(self, name: str, x: str, adapted: str = "") -> str:
        x = self.attention(name, x, adapted)
        hidden = self.node("Relu", f"{name}.relu", self.linear(f"{name}.1", x, WIDTH, 12))
        return self.node("Add", f"{name}.y", x, self.linear(f"{name}.2", hidden, 12, WIDTH))

    def head(self, x: str, layers: int = 1) -> None:
        x, width = self.node("Flatten", "flat", x), TOKENS * WIDTH
        for i in range(layers - 1):
            x, width = self.node("Relu", f"relu{i}", self.linear(f"hidden{i}", x, width, 6)), 6
        self.nodes.append(helper.make_node("MatMul", [x, self.weight("head.w", width, CLASSES)], ["y"], "head"))

    def step(self, folder: Path, strategy: str, **options: Any) -> Graph:
        path = save(model(self.nodes, self.weights, [1, TOKENS, WIDTH]), folder)
        return build_training_graph(path, strategy, **options)


def trained(graph: Graph) -> set[str]:
    return {n for n, t in graph.tensors.items() if t.trainable}


def loss(graph: Graph) -> float:
    feeds = {"x": normal(TOKENS, WIDTH, seed=9), "label": np.array([1], np.int32)}
    return float(execute(graph, feeds, "math")["loss"][0])


BLOCK = {f"b.{m}.w" for m in "qkvo12"}


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_head_of_several_layers_behind_an_attention_is_no_block(tmp_path: Path, layers: int) -> None:
    net = Net()
    net.head(net.attention("b", "x"), layers)
    assert trained(net.step(tmp_path, "lp")) == {"head.w"}
    with pytest.raises(UserError, match=r"last 1 encoder block\(s\), but model 'model' has 0; choose lp \(a block: "):
        net.step(tmp_path, "ft1")


def test_layers_behind_an_attention_that_change_the_width_are_no_block(tmp_path: Path) -> None:
    """Of every token, as a block's are; but what they lead to is no addend of what they began with."""
    net = Net()
    hidden = net.node("Relu", "relu", net.linear("token1", net.attention("b", "x"), WIDTH, 12))
    narrow = net.node("Flatten", "flat", net.linear("token2", hidden, 12, 5))
    net.nodes.append(helper.make_node("MatMul", [narrow, net.weight("head.w", TOKENS * 5, CLASSES)], ["y"], "head"))
    with pytest.raises(UserError, match=r"last 1 encoder block\(s\), but model 'model' has 0"):
        net.step(tmp_path, "ft1")


def test_layers_behind_an_attention_of_other_tokens_are_no_block(tmp_path: Path) -> None:
    """They keep the width, of all tokens in one row."""
    net = Net()
    flat, width = net.node("Flatten", "flat", net.attention("b", "x")), TOKENS * WIDTH
    hidden = net.node("Relu", "relu", net.linear("row1", flat, width, 12))
    wide = net.linear("row2", hidden, 12, width)
    net.nodes.append(helper.make_node("MatMul", [wide, net.weight("head.w", width, CLASSES)], ["y"], "head"))
    with pytest.raises(UserError, match=r"last 1 encoder block\(s\), but model 'model' has 0"):
        net.step(tmp_path, "ft1")


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_head_of_several_layers_behind_a_block_is_trained_whole(tmp_path: Path, layers: int) -> None:
    net = Net()
    net.head(net.block("b", "x"), layers)
    head = {"head.w", *(f"hidden{i}.w" for i in range(layers - 1))}
    assert trained(net.step(tmp_path, "ft1")) == BLOCK | head
    assert trained(net.step(tmp_path, "lp")) == {"head.w"}
    with pytest.raises(UserError, match="choose lp or ft1 or lora1"):
        net.step(tmp_path, "lora2")


def test_an_attention_without_mlp_before_a_block_is_no_block_of_its_own(tmp_path: Path) -> None:
    net = Net()
    net.head(net.block("b", net.attention("a", "x")))
    assert trained(net.step(tmp_path, "ft1")) == BLOCK | {"head.w"}


def test_a_model_without_linear_layer_is_refused(tmp_path: Path) -> None:
    net = Net()
    net.nodes.append(helper.make_node("Flatten", [net.node("Relu", "r", "x")], ["y"], "flat"))
    with pytest.raises(UserError, match=r"no linear layer .* nothing to train as its classifier"):
        net.step(tmp_path, "lp")


@pytest.mark.parametrize("adapted", ["q", "qv", "qkv"])
def test_adapters_of_the_file_are_trained_and_none_injected_beside_them(tmp_path: Path, adapted: str) -> None:
    net = Net()
    net.head(net.block("b", "x", adapted))
    graph = net.step(tmp_path, "lora1", lora_b="random")
    assert trained(graph) == {"head.w", *(f"b.{m}.{part}" for m in adapted for part in "AB")}
    assert loss(graph) == loss(net.step(tmp_path, "lp"))
    assert "adapters of its own" in graph.notes[0]


def test_adapters_before_the_trained_blocks_only_are_refused(tmp_path: Path) -> None:
    net = Net()
    net.head(net.block("b", net.block("a", "x", "qv")))
    with pytest.raises(UserError, match="carries adapters elsewhere only"):
        net.step(tmp_path, "lora1")
    assert "a.q.A" in trained(net.step(tmp_path, "lora2"))


def test_an_adapter_of_which_both_matrices_are_zero_is_refused(tmp_path: Path) -> None:
    """Neither would ever get a gradient, whatever the number of steps."""
    net = Net()
    net.head(net.block("b", "x", "qv"))
    net.weights["b.q.B"][:] = 0
    assert "b.q.A" in trained(net.step(tmp_path, "lora1"))
    net.weights["b.q.A"][:] = 0
    with pytest.raises(UserError, match=r"'b\.q\.A' and 'b\.q\.B' is zero in both matrices"):
        net.step(tmp_path, "lora1")
    net.step(tmp_path, "lp")


def test_a_lora_step_starts_at_the_files_loss_and_at_another_if_b_is_random(tmp_path: Path) -> None:
    net = Net()
    net.head(net.block("b", "x"))
    start, check = (net.step(tmp_path, "lora1", lora_rank=2, **o) for o in ({}, {"lora_b": "random"}))
    assert loss(start) == loss(net.step(tmp_path, "lp")) != loss(check)
    assert not any(np.any(t.data) for n, t in start.tensors.items() if n.endswith("lora_B.weight"))


def test_a_matrix_of_several_layers_is_refused_by_lora(tmp_path: Path) -> None:
    net = Net()
    net.head(net.block("b", "x"))
    net.nodes[1].input[1] = "b.q.w"  # k and q are one matrix
    del net.weights["b.k.w"]
    with pytest.raises(UserError, match="that of several layers, whose adapters would part"):
        net.step(tmp_path, "lora1", lora_rank=2)
    assert "b.q.w" in trained(net.step(tmp_path, "ft1"))
