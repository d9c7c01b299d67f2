# SPDX-License-Identifier: Apache-2.0
"""Short ways to declare the operators that most are: of single elements, of rows, of everything at once."""

from dataclasses import replace

from traindeploy.ops.operator import Attribute, Gradient, Kernel, Operator, Pattern, Port

SIZES: dict[Pattern, tuple[str, ...]] = {"elementwise": ("n",), "row": ("rows", "cols"), "whole": ("n",)}
WINDOW_SIZES = (
    *("height", "width", "channels", "kernel_h", "kernel_w", "stride_h", "stride_w", "pad_top", "pad_left"),
    *("out_width", "row_begin", "row_end", "x_row_begin"),
)


def ports(text: str) -> tuple[Port, ...]:
    """``"dy:dY x:X"`` -> ports of elements, each as field:symbol."""
    words = (word.split(":") for word in text.split())
    return tuple(Port(field, symbol) for field, symbol in words)


def elementwise(
    name: str,
    family: str,
    kernel: str,
    inputs: str,
    outputs: str,
    *,
    order: str,
    cycles: float,
    comment: str,
    attributes: tuple[Attribute, ...] = (),
    onnx: str = "",
    gradient: Gradient | str | None = None,
) -> Operator:
    """An operator whose output elements each depend on the same element of the inputs.

    ``inputs`` and ``outputs`` as ``ports`` takes them; ``order`` and ``comment`` as in ``Operator`` and ``Kernel``.
    """
    plain = Operator(
        name,
        family,
        "elementwise",
        ports(inputs),
        ports(outputs),
        order,
        None,
        attributes,
        onnx=onnx,
        gradient=gradient,
    )
    return with_kernel(plain, kernel, comment, cycles)


def with_kernel(operator: Operator, name: str, comment: str, cycles: float, sizes: tuple[str, ...] = ()) -> Operator:
    """``operator`` with a kernel whose pointers are its ports and whose floats are its number attributes."""
    kernel = Kernel(
        name,
        comment,
        sizes or SIZES[operator.pattern],
        cycles,
        operator.inputs,
        operator.outputs,
        tuple(a.name for a in operator.attributes if a.number),
    )
    return replace(operator, kernel=kernel)
