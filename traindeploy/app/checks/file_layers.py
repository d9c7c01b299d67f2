# SPDX-License-Identifier: Apache-2.0
"""The linear layers, adapters and encoder blocks of an ONNX file, found on its own nodes.

What docs/reference/operators.md says of strategies, written a second time, apart from ``training.structure``: here the
graph is the user's, in ONNX operators, and onnxruntime says which shapes its tensors have and what constants hold.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import onnx

# Run a model on the run's sample: the values of tensors by name.
Evaluate = Callable[[onnx.ModelProto, list[str]], dict[str, np.ndarray]]

HANDS_ON = ("Identity", "Dropout", "Cast")
LAYOUT = ("Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze")


@dataclass(eq=False)
class Layer:
    """A product by a constant. ``adapter``: those of its A and B; ``output`` is behind them."""

    node: onnx.NodeProto
    weight: str
    output: str
    bias: str = ""
    adapter: tuple[str, str] | None = None


@dataclass
class FileLayers:
    """``layers`` of ``model`` that its output needs, in the order of its nodes, and ``blocks`` of six of them."""

    model: onnx.ModelProto
    evaluate: Evaluate
    layers: list[Layer] = field(default_factory=list)
    blocks: list[list[Layer]] = field(default_factory=list)

    def __post_init__(self) -> None:
        graph = self.model.graph
        self.alias: dict[str, str] = {}
        self.producer = {name: node for node in graph.node for name in node.output if name}
        self.constant = {tensor.name for tensor in graph.initializer}
        self.nodes = self._needed()
        for node in self.nodes:
            inputs = self.inputs(node)
            if node.op_type in ("Constant", "Shape", "Size") or self.constant.issuperset(inputs):
                self.constant.update(node.output)
            elif node.op_type in HANDS_ON:
                self.alias[node.output[0]] = inputs[0]
        self.values = self._values()
        self.layers = [self._layer(node) for node in self.nodes if self._is_product(node, constant=True)]
        self.layers = self._without_adapters()
        self.by_output = {layer.output: layer for layer in self.layers}
        self.before = {layer: self._ancestors(layer.node) for layer in self.layers}
        self._find_blocks()

    def inputs(self, node: onnx.NodeProto) -> list[str]:
        """What ``node`` reads, under the name of what computes it."""
        return [self.alias.get(name, name) for name in node.input if name]

    def behind(self, layer: Layer) -> list[Layer]:
        """The layers that depend on ``layer``."""
        return [other for other in self.layers if other is not layer and layer in self.before[other]]

    def roots(self, name: str) -> frozenset[str]:
        """The weights of the file that constant ``name`` was made from."""
        node = self.producer.get(name)
        inputs = self.inputs(node) if node is not None else []
        return frozenset().union(*map(self.roots, inputs)) if inputs else frozenset({name})

    def _needed(self) -> list[onnx.NodeProto]:
        """The nodes that the output needs, each behind what it reads."""
        found: dict[int, onnx.NodeProto] = {}
        waiting = [(self.producer[o.name], False) for o in self.model.graph.output if o.name in self.producer]
        while waiting:
            node, done = waiting.pop()
            if id(node) in found:
                continue
            if done:
                found[id(node)] = node
                continue
            waiting.append((node, True))
            waiting += [(self.producer[name], False) for name in node.input if name in self.producer]
        return list(found.values())

    def _values(self) -> dict[str, np.ndarray]:
        """Of every constant that a product or a sum reads, and of the operands and results of products."""
        named = {t.name: onnx.numpy_helper.to_array(t) for t in self.model.graph.initializer}
        sums = [node for node in self.nodes if node.op_type in ("MatMul", "Gemm", "Add", "Mul", "Div", "Sub")]
        wanted = dict.fromkeys(name for n in sums for name in (*self.inputs(n), n.output[0]))
        asked = [n for n in wanted if n not in named and n in self.producer]
        given = {v.name for v in self.model.graph.input}
        return named | self.evaluate(self.model, [*asked, *(n for n in wanted if n in given and n not in named)])

    def _is_product(self, node: onnx.NodeProto, *, constant: bool) -> bool:
        """Whether it multiplies something computed by a constant, or by something computed."""
        if node.op_type not in ("MatMul", "Gemm") or node.domain not in ("", "ai.onnx"):
            return False
        first, second, *_ = self.inputs(node)
        return first not in self.constant and (second in self.constant) == constant

    def _layer(self, node: onnx.NodeProto) -> Layer:
        """With the row that Gemm adds, or that an Add which alone reads a product of two operands adds to it."""
        inputs, output = self.inputs(node), node.output[0]
        layer = Layer(node, inputs[1], output)
        columns = self.values[output].shape[-1]
        beta = next((a.f for a in node.attribute if a.name == "beta"), 1.0)
        if len(inputs) > 2 and inputs[2] in self.constant and beta == 1:
            value = self.values[inputs[2]]
            whole = value.shape == self.values[output].shape
            layer.bias = inputs[2] if whole or value.size == columns == math.prod(value.shape[-1:]) else ""
        if len(inputs) > 2:
            return layer
        readers = self._readers(output)
        if len(readers) == 1 and readers[0].op_type == "Add":
            other = next((name for name in self.inputs(readers[0]) if name != output), output)
            value = self.values[other]
            if other in self.constant and value.size == columns and value.shape[-1:] == (columns,):
                layer.bias, layer.output = other, readers[0].output[0]
        return layer

    def _readers(self, name: str) -> list[onnx.NodeProto]:
        return [n for n in self.nodes if n.op_type not in HANDS_ON and name in self.inputs(n)]

    def _without_adapters(self) -> list[Layer]:
        """A sum of x.W and a multiple of (x.A).B is one layer, with its adapter."""
        parts: list[Layer] = []
        outputs = {layer.output: layer for layer in self.layers}
        for node in self.nodes:
            names = self.inputs(node) if node.op_type == "Add" else []
            for first, second in (names, names[::-1]) if len(names) == 2 else ():
                base, up = outputs.get(first), outputs.get(self._through(second, self._scales))
                down = outputs.get(self._through(self.inputs(up.node)[0], self._scales)) if up else None
                if base and up and down and base not in parts and self._source(base) == self._source(down):
                    base.adapter, base.output = (down.weight, up.weight), node.output[0]
                    parts += [down, up]
                    break
        return [layer for layer in self.layers if layer not in parts]

    def _source(self, layer: Layer) -> str:
        return self._through(self.inputs(layer.node)[0], lambda node: node.op_type in LAYOUT)

    def _scales(self, node: onnx.NodeProto) -> bool:
        """Whether it lays out anew, or multiplies by a number."""
        if node.op_type in ("Mul", "Div"):
            return any(name in self.constant and self.values[name].size == 1 for name in self.inputs(node))
        return node.op_type in LAYOUT

    def _leads_on(self, node: onnx.NodeProto) -> bool:
        """``_scales``, or adds a constant."""
        adds = node.op_type in ("Add", "Sub") and any(name in self.constant for name in self.inputs(node))
        return adds or self._scales(node)

    def _computed(self, node: onnx.NodeProto) -> list[str]:
        return [name for name in self.inputs(node) if name not in self.constant]

    def _through(self, name: str, passes: Callable[[onnx.NodeProto], bool]) -> str:
        """What ``name`` was made from by nodes that ``passes`` allows."""
        node = self.producer.get(name)
        while node is not None and passes(node) and len(self._computed(node)) == 1:
            name = self._computed(node)[0]
            node = self.producer.get(name)
        return name

    def _layer_before(self, name: str) -> Layer | None:
        """The layer that ``name`` comes from."""
        while name not in self.by_output:
            node = self.producer.get(name)
            if node is None or not self._leads_on(node) or len(self._computed(node)) != 1:
                return None
            name = self._computed(node)[0]
        return self.by_output[name]

    def _layer_after(self, name: str) -> Layer | None:
        for node in self._readers(name):
            found = next((layer for layer in self.layers if layer.node is node), None)
            if found is None and self._leads_on(node):
                found = self._layer_after(node.output[0])
            if found is not None:
                return found
        return None

    def _ancestors(self, node: onnx.NodeProto) -> set[Layer]:
        """All layers that ``node`` depends on."""
        found: set[Layer] = set()
        seen, waiting = set(), self._computed(node)
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            found.update(filter(None, [self.by_output.get(name)]))
            waiting += self._computed(self.producer[name]) if name in self.producer else []
        return found

    def _nearest(self, node: onnx.NodeProto) -> Iterator[Layer | None]:
        """The layers that ``node`` depends on with no other in between; None for the file's input."""
        seen, waiting = set(), self._computed(node)[:1]
        while waiting:
            name = waiting.pop()
            if name in self.by_output or name not in self.producer:
                yield self.by_output.get(name)
            elif name not in seen:
                waiting += self._computed(self.producer[name])
            seen.add(name)

    def _find_blocks(self) -> None:
        """Around each attention, the last first: no layer is part of two, nor is the last one part of any."""
        pairs = list(self._mlps())
        taken: set[Layer] = set()
        for node in reversed([n for n in self.nodes if n.op_type == "Softmax"]):
            block = self._block_around(node, pairs)
            if block and not taken.intersection(block) and all(self.behind(layer) for layer in block):
                self.blocks.insert(0, block)
                taken.update(block)

    def _mlps(self) -> Iterator[tuple[Layer, Layer]]:
        """Two layers with nothing but single elements' functions between them, of which the second undoes the width."""
        for after in self.layers:
            (before, *others) = set(self._nearest(after.node)) or {None}
            if before is None or others or self._rows(before) != self._rows(after):
                continue
            came = self.values[self.inputs(before.node)[0]].shape[-1]
            if came == self.values[after.output if after.output in self.values else after.node.output[0]].shape[-1]:
                yield before, after

    def _rows(self, layer: Layer) -> int:
        shape = self.values[layer.node.output[0]].shape
        return math.prod(shape[:-1])

    def _block_around(self, softmax: onnx.NodeProto, pairs: list[tuple[Layer, Layer]]) -> list[Layer]:
        """q, k, v, proj, fc1, fc2; nothing if ``softmax`` is no attention's, or of an attention without such layers."""
        scores = self.producer.get(self._through(self._computed(softmax)[0], self._leads_on))
        context = self._product_after(softmax.output[0])
        if scores is None or context is None or not self._is_product(scores, constant=False):
            return []
        proj = self._layer_after(context.output[0])
        parts = [self._layer_before(name) for name in (*self.inputs(scores)[:2], self.inputs(context)[1])]
        if proj is None or None in parts:
            return []
        behind = self.behind(proj)
        mlp = next((p for p in pairs if p[0] in behind and self._rows(p[0]) == self._rows(proj)), ())
        return [layer for layer in (*parts, proj, *mlp) if layer] if mlp else []

    def _product_after(self, name: str) -> onnx.NodeProto | None:
        for node in self._readers(name):
            if self._is_product(node, constant=False):
                return node
            found = self._product_after(node.output[0]) if self._leads_on(node) else None
            if found is not None:
                return found
        return None
