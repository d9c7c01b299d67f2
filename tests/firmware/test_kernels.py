# SPDX-License-Identifier: Apache-2.0
"""All kernels but td_gemm against the machine models, bit for bit, on the host."""

import numpy as np
import pytest

from golden.machine import OPS
from golden.machine.conv import im2col
from tests.firmware.values import mismatch, mixed, normal
from traindeploy.ir import Node

DATA = {"normal": normal, "special": mixed}


def model(op: str, inputs: list[np.ndarray], **attrs: object) -> list[np.ndarray]:
    return OPS[op](Node("node", op, [], [], attrs), inputs, attrs)


def agree(actual: list[np.ndarray], expected: list[np.ndarray]) -> None:
    for index, (a, e) in enumerate(zip(actual, expected, strict=True)):
        assert mismatch(a, e.reshape(a.shape)) == "", f"output {index}"


@pytest.fixture(params=sorted(DATA))
def data(request):
    return DATA[request.param]


SIZES = [1, 3, 4, 31, 32, 33, 100, 1027]


@pytest.mark.parametrize("n", SIZES)
def test_binary_elementwise_kernels(kernels, data, n):
    rng = np.random.default_rng(n)
    a, b = data(rng, n), data(rng, n)
    for op in ("add", "mul"):
        out = np.empty(n, np.float32)
        kernels(f"td_{op}", dict(a=a, b=b, out=out, n=n))
        agree([out], model(op.capitalize(), [a, b]))
    for op, name in (("relu_grad", "ReluGrad"), ("gelu_grad", "GeluGrad")):
        out = np.empty(n, np.float32)
        kernels(f"td_{op}", dict(dy=a, x=b, dx=out, n=n))
        agree([out], model(name, [a, b]))
    out = np.empty(n, np.float32)
    kernels("td_sgd", dict(w=a, g=b, w_new=out, n=n, lr=0.01))
    agree([out], model("Sgd", [a, b], lr=0.01))


@pytest.mark.parametrize("n", SIZES)
def test_unary_elementwise_kernels(kernels, data, n):
    rng = np.random.default_rng(n)
    x = data(rng, n)
    for op in ("relu", "gelu"):
        out = np.empty(n, np.float32)
        kernels(f"td_{op}", dict(x=x, out=out, n=n))
        agree([out], model(op.capitalize(), [x]))
    out = np.empty(n, np.float32)
    kernels("td_scale", dict(a=x, out=out, n=n, alpha=0.125))
    agree([out], model("Scale", [x], alpha=0.125))


def test_elementwise_kernels_work_in_place(kernels):
    rng = np.random.default_rng(0)
    a, b = normal(rng, 77), normal(rng, 77)
    (expected,) = model("Add", [a, b])
    kernels("td_add", dict(a=a, b=b, out=a, n=77))
    agree([a], [expected])


def test_elementwise_kernels_write_nothing_beyond_their_end(kernels):
    for n in SIZES:
        out = np.full(n + 8, 7, np.float32)
        x = np.ones(n + 8, np.float32)
        kernels("td_relu", dict(x=x, out=out, n=n))
        assert (out[n:] == 7).all()
        assert (out[:n] == 1).all()


ROWS = [(1, 1), (1, 10), (64, 128), (9, 5), (3, 64), (17, 33)]


@pytest.mark.parametrize(("rows", "cols"), ROWS)
def test_row_kernels(kernels, data, rows, cols):
    rng = np.random.default_rng(rows * cols)
    a, row = data(rng, rows, cols), data(rng, cols)
    out = np.empty((rows, cols), np.float32)
    kernels("td_add_row", dict(a=a, row=row, out=out, rows=rows, cols=cols))
    agree([out], model("AddRow", [a, row]))

    kernels("td_softmax", dict(x=a, y=out, rows=rows, cols=cols))
    agree([out], model("Softmax", [a]))

    dy = data(rng, rows, cols)
    dx = np.empty((rows, cols), np.float32)
    kernels("td_softmax_grad", dict(dy=dy, y=a, dx=dx, rows=rows, cols=cols))
    agree([dx], model("SoftmaxGrad", [dy, a]))

    total = data(rng, cols)
    expected = OPS["ReduceSum"](Node("sum", "ReduceSum", [], []), [np.concatenate([total[None], a])], {})
    kernels("td_reduce_sum", dict(x=a, out=total, rows=rows, cols=cols, accumulate=1))
    agree([total], expected)
    kernels("td_reduce_sum", dict(x=a, out=total, rows=rows, cols=cols, accumulate=0))
    agree([total], model("ReduceSum", [a]))


@pytest.mark.parametrize(("rows", "cols"), ROWS)
@pytest.mark.parametrize("scale", [1.0, 1e-3, 300.0])
def test_layernorm_kernels(kernels, data, rows, cols, scale):
    rng = np.random.default_rng(rows + cols)
    with np.errstate(over="ignore"):
        x = data(rng, rows, cols) * np.float32(scale)
    gamma, beta = data(rng, cols), data(rng, cols)
    y = np.empty((rows, cols), np.float32)
    mean, rstd = np.empty(rows, np.float32), np.empty(rows, np.float32)
    arguments = dict(x=x, gamma=gamma, beta=beta, y=y, mean=mean, rstd=rstd, rows=rows, cols=cols, epsilon=1e-5)
    kernels("td_layernorm", arguments)
    agree([y, mean, rstd], model("LayerNorm", [x, gamma, beta], epsilon=1e-5))

    dy, dx = data(rng, rows, cols), np.empty((rows, cols), np.float32)
    kernels("td_layernorm_grad", dict(dy=dy, x=x, gamma=gamma, mean=mean, rstd=rstd, dx=dx, rows=rows, cols=cols))
    agree([dx], model("LayerNormGrad", [dy, x, gamma, mean, rstd]))


@pytest.mark.parametrize("n", [1, 2, 10, 100])
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_cross_entropy_kernels(kernels, n, scale):
    rng = np.random.default_rng(n)
    for label_value in {0, n // 2, n - 1}:
        logits, label = normal(rng, 1, n, scale=scale), np.array([label_value], np.int32)
        loss, probs = np.empty(1, np.float32), np.empty((1, n), np.float32)
        kernels("td_softmax_xent", dict(logits=logits, label=label, loss=loss, probs=probs, n=n))
        agree([loss, probs], model("SoftmaxCrossEntropy", [logits, label]))
        assert np.isfinite(loss).all()
        dlogits = np.empty((1, n), np.float32)
        kernels("td_softmax_xent_grad", dict(probs=probs, label=label, dlogits=dlogits, n=n))
        agree([dlogits], model("SoftmaxCrossEntropyGrad", [probs, label]))


WINDOWS = [  # height, width, channels, kernel, stride, pads (top, left, bottom, right)
    (32, 32, 3, (3, 3), (1, 1), (1, 1, 1, 1)),
    (16, 16, 64, (3, 3), (2, 2), (1, 1, 1, 1)),
    (7, 5, 4, (2, 3), (2, 1), (0, 2, 1, 0)),
    (4, 4, 6, (1, 1), (1, 1), (0, 0, 0, 0)),
    (5, 9, 1, (5, 5), (3, 2), (2, 2, 2, 2)),
    (3, 2, 9, (3, 3), (1, 1), (1, 1, 1, 1)),
]


@pytest.mark.parametrize(("height", "width", "channels", "kernel", "stride", "pads"), WINDOWS)
def test_window_kernels_in_row_tiles(kernels, data, height, width, channels, kernel, stride, pads):
    rng = np.random.default_rng(height * width)
    x = data(rng, height, width, channels)
    top, left, bottom, right = pads
    out_height = (height + top + bottom - kernel[0]) // stride[0] + 1
    out_width = (width + left + right - kernel[1]) // stride[1] + 1
    matrix = im2col(x, kernel, stride, pads).reshape(out_height, out_width, -1)
    (pooled,) = model("MaxPool", [x[None]], kernel=kernel, strides=stride, pads=pads)
    for begin, end in {(0, out_height), (0, 1), (out_height // 2, out_height), (out_height - 1, out_height)}:
        first = max(0, begin * stride[0] - top)  # the tile holds no earlier input row
        tile = np.ascontiguousarray(x[first : (end - 1) * stride[0] - top + kernel[0]])
        shared = dict(
            x=tile, height=height, width=width, channels=channels, kernel_h=kernel[0], kernel_w=kernel[1],
            stride_h=stride[0], stride_w=stride[1], pad_top=top, pad_left=left, out_width=out_width,
            row_begin=begin, row_end=end, x_row_begin=first,
        )  # fmt: skip
        out = np.full((end - begin, out_width, matrix.shape[-1]), 7, np.float32)
        kernels("td_im2col", dict(shared, out=out))
        assert (out.view(np.uint32) == matrix[begin:end].view(np.uint32)).all()
        y = np.full((end - begin, out_width, channels), 7, np.float32)
        kernels("td_maxpool", dict(shared, y=y))
        agree([y], [pooled[0, begin:end]])


@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (64, 128), (5, 7), (9, 2), (3, 66)])
@pytest.mark.parametrize("padding", [0, 3])
def test_transpose_kernel(kernels, rows, cols, padding):
    rng = np.random.default_rng(rows)
    x = np.full((rows, cols + padding), 7, np.float32)
    x[:, :cols] = mixed(rng, rows, cols)
    out = np.full((cols, rows + padding), 7, np.float32)
    x_pitch, out_pitch = (4 * (cols + padding), 4 * (rows + padding)) if padding else (0, 0)
    kernels("td_transpose", dict(x=x, out=out, rows=rows, cols=cols, x_pitch=x_pitch, out_pitch=out_pitch))
    assert (out[:, :rows].view(np.uint32) == x[:, :cols].T.view(np.uint32)).all()
    assert (out[:, rows:] == 7).all()
