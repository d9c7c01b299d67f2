# SPDX-License-Identifier: Apache-2.0
"""Activation functions that the catalogue does not map by itself."""

from traindeploy.frontend.lowering import Lowering, Rule
from traindeploy.frontend.onnx_import import OnnxNode


def gelu(low: Lowering, node: OnnxNode) -> None:
    if node.attrs.get("approximate", b"none") != b"none":
        raise low.fail(node, "only the exact (erf) form is supported: approximate must be 'none'")
    low.unary(node, "Gelu")


RULES: dict[str, Rule] = {"Gelu": gelu}
