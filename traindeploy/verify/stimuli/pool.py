# SPDX-License-Identifier: Apache-2.0
"""Pooling. A shape is an image [1,H,W,C]."""

import numpy as np

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


STIMULI = {
    "MaxPool": Stimulus(
        cases=tuple(case_of(window) for window in WINDOWS),
        random=lambda rng: case_of(random_window(rng)),
        draw=negative,
        variants=variants,
        random_variant=random_variant,
        call=call,
    ),
}
