# SPDX-License-Identifier: Apache-2.0
"""Pooling. A shape is an image [1,H,W,C]."""

import numpy as np

from golden.model import Arrays
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


def case_of(window: Window) -> Case:
    """The case of a window."""
    size, channels, kernel, strides, pads = window
    return Case((1, *size, channels), {"kernel": kernel, "strides": strides, "pads": pads})


def negative(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Below zero in the first channel: padding with zeros would be seen."""
    x = d.normal(*shape)
    with np.errstate(invalid="ignore"):
        x[..., 0] = -np.abs(x[..., 0])
    return [x]


def variants(case: Case) -> tuple[Variant, ...]:
    """In tiles of output rows."""
    rows, _ = output_size(case.shape[1:3], case.attrs["kernel"], case.attrs)
    return tuple(Variant("td_maxpool", {"rows": tile}) for tile in tiles(rows))


def random_variant(rng: np.random.Generator, case: Case) -> Variant:
    """Any consecutive output rows."""
    rows, _ = output_size(case.shape[1:3], case.attrs["kernel"], case.attrs)
    return Variant("td_maxpool", {"rows": random_tile(rng, rows)})


def call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """A tile of output rows."""
    (x,) = inputs
    begin, end = variant.how["rows"]
    (pooled,) = run_machine("MaxPool", inputs, attrs)
    y = np.ascontiguousarray(pooled[0, begin:end])
    arguments = tile_arguments(x[0], attrs["kernel"], attrs, begin, end) | {"y": destination(y)}
    definition = Definition("MaxPool", inputs, attrs, select=lambda found: [found[0][0, begin:end]])
    return Call(f"{name}_rows{begin}to{end}", "td_maxpool", arguments, {"y": y}, definition=definition)


def tied(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """dY, X with many equal elements in its first channel, and the maxima Y; padding is never one."""
    x = d.normal(*shape)
    with np.errstate(invalid="ignore"):
        x[..., 0] = np.round(x[..., 0])
    top, left, bottom, right = attrs["pads"]
    padded = np.pad(x[0], ((top, bottom), (left, right), (0, 0)), constant_values=np.nan)
    seen = np.lib.stride_tricks.sliding_window_view(padded, attrs["kernel"], axis=(0, 1))
    seen = seen[:: attrs["strides"][0], :: attrs["strides"][1]]
    y = np.fmax.reduce(seen.reshape(*seen.shape[:3], -1), axis=-1)[None]
    return [d.normal(*y.shape), x, y]


def gradient_variants(case: Case) -> tuple[Variant, ...]:
    """In tiles of rows of dX."""
    return tuple(Variant("td_maxpool_grad", {"rows": tile}) for tile in tiles(case.shape[1]))


def gradient_variant(rng: np.random.Generator, case: Case) -> Variant:
    """Any consecutive rows."""
    return Variant("td_maxpool_grad", {"rows": random_tile(rng, case.shape[1])})


def gradient_call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """A tile of rows of dX, with the windows that reach it and the rows that those read."""
    dy, x, y = inputs
    begin, end = variant.how["rows"]
    (kernel_h, _), (stride_h, _), (top, _, _, _) = attrs["kernel"], attrs["strides"], attrs["pads"]
    reach = [i for i in range(y.shape[1]) if i * stride_h - top < end and i * stride_h - top + kernel_h > begin]
    first, last = (reach[0], reach[-1] + 1) if reach else (0, 1)
    (whole,) = run_machine("MaxPoolGrad", inputs, attrs)
    dx = np.ascontiguousarray(whole[0, begin:end])
    arguments = tile_arguments(x[0], attrs["kernel"], attrs, first, last) | dict(
        dy=np.ascontiguousarray(dy[0, first:last]), y=np.ascontiguousarray(y[0, first:last]), dx=destination(dx),
        row_begin=begin, row_end=end, window_begin=first, window_end=last if reach else first,
    )  # fmt: skip
    definition = Definition("MaxPoolGrad", inputs, attrs, select=lambda found: [found[0][0, begin:end]])
    return Call(f"{name}_rows{begin}to{end}", "td_maxpool_grad", arguments, {"dx": dx}, definition=definition)


STIMULI = {
    "MaxPool": Stimulus(
        cases=tuple(case_of(window) for window in WINDOWS),
        random=lambda rng: case_of(random_window(rng)),
        draw=negative,
        variants=variants,
        random_variant=random_variant,
        call=call,
    ),
    "MaxPoolGrad": Stimulus(
        cases=tuple(case_of(window) for window in (*WINDOWS, *AS_MANY)),
        random=lambda rng: case_of(random_window(rng)),
        draw=tied,
        variants=gradient_variants,
        random_variant=gradient_variant,
        call=gradient_call,
        unbounded={"huge": "sums overflow"},
    ),
}
