# SPDX-License-Identifier: Apache-2.0
"""Masks of minus infinity that are added before a softmax, as causal attention has them.

Their elements become a number so low that a softmax makes the same of it: exactly zero, as is its gradient. So no
operator ever meets an infinity.
"""

import numpy as np

from traindeploy.frontend.ends import is_end
from traindeploy.frontend.lowering import Lowering
from traindeploy.frontend.source import OnnxNode

MASKED = np.float32(-(2.0**40))  # e to this power is 0, in float64 too, whatever score below 2^39 is added to it


def finite_mask(low: Lowering, node: OnnxNode, name: str) -> str:
    """``name``, or the constant that stands for it if ``node``, an Add, masks scores with its minus infinities.

    It does if a softmax over the last axis alone reads the sum, and if each row keeps a score. Other infinities stay,
    and are refused for what they are.
    """
    value = low.constant(name)
    if value is None or value.dtype != np.float32 or not np.isneginf(value).any():
        return name
    whole_rows = value.ndim == 0 or np.isneginf(value).all(axis=-1).any()
    readers = low.source.consumers(node.outputs[0])
    others = [other for other in list(node.inputs) if other != name and low.constant(other) is None]
    if whole_rows or not readers or len(others) != 1 or node.outputs[0] == low.source.output:
        return name
    rank = max(value.ndim, len(low.shape(others[0])))
    if not all(_over_last_axis(low, reader, rank) for reader in readers):
        return name
    masked = f"{name}.masked"
    low.source.constants[masked] = np.where(np.isneginf(value), MASKED, value)
    return masked


def _over_last_axis(low: Lowering, node: OnnxNode, rank: int) -> bool:
    """Of a softmax that is not the model's end."""
    axis = node.attrs.get("axis", 1 if low.source.opset < 13 else -1)
    return node.full_op == "Softmax" and axis in (-1, rank - 1) and not is_end(low.source, node)
