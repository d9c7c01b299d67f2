# SPDX-License-Identifier: Apache-2.0
"""Convolutions. A shape is (image [1,H,W,C], weights [KH,KW,C,F])."""

from math import ceil, prod

import numpy as np

from golden.machine.conv import im2col
from golden.model import Arrays
from traindeploy.platform import register_map
from traindeploy.verify.call import Call, Definition, destination, run_machine
from traindeploy.verify.stimuli.windows import (
    AS_MANY,
    WINDOWS,
    Window,
    output_size,
    random_tile,
    random_window,
    tile_arguments,
    tiles,
)
from traindeploy.verify.stimulus import Attrs, Case, Shape, Stimulus, Variant
from traindeploy.verify.values import Draw

# Pairs of the same columns that differ in one attribute alone: kernel; strides, pads, the image's size.
IMAGES: tuple[Window, ...] = (
    ((6, 6), 2, (2, 3), (1, 1), (0, 0, 0, 0)),
    ((6, 6), 2, (3, 2), (1, 1), (0, 0, 0, 0)),
    ((6, 6), 2, (3, 3), (1, 2), (1, 1, 1, 1)),
    ((6, 6), 2, (3, 3), (2, 1), (1, 1, 1, 1)),
    ((6, 6), 2, (3, 3), (1, 2), (2, 1, 0, 1)),
    ((6, 5), 2, (3, 3), (1, 2), (1, 1, 1, 1)),
)
SHIFTED: tuple[Window, ...] = (  # of as many windows, but for their pads the same
    ((6, 6), 2, (3, 3), (1, 1), (1, 1, 1, 1)),
    ((6, 6), 2, (3, 3), (1, 1), (2, 1, 0, 1)),
)
FLAGS = register_map("redmule").FLAGS
PRODUCT = Variant("td_gemm", {"of": "im2col"})


def case_of(window: Window, filters: int = 5) -> Case:
    """The case of a window."""
    size, channels, kernel, strides, pads = window
    return Case(((1, *size, channels), (*kernel, channels, filters)), {"strides": strides, "pads": pads})


def draw(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Image and weights."""
    return [d.normal(*each) for each in shape]


def variants(case: Case) -> tuple[Variant, ...]:
    """im2col in tiles of output rows, then the product of the whole matrix with the weights."""
    rows, _ = output_size(case.shape[0][1:3], case.shape[1][:2], case.attrs)
    return (*(Variant("td_im2col", {"rows": tile}) for tile in tiles(rows)), PRODUCT)


def random_variant(rng: np.random.Generator, case: Case) -> Variant:
    """im2col of any consecutive output rows."""
    rows, _ = output_size(case.shape[0][1:3], case.shape[1][:2], case.attrs)
    return Variant("td_im2col", {"rows": random_tile(rng, rows)})


def call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """im2col of a tile, or the product of the whole matrix."""
    x, weight = inputs
    kernel, filters = weight.shape[:2], weight.shape[-1]
    matrix = im2col(x[0], kernel, attrs["strides"], attrs["pads"])
    if variant.kernel == "td_gemm":
        return _product(name, inputs, attrs, matrix, filters)
    begin, end = variant.how["rows"]
    rows = output_size(x.shape[1:3], kernel, attrs)[0]
    out = np.ascontiguousarray(matrix.reshape(rows, -1, matrix.shape[1])[begin:end])
    arguments = tile_arguments(x[0], kernel, attrs, begin, end) | {"out": destination(out)}
    return Call(f"{name}_rows{begin}to{end}", "td_im2col", arguments, {"out": out})


def _product(name: str, inputs: Arrays, attrs: Attrs, matrix: np.ndarray, filters: int) -> Call:
    weight = inputs[1]
    (z,) = run_machine("Conv", inputs, attrs)
    z = z.reshape(-1, filters)
    product = dict(
        x=matrix, w=weight.reshape(-1, filters), y=0, z=destination(z), m=len(matrix), n=matrix.shape[1], k=filters,
        x_pitch=0, w_pitch=0, y_pitch=0, z_pitch=0, flags=0,
    )  # fmt: skip
    definition = Definition("Conv", inputs, attrs, select=lambda found: [found[0].reshape(-1, filters)])
    return Call(f"{name}_product", "td_gemm", product, {"z": z}, definition=definition)


def weight_grad_case(window: Window, filters: int = 5) -> Case:
    """The case of a window for ConvWeightGrad."""
    size, channels, kernel, strides, pads = window
    attrs = {"kernel": kernel, "strides": strides, "pads": pads}
    return Case(((1, *size, channels), (1, *output_size(size, kernel, attrs), filters)), attrs)


def input_grad_case(window: Window, filters: int = 5) -> Case:
    """The case of a window of stride 1 for ConvInputGrad."""
    size, channels, kernel, _, pads = window
    rows, cols = output_size(size, kernel, {"strides": (1, 1), "pads": pads})
    return Case(((1, rows, cols, filters), (*kernel, channels, filters)), {"pads": pads})


def product_only(case: Case) -> tuple[Variant, ...]:
    """im2col is verified with Conv."""
    return (PRODUCT,)


def product_variant(rng: np.random.Generator, case: Case) -> Variant:
    """As ``product_only``."""
    return PRODUCT


def weight_grad_call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """The product of the whole matrix, transposed, with dZ."""
    x, dz = inputs
    matrix, filters = im2col(x[0], attrs["kernel"], attrs["strides"], attrs["pads"]), dz.shape[-1]
    flags = FLAGS.word(x_transposed=True)
    return _gradient("ConvWeightGrad", name, inputs, attrs, matrix, dz.reshape(-1, filters), flags)


def input_grad_call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """The product of all windows of dZ with the weights turned round."""
    dz, weight = inputs
    (kernel_h, kernel_w), (top, left, bottom, right) = weight.shape[:2], attrs["pads"]
    pads = (kernel_h - 1 - top, kernel_w - 1 - left, kernel_h - 1 - bottom, kernel_w - 1 - right)
    matrix = im2col(dz[0], (kernel_h, kernel_w), (1, 1), pads)
    turned = np.ascontiguousarray(weight[::-1, ::-1].transpose(0, 1, 3, 2)).reshape(matrix.shape[1], -1)
    return _gradient("ConvInputGrad", name, inputs, attrs, matrix, turned, 0)


def _gradient(op: str, name: str, inputs: Arrays, attrs: Attrs, x: np.ndarray, w: np.ndarray, flags: int) -> Call:
    (whole,) = run_machine(op, inputs, attrs)
    z = whole.reshape(-1, w.shape[1])
    arguments = dict(
        x=x, w=w, y=0, z=destination(z), m=len(z), n=len(w), k=w.shape[1],
        x_pitch=0, w_pitch=0, y_pitch=0, z_pitch=0, flags=flags,
    )  # fmt: skip
    definition = Definition(op, inputs, attrs, select=lambda found: [found[0].reshape(z.shape)])
    return Call(f"{name}_product", "td_gemm", arguments, {"z": z}, definition=definition)


def draw_image(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """The only input."""
    return [d.normal(*shape)]


def image_case(window: Window) -> Case:
    """The case of a window for Col2im."""
    size, channels, kernel, strides, pads = window
    attrs = {"kernel": kernel, "strides": strides, "pads": pads, "size": size}
    return Case((prod(output_size(size, kernel, attrs)), prod(kernel) * channels), attrs)


def image_variants(case: Case) -> tuple[Variant, ...]:
    """Tiles of rows of the image, for the first and the last kernel row."""
    taps = sorted({0, case.attrs["kernel"][0] - 1})
    return tuple(
        Variant("td_col2im", {"rows": tile, "tap": tap}) for tile in tiles(case.attrs["size"][0]) for tap in taps
    )


def image_variant(rng: np.random.Generator, case: Case) -> Variant:
    """Any consecutive rows, any kernel row."""
    rows = random_tile(rng, case.attrs["size"][0])
    return Variant("td_col2im", {"rows": rows, "tap": int(rng.integers(case.attrs["kernel"][0]))})


def image_call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """What a kernel row adds to a tile of the image."""
    (m,) = inputs
    (kernel_h, kernel_w), (stride_h, stride_w), (top, left, _, _) = attrs["kernel"], attrs["strides"], attrs["pads"]
    (begin, end), tap = variant.how["rows"], variant.how["tap"]
    out_height, across = output_size(attrs["size"], attrs["kernel"], attrs)
    taps = m.reshape(len(m), kernel_h, -1)
    until, before = (
        np.where(np.arange(kernel_h)[:, None] < count, taps, 0).reshape(m.shape) for count in (tap + 1, tap)
    )
    image, start = (
        run_machine("Col2im", [each.astype(np.float32)], attrs)[0][0, begin:end] for each in (until, before)
    )
    out = np.ascontiguousarray(image)
    first = min(max(ceil((begin + top - tap) / stride_h), 0), out_height - 1)
    arguments = dict(
        x=m.reshape(-1)[first * across * m.shape[1] + tap * taps.shape[2] :].copy(),
        out=np.ascontiguousarray(start) if tap else destination(out),
        out_height=out_height, out_width=across, channels=out.shape[-1], kernel_row=tap, kernel_w=kernel_w,
        stride_h=stride_h, stride_w=stride_w, pad_top=top, pad_left=left, width=out.shape[1],
        row_begin=begin, row_end=end, x_row_begin=first, x_pitch=m.itemsize * m.shape[1], accumulate=int(tap > 0),
    )  # fmt: skip
    definition = Definition("Col2im", [until], attrs, select=lambda found: [found[0][0, begin:end]])
    title = f"{name}_rows{begin}to{end}_tap{tap}"
    return Call(title, "td_col2im", arguments, {"out": out}, definition=definition)


STIMULI = {
    "Conv": Stimulus(
        cases=tuple(case_of(window) for window in WINDOWS),
        random=lambda rng: case_of(random_window(rng), int(rng.integers(1, 9))),
        draw=draw,
        variants=variants,
        random_variant=random_variant,
        call=call,
    ),
    "ConvWeightGrad": Stimulus(
        cases=tuple(weight_grad_case(window) for window in (*WINDOWS, *AS_MANY)),
        random=lambda rng: weight_grad_case(random_window(rng), int(rng.integers(1, 9))),
        draw=draw,
        variants=product_only,
        random_variant=product_variant,
        call=weight_grad_call,
    ),
    "ConvInputGrad": Stimulus(
        cases=tuple(input_grad_case(window) for window in (*WINDOWS, *SHIFTED)),
        random=lambda rng: input_grad_case(random_window(rng), int(rng.integers(1, 9))),
        draw=draw,
        variants=product_only,
        random_variant=product_variant,
        call=input_grad_call,
    ),
    "Col2im": Stimulus(
        cases=tuple(image_case(window) for window in (*IMAGES, *WINDOWS)),
        random=lambda rng: image_case(random_window(rng)),
        draw=draw_image,
        variants=image_variants,
        random_variant=image_variant,
        call=image_call,
        unbounded={"huge": "sums overflow"},
    ),
}
