# SPDX-License-Identifier: Apache-2.0
"""Depthwise convolutions. A shape is that of both inputs: (image [1,H,W,C], weights [KH,KW,C]) of the forward one."""

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

LONG: Window = ((12, 11), 4, (8, 9), (1, 1), (3, 4, 4, 4))
FORWARD: tuple[Window, ...] = (*WINDOWS, LONG)
MORE: tuple[Window, ...] = (*FORWARD, *AS_MANY)
REMAINDERS: tuple[Window, ...] = (
    ((9, 8), 3, (3, 3), (4, 5), (1, 1, 0, 0)),  # rows and columns that no window reaches
    ((10, 7), 4, (3, 3), (2, 2), (1, 1, 1, 1)),  # as many windows as an image of 9 rows has
)


def case_of(window: Window) -> Case:
    """The case of a window."""
    size, channels, kernel, strides, pads = window
    return Case(((1, *size, channels), (*kernel, channels)), {"strides": strides, "pads": pads})


def _result(window: Window) -> Shape:
    size, channels, kernel, strides, pads = window
    return (1, *output_size(size, kernel, {"strides": strides, "pads": pads}), channels)


def weights_case(window: Window) -> Case:
    """Of the gradient of the weights: a shape is (image, dZ)."""
    case = case_of(window)
    return Case((case.shape[0], _result(window)), {"kernel": window[2], **case.attrs})


def image_case(window: Window) -> Case:
    """Of the gradient of the image: a shape is (dZ, weights)."""
    case = case_of(window)
    return Case((_result(window), case.shape[1]), {**case.attrs, "size": window[0]})


def draw(d: Draw, shape: Shape, attrs: Attrs) -> Arrays:
    """Both inputs."""
    return [d.normal(*each) for each in shape]


def _rows(case: Case) -> int:
    return output_size(case.shape[0][1:3], case.shape[1][:2], case.attrs)[0]


def variants(case: Case) -> tuple[Variant, ...]:
    """In tiles of output rows."""
    return tuple(Variant("td_depthwise", {"rows": tile}) for tile in tiles(_rows(case)))


def random_variant(rng: np.random.Generator, case: Case) -> Variant:
    """Any consecutive output rows."""
    return Variant("td_depthwise", {"rows": random_tile(rng, _rows(case))})


def call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """A tile of output rows."""
    x, w = inputs
    begin, end = variant.how["rows"]
    z = np.ascontiguousarray(run_machine("DepthwiseConv", inputs, attrs)[0][0, begin:end])
    arguments = tile_arguments(x[0], w.shape[:2], attrs, begin, end) | {"w": w, "z": destination(z)}
    definition = Definition("DepthwiseConv", inputs, attrs, select=lambda found: [found[0][0, begin:end]])
    return Call(f"{name}_rows{begin}to{end}", "td_depthwise", arguments, {"z": z}, definition=definition)


def weights_variants(case: Case) -> tuple[Variant, ...]:
    """All windows at once, or their first rows and then the rest."""
    middle = case.shape[1][1] // 2
    return tuple(Variant("td_depthwise_weights", {"from": row}) for row in sorted({0, middle}))


def weights_call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """Output rows from ``from`` on; what those before them gave is there already."""
    x, dz = inputs
    begin, end = variant.how["from"], dz.shape[1]
    (dw,) = run_machine("DepthwiseWeightGrad", inputs, attrs)
    bottom = (begin - 1) * attrs["strides"][0] - attrs["pads"][0] + attrs["kernel"][0] - x.shape[1]
    before = {**attrs, "pads": (*attrs["pads"][:2], bottom, attrs["pads"][3])}
    held = destination(dw)
    if begin:
        (held,) = run_machine("DepthwiseWeightGrad", [x, dz[:, :begin]], before)
    arguments = tile_arguments(x[0], attrs["kernel"], attrs, begin, end) | {
        "dz": np.ascontiguousarray(dz[0, begin:]), "dw": held, "accumulate": int(begin > 0),
    }  # fmt: skip
    definition = Definition("DepthwiseWeightGrad", inputs, attrs)
    return Call(f"{name}_from{begin}", "td_depthwise_weights", arguments, {"dw": dw}, definition=definition)


def image_variants(case: Case) -> tuple[Variant, ...]:
    """In tiles of rows of dX."""
    return tuple(Variant("td_depthwise_grad", {"rows": tile}) for tile in tiles(case.attrs["size"][0]))


def image_variant(rng: np.random.Generator, case: Case) -> Variant:
    """Any consecutive rows."""
    return Variant("td_depthwise_grad", {"rows": random_tile(rng, case.attrs["size"][0])})


def image_call(name: str, inputs: Arrays, attrs: Attrs, variant: Variant) -> Call:
    """A tile of rows of dX, with the windows that reach it."""
    dz, w = inputs
    begin, end = variant.how["rows"]
    stride, top, height = attrs["strides"][0], attrs["pads"][0], w.shape[0]
    reach = [i for i in range(dz.shape[1]) if i * stride - top < end and i * stride - top + height > begin]
    first, last = (reach[0], reach[-1] + 1) if reach else (0, 0)
    dx = np.ascontiguousarray(run_machine("DepthwiseInputGrad", inputs, attrs)[0][0, begin:end])
    arguments = dict(
        dz=np.ascontiguousarray(dz[0, first : max(last, first + 1)]), w=w, dx=destination(dx),
        width=attrs["size"][1], channels=w.shape[2], kernel_h=height, kernel_w=w.shape[1],
        stride_h=stride, stride_w=attrs["strides"][1], pad_top=top, pad_left=attrs["pads"][1],
        out_width=dz.shape[2], row_begin=begin, row_end=end, window_begin=first, window_end=last,
    )  # fmt: skip
    definition = Definition("DepthwiseInputGrad", inputs, attrs, select=lambda found: [found[0][0, begin:end]])
    return Call(f"{name}_rows{begin}to{end}", "td_depthwise_grad", arguments, {"dx": dx}, definition=definition)


STIMULI = {
    "DepthwiseConv": Stimulus(
        cases=tuple(case_of(window) for window in FORWARD),
        random=lambda rng: case_of(random_window(rng)),
        draw=draw,
        variants=variants,
        random_variant=random_variant,
        call=call,
    ),
    "DepthwiseInputGrad": Stimulus(
        cases=tuple(image_case(window) for window in (*MORE, *REMAINDERS)),
        random=lambda rng: image_case(random_window(rng)),
        draw=draw,
        variants=image_variants,
        random_variant=image_variant,
        call=image_call,
    ),
    "DepthwiseWeightGrad": Stimulus(
        cases=tuple(weights_case(window) for window in MORE),
        random=lambda rng: weights_case(random_window(rng)),
        draw=draw,
        variants=weights_variants,
        call=weights_call,
    ),
}
