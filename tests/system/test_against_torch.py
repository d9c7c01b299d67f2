# SPDX-License-Identifier: Apache-2.0
"""The whole training step against PyTorch: a CCT written here in torch, differentiated by autograd in float64.

Two comparisons for each strategy. The step in the math model must equal torch's up to float64 rounding: both are exact
but for 2**-53 per operation. The step in the FP32 machine model must lie as near to torch's as the operators' derived
error bounds allow: the tolerance of a tensor is what perturbing every operator's result by its own bound does to it.
"""

import functools

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from golden.executor import execute
from tests.system.bounds import allowed_changes, distance, gradient_of
from traindeploy.app.pipeline import build_training_graph
from traindeploy.frontend import BUILT_IN
from traindeploy.frontend.data import load_samples
from traindeploy.ir import Graph

STRATEGIES = ["lp", "ft1", "ft2", "lora1", "lora2"]
MODELS = ["cct_tiny", "cct2"]
ALPHA, RANK, LR = 16.0, 4, 0.01
FLOAT64_ROUNDING = 1e-11  # 2**-53 times the step's longest chain of operations (some 10**4), and a decade


class TorchCct:
    """CCT-2/3x2 from its definition; ``p`` holds float64 leaf tensors by our parameter names."""

    def __init__(self, graph: Graph, heads: int) -> None:
        self.heads = heads
        self.p = {
            n: torch.tensor(t.data, dtype=torch.float64, requires_grad=t.trainable)
            for n, t in graph.tensors.items()
            if t.data is not None
        }

    def linear(self, name: str, x: torch.Tensor) -> torch.Tensor:
        y = x @ self.p[f"{name}.weight"]
        if f"{name}.lora_A.weight" in self.p:
            y = y + (ALPHA / RANK) * (x @ self.p[f"{name}.lora_A.weight"] @ self.p[f"{name}.lora_B.weight"])
        return y + self.p[f"{name}.bias"] if f"{name}.bias" in self.p else y

    def norm(self, name: str, x: torch.Tensor) -> torch.Tensor:
        epsilon = float(np.float32(1e-5))
        return F.layer_norm(x, x.shape[-1:], self.p[f"{name}.weight"], self.p[f"{name}.bias"], epsilon)

    def attention(self, name: str, x: torch.Tensor) -> torch.Tensor:
        tokens, dim = x.shape
        q, k, v = (self.linear(f"{name}.{m}", x).reshape(tokens, self.heads, -1).transpose(0, 1) for m in "qkv")
        scale = float(np.float32((dim // self.heads) ** -0.5))
        probs = torch.softmax(scale * (q @ k.transpose(1, 2)), dim=-1)
        return self.linear(f"{name}.proj", (probs @ v).transpose(0, 1).reshape(tokens, dim))

    def loss(self, image: np.ndarray, label: np.ndarray) -> torch.Tensor:
        x = torch.tensor(image, dtype=torch.float64).permute(0, 3, 1, 2)
        for i in range(2):
            weight = self.p[f"tokenizer.{i}.conv.weight"].permute(3, 2, 0, 1)
            x = F.max_pool2d(F.relu(F.conv2d(x, weight, padding=1)), 3, 2, 1)
        x = x.flatten(2).transpose(1, 2)[0] + self.p["positional.embedding"]
        for i in range(2):
            x = x + self.attention(f"blocks.{i}.attn", self.norm(f"blocks.{i}.ln0", x))
            x = self.norm(f"blocks.{i}.ln1", x)
            x = x + self.linear(f"blocks.{i}.mlp.fc2", F.gelu(self.linear(f"blocks.{i}.mlp.fc1", x)))
        x = self.norm("norm", x)
        pooled = torch.softmax(self.linear("pool.scores", x).T, dim=-1) @ x
        logits = pooled @ self.p["classifier.weight"].T + self.p["classifier.bias"]
        return F.cross_entropy(logits, torch.tensor(label, dtype=torch.int64))


@functools.cache
def case(model: str, strategy: str):
    """The graph, its feeds, torch's loss, and torch's gradient and new value of each trainable parameter."""
    graph = build_training_graph(
        model, strategy, lora_rank=RANK, lora_alpha=ALPHA, lora_b="random", learning_rate=LR, seed=3
    )
    feeds = load_samples("", graph, 1, seed=3)[0]
    reference = TorchCct(graph, BUILT_IN[model].heads)
    loss = reference.loss(feeds["image"], feeds["label"])
    loss.backward()
    lr = float(np.float32(LR))
    gradients = {n: p.grad.numpy() for n, p in reference.p.items() if p.requires_grad}
    updated = {n: (reference.p[n].detach() - lr * torch.from_numpy(gradients[n])).numpy() for n in gradients}
    return graph, feeds, float(loss.detach()), gradients, updated


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("model", MODELS)
def test_the_step_in_float64_equals_autograd(model, strategy):
    graph, feeds, loss, gradients, updated = case(model, strategy)
    values = execute(graph, feeds, "math")
    assert abs(values["loss"][0] - loss) <= FLOAT64_ROUNDING * loss
    assert set(gradients) == {n for n, t in graph.tensors.items() if t.trainable}
    for parameter, gradient in gradients.items():
        error = distance(gradient_of(graph, values, parameter), gradient)
        # The gradient of the pooling bias is zero in exact arithmetic: measure it by what its sum cancels.
        scale = max(float(np.linalg.norm(gradient)), 1e-4)
        assert error <= FLOAT64_ROUNDING * scale, parameter
        assert distance(values[f"{parameter}.new"], updated[parameter]) <= FLOAT64_ROUNDING * scale, parameter


@functools.cache
def tolerances(strategy: str) -> dict[str, float]:
    """For cct2, by parameter, and "loss"."""
    graph, feeds, *_ = case("cct2", strategy)
    return allowed_changes(graph, feeds)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_fp32_step_is_as_near_to_autograd_as_the_bounds_allow(strategy):
    graph, feeds, loss, gradients, updated = case("cct2", strategy)
    allowed = tolerances(strategy)
    values = execute(graph, feeds, "machine")
    assert abs(float(values["loss"][0]) - loss) <= allowed["loss"]
    for parameter, gradient in gradients.items():
        error = distance(gradient_of(graph, values, parameter), gradient)
        assert error <= allowed[parameter], parameter
        # The update adds one rounding per element, and the product's share.
        rounding = np.linalg.norm(2.0**-24 * np.abs(updated[parameter]))
        assert distance(values[f"{parameter}.new"], updated[parameter]) <= rounding + LR * allowed[parameter], parameter


def test_the_tolerance_is_below_a_hundredth_of_every_gradient():
    gradients = case("cct2", "lora2")[3]
    allowed = tolerances("lora2")
    for parameter, gradient in gradients.items():
        if parameter != "pool.scores.bias":  # its gradient is zero
            assert allowed[parameter] <= 1e-2 * np.linalg.norm(gradient), parameter


@pytest.mark.parametrize(
    ("node_name", "change", "noticed"),
    [
        ("blocks.1.attn.scale", {"alpha": 1.0}, "blocks.1.attn.q.lora_A.weight"),  # attention scale missing
        ("blocks.1.attn.proj.lora_scale", {"alpha": 1.0}, "blocks.1.attn.proj.lora_B.weight"),  # LoRA scale missing
        ("blocks.1.mlp.gelu.dX", "blocks.1.mlp.fc1", "blocks.1.mlp.fc1.lora_A.weight"),  # GeluGrad before the adapter
    ],
)
def test_deliberate_faults_exceed_the_tolerance(node_name, change, noticed):
    graph = build_training_graph(
        "cct2", "lora1", lora_rank=RANK, lora_alpha=ALPHA, lora_b="random", learning_rate=LR, seed=3
    )
    _, feeds, _, gradients, _ = case("cct2", "lora1")
    node = next(n for n in graph.nodes if n.name == node_name)
    if isinstance(change, dict):
        node.attrs |= change
    else:
        node.inputs[1] = change
    values = execute(graph, feeds, "machine")
    assert distance(gradient_of(graph, values, noticed), gradients[noticed]) > tolerances("lora1")[noticed]
