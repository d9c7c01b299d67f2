# SPDX-License-Identifier: Apache-2.0
"""ONNX operators -> the operators of docs/reference/operators.md, images in NHWC, batch dimensions of 1 dropped.

A value of the ONNX graph is an IR tensor plus the logical ONNX shape: reshapes cost nothing here, transpositions
become ``Transpose`` nodes that ``ir.views`` folds. An NCHW image is held as its NHWC tensor and only permuted
back for an operator that is not an image operator.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from traindeploy.errors import UserError
from traindeploy.frontend.onnx_import import ModelSource, OnnxNode, fold_node
from traindeploy.ir import Graph, Tensor
from traindeploy.ir.emit import Emitter, Shape


@dataclass(frozen=True)
class Value:
    """``shape`` is the ONNX shape; ``tensor`` holds the elements in its row-major order, or NHWC if ``nhwc``."""

    tensor: str
    shape: Shape
    nhwc: bool = False


class Lowering:
    """State of one lowering: the source, the graph that is built, and the value of each ONNX tensor."""

    def __init__(self, source: ModelSource, name: str) -> None:
        self.source = source
        self.graph = Graph(name)
        self.emit = Emitter(self.graph)
        self.values: dict[str, Value] = {}
        self.absorbed: set[str] = set()  # names of nodes that an earlier one took over (bias Adds)

    def fail(self, node: OnnxNode, message: str) -> UserError:
        return UserError(f"{self.source.file}: node '{node.name}' ({node.op}): {message}")

    def constant(self, name: str) -> np.ndarray | None:
        return self.source.constants.get(name)

    def value(self, name: str) -> Value:
        """The value of ``name``; a constant becomes a parameter of the graph, leading dimensions of 1 dropped."""
        if name not in self.values:
            data = self.source.constants[name]
            if data.dtype != np.float32:
                raise UserError(
                    f"{self.source.file}: weight '{name}' is {data.dtype}; only float32 models are supported"
                )
            self.values[name] = Value(self.emit.parameter(name, data.reshape(compact(data.shape))), data.shape)
        return self.values[name]

    def plain(self, name: str, shape: Shape | None = None) -> str:
        """The tensor of ``name`` in ONNX's element order, reshaped to ``shape`` (default: its own, compacted)."""
        value = self.value(name)
        tensor = self.emit.transpose(value.tensor, (0, 3, 1, 2)) if value.nhwc else value.tensor
        return self.emit.reshape(tensor, compact(value.shape) if shape is None else shape)

    def image(self, name: str, node: OnnxNode) -> str:
        """The NHWC tensor [1,H,W,C] of ``name``."""
        value = self.value(name)
        if len(value.shape) != 4 or value.shape[0] != 1:
            raise self.fail(node, f"expected one image [1,C,H,W], found {list(value.shape)}")
        if value.nhwc:
            return value.tensor
        return self.emit.transpose(self.emit.reshape(value.tensor, value.shape), (0, 2, 3, 1))

    def define(
        self,
        node: OnnxNode,
        op: str,
        inputs: list[str],
        tensor_shape: Shape,
        shape: Shape,
        nhwc: bool = False,
        **attrs: object,
    ) -> None:
        """Emit ``op`` under the ONNX node's name and let its output be the value of the node's first output."""
        output = self.emit.op(op, node.name, inputs, [tensor_shape], attrs, [node.outputs[0]])[0]
        self.values[node.outputs[0]] = Value(output, shape, nhwc)


def lower(source: ModelSource, name: str) -> Graph:
    """The forward graph of ``source``: one input, one output (the logits). UserError for what is not supported."""
    low = Lowering(source, name)
    nhwc = len(source.input_shape) == 4
    if source.input_shape[0] != 1:
        raise UserError(
            f"{source.file}: input '{source.input}' has batch size {source.input_shape[0]}; export it with batch 1"
        )
    shape = tuple(source.input_shape[i] for i in (0, 2, 3, 1)) if nhwc else compact(source.input_shape)
    low.graph.add(Tensor(source.input, shape, kind="input"))
    low.graph.inputs.append(source.input)
    low.values[source.input] = Value(source.input, source.input_shape, nhwc)
    for node in source.nodes:
        if node.name in low.absorbed or fold_node(source, node):
            continue
        rule = RULES.get(node.op)
        if rule is None or node.domain not in ("", "ai.onnx", "com.microsoft"):
            op = node.op if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op}"
            raise UserError(
                f"{source.file}: node '{node.name}': unsupported operator {op}; supported: {', '.join(sorted(RULES))}"
            )
        low.emit.origin = node.name
        rule(low, node)
    if source.output not in low.values:
        raise UserError(f"{source.file}: no node computes the output '{source.output}'")
    low.graph.outputs.append(low.plain(source.output))
    return low.graph


def compact(shape: Shape) -> Shape:
    """``shape`` without leading ones, of rank 2 at least unless it is a vector or a scalar ([1] then)."""
    shape = tuple(int(s) for s in shape) or (1,)
    while len(shape) > 2 and shape[0] == 1:
        shape = shape[1:]
    return shape


# --- layout -----------------------------------------------------------------------------------------------------------


def _reshape(low: Lowering, node: OnnxNode) -> None:
    shape = low.value(node.inputs[0]).shape
    if node.op == "Reshape":
        target = _constant_ints(low, node, 1)
        new = [shape[i] if t == 0 and not node.attrs.get("allowzero") else t for i, t in enumerate(target)]
        if -1 in new:
            new[new.index(-1)] = math.prod(shape) // max(1, -math.prod(new))
    elif node.op == "Flatten":
        axis = node.attrs.get("axis", 1) % (len(shape) + 1)
        new = [math.prod(shape[:axis]), math.prod(shape[axis:])]
    elif node.op == "Squeeze":
        axes = _axes(low, node, len(shape)) or [i for i, s in enumerate(shape) if s == 1]
        new = [s for i, s in enumerate(shape) if i not in axes]
    else:  # Unsqueeze
        axes = _axes(low, node, len(shape) + len(_axes(low, node, 0) or []))
        rest = iter(shape)
        new = [1 if i in axes else next(rest) for i in range(len(shape) + len(axes))]
    if math.prod(new) != math.prod(shape):
        raise low.fail(node, f"cannot reshape {list(shape)} to {list(new)}")
    low.values[node.outputs[0]] = Value(low.plain(node.inputs[0]), tuple(int(n) for n in new))


def _constant_ints(low: Lowering, node: OnnxNode, index: int) -> list[int]:
    data = low.constant(node.inputs[index])
    if data is None:
        raise low.fail(
            node,
            f"'{node.inputs[index]}' is computed at run time: dynamic shapes are not supported; "
            "export the model with static shapes, batch 1",
        )
    return [int(v) for v in data.reshape(-1)]


def _axes(low: Lowering, node: OnnxNode, rank: int) -> list[int] | None:
    axes = node.attrs.get("axes")
    if axes is None and len(node.inputs) > 1:
        axes = _constant_ints(low, node, 1)
    return None if axes is None else [a % rank if rank else a for a in axes]


def _transpose(low: Lowering, node: OnnxNode) -> None:
    shape = low.value(node.inputs[0]).shape
    perm = tuple(node.attrs.get("perm", range(len(shape))[::-1]))
    tensor = low.emit.transpose(low.plain(node.inputs[0], shape), perm)
    low.values[node.outputs[0]] = Value(tensor, tuple(shape[p] for p in perm))


def _identity(low: Lowering, node: OnnxNode) -> None:
    low.values[node.outputs[0]] = low.value(node.inputs[0])


def _shape(low: Lowering, node: OnnxNode) -> None:
    low.source.constants[node.outputs[0]] = np.array(low.value(node.inputs[0]).shape, dtype=np.int64)


# --- matrix products --------------------------------------------------------------------------------------------------


def _matmul(low: Lowering, node: OnnxNode) -> None:
    """Right operand [N,K]: one Gemm over all rows; else a batched Gemm with one batch dimension."""
    a, b = (low.value(i).shape for i in node.inputs)
    if len(a) < 2 or len(b) < 2 or a[-1] != b[-2] or (len(b) > 2 and a[:-2] != b[:-2]):
        raise low.fail(node, f"cannot multiply {list(a)} by {list(b)}: expected [*B,M,N] by [N,K] or [*B,N,K]")
    shape = (*a[:-1], b[-1])
    batch = math.prod(b[:-2])
    if batch == 1:
        x = low.plain(node.inputs[0], (math.prod(a[:-1]), a[-1]))
        w = low.plain(node.inputs[1], b[-2:])
        _gemm_node(low, node, x, w, None, shape)
        return
    x = low.plain(node.inputs[0], (batch, *a[-2:]))
    w = low.plain(node.inputs[1], (batch, *b[-2:]))
    low.define(node, "Gemm", [x, w], (batch, a[-2], b[-1]), shape)


def _gemm(low: Lowering, node: OnnxNode) -> None:
    if node.attrs.get("alpha", 1.0) != 1.0 or (len(node.inputs) > 2 and node.attrs.get("beta", 1.0) != 1.0):
        raise low.fail(node, "alpha and beta must be 1")
    x, w = (low.plain(i, low.value(i).shape) for i in node.inputs[:2])
    x = low.emit.transpose(x) if node.attrs.get("transA") else x
    w = low.emit.transpose(w) if node.attrs.get("transB") else w
    rows, columns = low.emit.shape(x)[0], low.emit.shape(w)[1]
    bias = None
    if len(node.inputs) > 2 and node.inputs[2]:
        shape = low.value(node.inputs[2]).shape
        if math.prod(shape) == columns and shape[-1] == columns:
            bias = low.plain(node.inputs[2], (columns,))
        elif shape == (rows, columns):
            bias = low.plain(node.inputs[2], shape)
        else:
            raise low.fail(node, f"bias of shape {list(shape)}: expected [{columns}] or [{rows},{columns}]")
    _gemm_node(low, node, x, w, bias, (rows, columns))


def _gemm_node(low: Lowering, node: OnnxNode, x: str, w: str, bias: str | None, shape: Shape) -> None:
    """Emit a 2-D Gemm; an Add of a constant vector that alone reads its output becomes its Y."""
    x_shape, w_shape = low.emit.shape(x), low.emit.shape(w)
    if x_shape[-1] != w_shape[0]:
        raise low.fail(node, f"cannot multiply {list(x_shape)} by {list(w_shape)}")
    columns = w_shape[-1]
    users = low.source.consumers(node.outputs[0])
    if bias is None and len(users) == 1 and users[0].op == "Add" and node.outputs[0] != low.source.output:
        addend = next((i for i in users[0].inputs if i != node.outputs[0]), "")
        data = low.constant(addend)
        if data is not None and data.size == columns and data.shape[-1:] == (columns,):
            bias = low.plain(addend, (columns,))
            low.absorbed.add(users[0].name)
            low.emit.origin = f"{node.name}, {users[0].name}"
    low.define(node, "Gemm", [x, w, *([bias] if bias else [])], (x_shape[0], columns), shape)
    if users and users[0].name in low.absorbed:
        low.values[users[0].outputs[0]] = low.values[node.outputs[0]]


# --- images -----------------------------------------------------------------------------------------------------------


def _window(
    low: Lowering, node: OnnxNode, size: tuple[int, int], kernel: tuple[int, int]
) -> tuple[dict, tuple[int, int]]:
    """Strides and pads (t,l,b,r) of a Conv or MaxPool, and its output height and width."""
    if any(d != 1 for d in node.attrs.get("dilations", [1, 1])) or node.attrs.get("ceil_mode", 0):
        raise low.fail(node, "dilations must be 1 and ceil_mode 0")
    strides = tuple(node.attrs.get("strides", [1, 1]))
    auto = node.attrs.get("auto_pad", b"NOTSET").decode()
    pads = tuple(node.attrs.get("pads", [0, 0, 0, 0]))
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        total = [max(0, (math.ceil(size[i] / strides[i]) - 1) * strides[i] + kernel[i] - size[i]) for i in (0, 1)]
        small, large = [t // 2 for t in total], [t - t // 2 for t in total]
        pads = (*small, *large) if auto == "SAME_UPPER" else (*large, *small)
    elif auto == "VALID":
        pads = (0, 0, 0, 0)
    out = tuple((size[i] + pads[i] + pads[i + 2] - kernel[i]) // strides[i] + 1 for i in (0, 1))
    if min(out) < 1:
        raise low.fail(node, f"the {kernel[0]}x{kernel[1]} window does not fit the image {size[0]}x{size[1]}")
    return {"strides": strides, "pads": pads}, out


def _conv(low: Lowering, node: OnnxNode) -> None:
    x = low.image(node.inputs[0], node)
    weight = low.constant(node.inputs[1])
    if weight is None or weight.ndim != 4 or node.attrs.get("group", 1) != 1:
        raise low.fail(node, "expected a 2-D convolution of one group with constant weights")
    _, height, width, channels = low.emit.shape(x)
    filters, weight_channels, kernel_h, kernel_w = weight.shape
    if weight_channels != channels:
        raise low.fail(
            node, f"weights {list(weight.shape)} expect {weight_channels} channels, the image has {channels}"
        )
    window, (out_h, out_w) = _window(low, node, (height, width), (kernel_h, kernel_w))
    if node.inputs[1] not in low.graph.tensors:
        low.emit.parameter(node.inputs[1], weight.transpose(2, 3, 1, 0))
    shape = (1, filters, out_h, out_w)
    low.define(node, "Conv", [x, node.inputs[1]], (1, out_h, out_w, filters), shape, nhwc=True, **window)
    if len(node.inputs) > 2 and node.inputs[2]:
        flat = low.emit.reshape(node.outputs[0], (out_h * out_w, filters))
        biased = low.emit.one(
            "AddRow", f"{node.name}.bias", [flat, low.plain(node.inputs[2], (filters,))], (out_h * out_w, filters)
        )
        low.values[node.outputs[0]] = Value(low.emit.reshape(biased, (1, out_h, out_w, filters)), shape, nhwc=True)


def _maxpool(low: Lowering, node: OnnxNode) -> None:
    x = low.image(node.inputs[0], node)
    _, height, width, channels = low.emit.shape(x)
    kernel = tuple(node.attrs["kernel_shape"])
    if len(kernel) != 2 or len(node.outputs) != 1:
        raise low.fail(node, "expected a 2-D pooling with one output")
    window, (out_h, out_w) = _window(low, node, (height, width), kernel)
    low.define(
        node,
        "MaxPool",
        [x],
        (1, out_h, out_w, channels),
        (1, channels, out_h, out_w),
        nhwc=True,
        kernel=kernel,
        **window,
    )


# --- elementwise and row operators ------------------------------------------------------------------------------------


def _unary(low: Lowering, node: OnnxNode, op: str, **attrs: object) -> None:
    value = low.value(node.inputs[0])
    tensor = value.tensor if value.nhwc else low.plain(node.inputs[0])
    low.define(node, op, [tensor], low.emit.shape(tensor), value.shape, value.nhwc, **attrs)


def _gelu(low: Lowering, node: OnnxNode) -> None:
    if node.attrs.get("approximate", b"none") != b"none":
        raise low.fail(node, "only the exact (erf) form is supported: approximate must be 'none'")
    _unary(low, node, "Gelu")


def _binary(low: Lowering, node: OnnxNode) -> None:
    """Add or Mul of equal shapes, Add of a constant row (AddRow), Mul or Div by a constant scalar (Scale)."""
    constants = [low.constant(i) for i in node.inputs]
    scalar = next((i for i, c in enumerate(constants) if c is not None and c.size == 1), None)
    if scalar is not None and node.op in ("Mul", "Div") and (node.op == "Mul" or scalar == 1):
        factor = float(constants[scalar].reshape(-1)[0])
        _unary(
            low,
            OnnxNode(node.name, node.op, "", [node.inputs[1 - scalar]], node.outputs, {}),
            "Scale",
            alpha=float(np.float32(factor if node.op == "Mul" else 1.0 / factor)),
        )
        return
    values = [low.value(i) for i in node.inputs]
    a, b = values
    if node.op in ("Add", "Mul") and compact(a.shape) == compact(b.shape):
        both = a.nhwc and b.nhwc
        tensors = [v.tensor for v in values] if both else [low.plain(i) for i in node.inputs]
        shape = a.shape if len(a.shape) >= len(b.shape) else b.shape
        low.define(node, node.op, tensors, low.emit.shape(tensors[0]), shape, both)
        return
    row = next((i for i, v in enumerate(values) if math.prod(v.shape) == v.shape[-1] == values[1 - i].shape[-1]), None)
    if node.op == "Add" and row is not None:
        shape = values[1 - row].shape
        flat = (math.prod(shape[:-1]), shape[-1])
        low.define(
            node,
            "AddRow",
            [low.plain(node.inputs[1 - row], flat), low.plain(node.inputs[row], shape[-1:])],
            flat,
            shape,
        )
        return
    raise low.fail(
        node,
        f"operands {list(a.shape)} and {list(b.shape)}: supported are Add and Mul of equal shapes, Add of a "
        "row, Mul and Div by a constant scalar, and the layer-norm and GELU patterns",
    )


def _softmax(low: Lowering, node: OnnxNode) -> None:
    """Over one axis; before opset 13 over all axes from the given one on."""
    shape = low.value(node.inputs[0]).shape
    rank = len(shape)
    if low.source.opset < 13:
        axis = node.attrs.get("axis", 1) % rank
        rows = math.prod(shape[:axis])
        flat = compact(shape) if axis == rank - 1 else (rows, math.prod(shape) // rows)
        low.define(node, "Softmax", [low.plain(node.inputs[0], flat)], flat, shape)
        return
    axis = node.attrs.get("axis", -1) % rank
    perm = (*(i for i in range(rank) if i != axis), axis)
    moved = tuple(shape[p] for p in perm)
    tensor = low.emit.transpose(low.plain(node.inputs[0], shape), perm)
    low.define(node, "Softmax", [low.emit.reshape(tensor, compact(moved))], compact(moved), moved)
    if axis != rank - 1:
        back = low.emit.transpose(low.plain(node.outputs[0], moved), tuple(perm.index(i) for i in range(rank)))
        low.values[node.outputs[0]] = Value(back, shape)


def _layernorm(low: Lowering, node: OnnxNode) -> None:
    """Over all axes from the given one on."""
    shape = low.value(node.inputs[0]).shape
    axis = node.attrs.get("axis", -1) % len(shape)
    rows, columns = math.prod(shape[:axis]), math.prod(shape[axis:])
    if len([o for o in node.outputs if o]) != 1:
        raise low.fail(node, "expected one output: mean and deviation are not available")
    if len(node.inputs) < 3 or any(math.prod(low.value(i).shape) != columns for i in node.inputs[1:3]):
        raise low.fail(node, f"expected a scale and a bias of {columns} elements")
    output = node.outputs[0]
    inputs = [low.plain(node.inputs[0], (rows, columns)), *(low.plain(i, (columns,)) for i in node.inputs[1:3])]
    low.emit.op(
        "LayerNorm",
        node.name,
        inputs,
        [(rows, columns), (rows,), (rows,)],
        {"epsilon": float(np.float32(node.attrs.get("epsilon", 1e-5)))},
        [output, f"{output}.mean", f"{output}.rstd"],
    )
    low.values[output] = Value(output, shape)


RULES: dict[str, Callable[[Lowering, OnnxNode], None]] = {
    "Add": _binary,
    "Conv": _conv,
    "Div": _binary,
    "Dropout": _identity,
    "Flatten": _reshape,
    "Gelu": _gelu,
    "Gemm": _gemm,
    "Identity": _identity,
    "LayerNormalization": _layernorm,
    "MatMul": _matmul,
    "MaxPool": _maxpool,
    "Mul": _binary,
    "Relu": lambda low, node: _unary(low, node, "Relu"),
    "Reshape": _reshape,
    "Shape": _shape,
    "Softmax": _softmax,
    "Squeeze": _reshape,
    "Transpose": _transpose,
    "Unsqueeze": _reshape,
}
