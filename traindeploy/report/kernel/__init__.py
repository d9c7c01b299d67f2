# SPDX-License-Identifier: Apache-2.0
"""The page of a kernel and the index of all of them: see README.md."""

from traindeploy.report.kernel.index import Entry, render_index
from traindeploy.report.kernel.kernel_page import render_kernel
from traindeploy.report.kernel.pages import write_index, write_kernel

__all__ = ["Entry", "render_index", "render_kernel", "write_index", "write_kernel"]
