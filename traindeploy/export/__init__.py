# SPDX-License-Identifier: Apache-2.0
"""A training step as a standard ONNX model: forward, loss, backward and updates, that any runtime runs."""

from traindeploy.export.step import GRADIENTS, IR_VERSION, NEXT, training_model

__all__ = ["GRADIENTS", "IR_VERSION", "NEXT", "training_model"]
