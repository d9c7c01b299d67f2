# SPDX-License-Identifier: Apache-2.0
"""Builders of compact convolutional transformers as ONNX models, with seeded weights.

The structure is the published CCT-2/3x2 (design of the tokenizer and head: Hassani et al., "Escaping the Big Data
Paradigm with Compact Transformers", 2021), its block being ``x = x + proj(attention(LN(x))); x = LN1(x); x = x +
fc2(gelu(fc1(x)))``.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


@dataclass(frozen=True)
class CctConfig:
    """Sizes of a compact convolutional transformer; ``image`` is height and width in pixels."""

    image: int
    conv_channels: tuple[int, ...]  # the last one is the width of a token
    heads: int
    blocks: int
    classes: int = 10
    image_channels: int = 3

    @property
    def dim(self) -> int:
        return self.conv_channels[-1]

    @property
    def summary(self) -> str:
        """One line for a list of models."""
        size = f"{self.image}x{self.image}x{self.image_channels}"
        return f"{self.blocks} encoder blocks of {self.heads} heads, {self.tokens} tokens x {self.dim}, images {size}"

    @property
    def tokens(self) -> int:
        return (self.image >> len(self.conv_channels)) ** 2


CCT2 = CctConfig(image=32, conv_channels=(64, 128), heads=2, blocks=2)
CCT_TINY = CctConfig(image=8, conv_channels=(16, 32), heads=2, blocks=2)


def build_cct(config: CctConfig, seed: int) -> onnx.ModelProto:
    """An inference model with input ``image`` [1,C,H,W] and output ``logits`` [1,classes]; one seed, one model."""
    return _Builder(config, seed).model()


class _Builder:
    def __init__(self, config: CctConfig, seed: int) -> None:
        self.config = config
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        config = self.config
        image = [1, config.image_channels, config.image, config.image]
        self.head(self.body(self.tokenizer("image")))
        graph = helper.make_graph(
            self.nodes,
            "cct",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, image)],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, config.classes])],
            self.weights,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)

    def node(self, op: str, name: str, *inputs: str, output: str = "", **attrs: Any) -> str:
        """Append a node; its output bears its name unless ``output`` says otherwise."""
        self.nodes.append(helper.make_node(op, list(inputs), [output or name], name=name, **attrs))
        return output or name

    def weight(self, name: str, data: np.ndarray) -> str:
        dtype = np.int64 if data.dtype.kind == "i" else np.float32
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(data, dtype=dtype), name))
        return name

    def normal(self, name: str, *shape: int, std: float = 0.02) -> str:
        return self.weight(name, std * self.random.standard_normal(shape))

    def uniform(self, name: str, *shape: int, fan_in: int) -> str:
        """U(-1/sqrt(fan_in), 1/sqrt(fan_in)), the usual initialisation of biases."""
        return self.weight(name, self.random.uniform(-1, 1, shape) / np.sqrt(fan_in))

    def reshape(self, name: str, x: str, *shape: int) -> str:
        return self.node("Reshape", name, x, self.weight(f"{name}.shape", np.array(shape)))

    def layernorm(self, name: str, x: str) -> str:
        dim = self.config.dim
        gamma = self.weight(f"{name}.weight", 1.0 + 0.02 * self.random.standard_normal(dim))
        beta = self.normal(f"{name}.bias", dim)
        return self.node("LayerNormalization", name, x, gamma, beta, axis=-1, epsilon=1e-5)

    def linear(self, name: str, x: str, n: int, k: int, bias: bool = True) -> str:
        """x [*, n] times a weight [n, k]."""
        weight = self.normal(f"{name}.weight", n, k, std=1 / np.sqrt(n))
        if not bias:
            return self.node("MatMul", name, x, weight)
        product = self.node("MatMul", name, x, weight)
        return self.node("Add", f"{name}.biased", product, self.uniform(f"{name}.bias", k, fan_in=n))

    def tokenizer(self, x: str) -> str:
        config, channels = self.config, self.config.image_channels
        for i, filters in enumerate(config.conv_channels):
            name = f"tokenizer.{i}"
            std = np.sqrt(2 / (9 * channels))  # He et al.: keeps the variance through convolution and ReLU
            weight = self.normal(f"{name}.conv.weight", filters, channels, 3, 3, std=std)
            x = self.node("Conv", f"{name}.conv", x, weight, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1])
            x = self.node("Relu", f"{name}.relu", x)
            x = self.node("MaxPool", f"{name}.pool", x, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])
            channels = filters
        x = self.reshape("tokenizer.flatten", x, 1, config.dim, config.tokens)
        x = self.node("Transpose", "tokenizer.tokens", x, perm=[0, 2, 1])
        return self.node(
            "Add", "positional", x, self.normal("positional.embedding", 1, config.tokens, config.dim, std=0.2)
        )

    def body(self, x: str) -> str:
        dim = self.config.dim
        for i in range(self.config.blocks):
            block = f"blocks.{i}"
            normed = self.layernorm(f"{block}.ln0", x)
            x = self.node("Add", f"{block}.attn.residual", x, self.attention(f"{block}.attn", normed))
            x = self.layernorm(f"{block}.ln1", x)
            hidden = self.node("Gelu", f"{block}.mlp.gelu", self.linear(f"{block}.mlp.fc1", x, dim, dim))
            x = self.node("Add", f"{block}.mlp.residual", x, self.linear(f"{block}.mlp.fc2", hidden, dim, dim))
        return self.layernorm("norm", x)

    def attention(self, name: str, x: str) -> str:
        tokens, dim, heads = self.config.tokens, self.config.dim, self.config.heads
        width = dim // heads
        perms = {"q": [0, 2, 1, 3], "k": [0, 2, 3, 1], "v": [0, 2, 1, 3]}
        operands = {}
        for part, perm in perms.items():
            projected = self.linear(f"{name}.{part}", x, dim, dim, bias=False)
            split = self.reshape(f"{name}.{part}.split", projected, 1, tokens, heads, width)
            operands[part] = self.node("Transpose", f"{name}.{part}.heads", split, perm=perm)
        scores = self.node("MatMul", f"{name}.scores", operands["q"], operands["k"])
        scale = self.weight(f"{name}.scale.alpha", np.array(width**-0.5, dtype=np.float32))
        scaled = self.node("Mul", f"{name}.scale", scores, scale)
        probs = self.node("Softmax", f"{name}.softmax", scaled, axis=-1)
        context = self.node("MatMul", f"{name}.context", probs, operands["v"])
        merged = self.node("Transpose", f"{name}.merge", context, perm=[0, 2, 1, 3])
        return self.linear(f"{name}.proj", self.reshape(f"{name}.merged", merged, 1, tokens, dim), dim, dim)

    def head(self, x: str) -> None:
        """Sequence pooling (a softmax-weighted mean of the tokens), then the classifier: the output ``logits``."""
        dim, classes = self.config.dim, self.config.classes
        scores = self.linear("pool.scores", x, dim, 1)
        probs = self.node(
            "Softmax", "pool.softmax", self.node("Transpose", "pool.row", scores, perm=[0, 2, 1]), axis=-1
        )
        pooled = self.reshape("pool.squeeze", self.node("MatMul", "pool.mean", probs, x), 1, dim)
        weight = self.normal("classifier.weight", classes, dim, std=1 / np.sqrt(dim))
        bias = self.uniform("classifier.bias", classes, fan_in=dim)
        self.node("Gemm", "classifier", pooled, weight, bias, output="logits", transB=1)
