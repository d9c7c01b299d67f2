# SPDX-License-Identifier: Apache-2.0
"""Strategies select by structure, LoRA is what its formula says, and updates never overtake a reader."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from golden.executor import execute
from traindeploy.app.pipeline import build_training_graph
from traindeploy.errors import UserError
from traindeploy.frontend import load_model
from traindeploy.frontend.data import load_samples
from traindeploy.training import PASSES, Training, build_step, trainable_parameters
from traindeploy.training.strategies import STRATEGIES
from traindeploy.training.structure import find_blocks, find_head, find_layers

MATRICES = ["attn.q", "attn.k", "attn.v", "attn.proj", "mlp.fc1", "mlp.fc2"]
HEAD = ["pool.scores.weight", "pool.scores.bias", "classifier.weight", "classifier.bias"]


def trained(strategy: str, model: str = "cct_tiny", **options) -> set[str]:
    graph = build_training_graph(model, strategy, **options)
    return {n for n, t in graph.tensors.items() if t.trainable}


def test_a_watcher_sees_the_graph_behind_each_pass():
    seen = []
    options = Training("lp", seed=0, lora_rank=2, lora_alpha=4.0, learning_rate=0.1)
    build_step(load_model("cct_tiny"), options, lambda name, graph: seen.append((name, len(graph.nodes))))
    assert [name for name, _ in seen] == [name for name, _ in PASSES]
    assert len({count for _, count in seen}) > 2


def test_blocks_and_head_are_found_by_structure():
    graph = load_model("cct2")
    layers = find_layers(graph)
    blocks = find_blocks(graph, layers)
    assert [[m.node.name for m in b.matrices] for b in blocks] == [
        [f"blocks.{i}.{m}" for m in MATRICES] for i in (0, 1)
    ]
    assert [layer.node.name for layer in find_head(graph, layers, blocks)] == ["pool.scores", "classifier"]


def test_names_play_no_part_in_the_selection(tmp_path):
    """The same model with every node and weight renamed to a number is split in the same way."""
    from traindeploy.frontend import BUILT_IN
    from traindeploy.frontend.cct import build_cct

    proto = build_cct(BUILT_IN["cct_tiny"], 0)
    numbers: dict[str, str] = {}
    graph = proto.graph
    for tensor in (*graph.initializer, *graph.input, *graph.output):
        tensor.name = numbers.setdefault(tensor.name, f"t{len(numbers)}")
    for index, node in enumerate(graph.node):
        node.name = f"n{index}"
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                names[i] = numbers.setdefault(name, f"t{len(numbers)}")
    path = tmp_path / "renamed.onnx"
    onnx.save(proto, path)
    for strategy in ("lp", "ft1", "lora2"):
        assert trainable_parameters(build_training_graph(str(path), strategy)) == trainable_parameters(
            build_training_graph("cct_tiny", strategy)
        )


def test_each_strategy_trains_what_the_design_says():
    def weights(block: int, suffix: str = "weight") -> set[str]:
        return {f"blocks.{block}.{m}.{suffix}" for m in MATRICES}

    def adapters(block: int) -> set[str]:
        return weights(block, "lora_A.weight") | weights(block, "lora_B.weight")

    assert trained("lp") == {"classifier.weight", "classifier.bias"}
    assert trained("ft1") == set(HEAD) | weights(1)
    assert trained("ft2") == set(HEAD) | weights(1) | weights(0)
    assert trained("lora1") == set(HEAD) | adapters(1)
    assert trained("lora2") == set(HEAD) | adapters(1) | adapters(0)


def test_frozen_parameters_get_neither_gradient_nor_update():
    graph = build_training_graph("cct_tiny", "lora1")
    frozen = {n for n, t in graph.tensors.items() if t.kind == "parameter" and not t.trainable}
    assert not any(f"{n}.new" in graph.tensors or f"{n}.grad" in graph.tensors for n in frozen)
    assert not any(
        n.phase == "backward" and n.name.startswith(("tokenizer", "positional", "blocks.0")) for n in graph.nodes
    )


@pytest.mark.parametrize(("rank", "alpha"), [(1, 2.0), (4, 16.0), (8, 4.0)])
def test_lora_adds_alpha_over_rank_times_xab(rank, alpha):
    """Each adapted layer equals the plain layer with W + (alpha/r) A.B in its place."""
    adapted = build_training_graph("cct_tiny", "lora2", lora_rank=rank, lora_alpha=alpha, lora_b="random")
    plain = build_training_graph("cct_tiny", "ft2")
    feeds = load_samples("", adapted, 1, 0)[0]
    merged = {}
    for block in (0, 1):
        for matrix in MATRICES:
            name = f"blocks.{block}.{matrix}"
            a, b = (adapted.tensors[f"{name}.lora_{s}.weight"].data.astype(np.float64) for s in "AB")
            assert a.shape[1] == b.shape[0] == rank
            merged[f"{name}.weight"] = plain.tensors[f"{name}.weight"].data + alpha / rank * (a @ b)
    expected = execute(plain, feeds | merged, "math")
    assert abs(execute(adapted, feeds, "math")["loss"][0] - expected["loss"][0]) <= 1e-12


def test_zero_b_leaves_the_model_unchanged_and_random_b_does_not():
    plain = build_training_graph("cct_tiny", "lp")
    start = build_training_graph("cct_tiny", "lora1")
    check = build_training_graph("cct_tiny", "lora1", lora_b="random")
    feeds = load_samples("", plain, 1, 0)[0]
    losses = [execute(g, feeds, "math")["loss"][0] for g in (plain, start, check)]
    assert losses[0] == losses[1] != losses[2]
    values = execute(check, feeds, "machine")
    for name in check.tensors:
        if name.endswith(".grad") and "lora" in name:
            assert np.count_nonzero(values[name]) > 0.9 * values[name].size, name


@pytest.mark.parametrize("strategy", ["ft2", "lora2"])
def test_no_reader_of_a_parameter_follows_its_update(strategy):
    graph = build_training_graph("cct2", strategy)
    done: set[str] = set()
    for node in graph.nodes:
        assert not {graph.storage(i).name for i in node.inputs} & done, node.name
        if node.op == "Sgd":
            done.add(node.inputs[0])
    assert len(done) == len(graph.outputs) - 1


def test_the_same_seed_gives_the_same_graph():
    a, b, c = (build_training_graph("cct_tiny", "lora2", seed=s) for s in (7, 7, 8))
    assert [(n.name, n.inputs, n.outputs, n.attrs) for n in a.nodes] == [
        (n.name, n.inputs, n.outputs, n.attrs) for n in b.nodes
    ]
    for name, tensor in a.tensors.items():
        if tensor.data is not None:
            assert tensor.data.tobytes() == b.tensors[name].data.tobytes()
    adapter = "blocks.1.attn.q.lora_A.weight"
    assert a.tensors[adapter].data.tobytes() != c.tensors[adapter].data.tobytes()


def test_every_node_and_tensor_says_what_it_is():
    graph = build_training_graph("cct2", "lora1")
    assert len({n.name for n in graph.nodes}) == len(graph.nodes)
    for node in graph.nodes:
        assert (node.phase == "update") == (node.op == "Sgd")
        assert node.origin
    kinds = {t.kind for t in graph.tensors.values()}
    assert kinds == {"input", "label", "parameter", "activation", "gradient", "updated", "loss"}
    assert graph.inputs == ["image", "label"]
    assert graph.outputs[0] == "loss"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"strategy": "everything"}, f"unknown strategy 'everything': expected {', '.join(STRATEGIES)}"),
        ({"lora_rank": 0}, "LoRA rank 0: expected 1 to 32"),
        ({"lora_rank": 33}, "LoRA rank 33: expected 1 to 32"),
        ({"lora_alpha": float("nan")}, "LoRA alpha nan"),
        ({"learning_rate": 0.0}, "learning rate 0.0"),
        ({"learning_rate": float("inf")}, "learning rate inf"),
        ({"model": "nothing"}, "unknown model 'nothing'"),
    ],
)
def test_bad_options_are_one_clear_line(options, expected):
    with pytest.raises(UserError, match="^" + expected.replace(".", r"\.")):
        build_training_graph(**({"model": "cct_tiny", "strategy": "lora1"} | options))


def mlp(folder) -> str:
    random = np.random.default_rng(0)
    shapes = {"w1": (16, 8), "b1": (8,), "w2": (8, 3), "b2": (3,)}
    weights = [numpy_helper.from_array(random.standard_normal(s).astype(np.float32), n) for n, s in shapes.items()]
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"], "hidden"),
        helper.make_node("Relu", ["h"], ["r"], "relu"),
        helper.make_node("Gemm", ["r", "w2", "b2"], ["y"], "last"),
    ]
    infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in (("x", [1, 16]), ("y", [1, 3]))]
    graph = helper.make_graph(nodes, "mlp", infos[:1], infos[1:], weights)
    path = folder / "mlp.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return str(path)


def test_lp_trains_the_last_layer_of_any_network(tmp_path):
    assert trained("lp", mlp(tmp_path)) == {"w2", "b2"}


@pytest.mark.parametrize("strategy", ["ft1", "lora2"])
def test_block_strategies_need_encoder_blocks(tmp_path, strategy):
    with pytest.raises(UserError, match=r"encoder block\(s\), but model 'mlp' has 0; choose lp"):
        build_training_graph(mlp(tmp_path), strategy)
