# SPDX-License-Identifier: Apache-2.0
"""The catalogue as tables of the documents (``make docs`` writes them into the pages)."""

from traindeploy.ops import KERNELS, OPERATORS, Gradient, Kernel, Operator
from traindeploy.ops.legality import signature


def operators() -> str:
    """One line an operator: what goes in and out, the order of FP32 operations, where its gradient comes from."""
    lines = ["| op | family | inputs -> outputs | attributes | order of operations (machine model) | gradient |"]
    lines.append("|---|---|---|---|---|---|")
    for op in OPERATORS.values():
        attributes = ", ".join(a.name for a in op.attributes)
        cells = (op.name, op.family, signature(op), attributes, op.order, _gradient(op))
        lines.append(_row(*cells))
    return "\n".join([*lines, ""])


def kernels() -> str:
    """One line a kernel with its arguments in order."""
    lines = ["| kernel | arguments, in order | what it computes |", "|---|---|---|"]
    for kernel in KERNELS.values():
        lines.append(_row(kernel.name, _arguments(kernel), " ".join(kernel.comment.split())))
    return "\n".join([*lines, ""])


def _row(*cells: str) -> str:
    """A line of a Markdown table; a bar within a cell would end it."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _gradient(op: Operator) -> str:
    if isinstance(op.gradient, Gradient):
        return op.gradient.op
    return f"a rule in `training/rules/{op.family}.py`" if op.gradient is None else f"none: {op.gradient}"


def _arguments(kernel: Kernel) -> str:
    ports = (*kernel.inputs, *kernel.outputs)
    parts = [f"f {', '.join(p.field if p.dtype == 'float32' else f'{p.dtype} {p.field}' for p in ports)}"]
    parts += [f"u {', '.join(kernel.sizes)}"]
    parts += [f"float {', '.join(kernel.floats)}"] if kernel.floats else []
    return "; ".join(parts)
