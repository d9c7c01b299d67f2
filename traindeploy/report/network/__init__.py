# SPDX-License-Identifier: Apache-2.0
"""The pages of a network run: ``report.html``, and ``operators.html`` beside it."""

from traindeploy.report.network.pages import Beside, render, write

__all__ = ["Beside", "render", "write"]
