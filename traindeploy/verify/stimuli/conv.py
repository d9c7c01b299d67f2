# SPDX-License-Identifier: Apache-2.0
"""Convolutions. A shape is (image [1,H,W,C], weights [KH,KW,C,F])."""

import numpy as np

from golden.machine.conv import im2col
from golden.model import Arrays
from traindeploy.verify.call import Call, Definition, destination, run_machine
from traindeploy.verify.stimuli.windows import (
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


STIMULI = {
    "Conv": Stimulus(
        cases=tuple(case_of(window) for window in WINDOWS),
        random=lambda rng: case_of(random_window(rng), int(rng.integers(1, 9))),
        draw=draw,
        variants=variants,
        random_variant=random_variant,
        call=call,
    )
}
