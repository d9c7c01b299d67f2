# SPDX-License-Identifier: Apache-2.0
"""The page of a training: see README.md."""

from traindeploy.report.training.pages import render

__all__ = ["render"]
