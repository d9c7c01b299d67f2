# SPDX-License-Identifier: Apache-2.0
"""Smaller calls that fail as well: halves of a dimension, as long as one of them is still wrong."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from traindeploy.ops import OPERATOR_OF_KERNEL
from traindeploy.ops.layout import COPY_LOOPS
from traindeploy.records.triage import TriageCase
from traindeploy.triage.actions import WORD
from traindeploy.triage.case import GEMM_FLAGS

Fails = Callable[[TriageCase], bool]


@dataclass(frozen=True)
class Axis:
    """A size and how many bytes each pointer moves when the first index goes."""

    size: str
    steps: Mapping[str, int]
    unit: int = 1  # the size is a multiple of it


@dataclass(frozen=True)
class Shrunk:
    """The smallest case that was found to fail, after ``trials``."""

    case: TriageCase
    trials: int


def shrink(case: TriageCase, fails: Fails, most: int) -> Shrunk:
    """Halve each axis of ``case``, which fails, while either half ``fails``; at most ``most`` trials."""
    trials = 0
    names = [axis.size for axis in axes(case)]
    for name in names:
        while trials < most:
            axis = next(axis for axis in axes(case) if axis.size == name)
            smaller = None
            for half in _halves(case, axis):
                trials += 1
                if fails(half):
                    smaller = half
                    break
                if trials >= most:
                    break
            if smaller is None:
                break
            case = smaller
    return Shrunk(case, trials)


def _halves(case: TriageCase, axis: Axis) -> Iterator[TriageCase]:
    """The case without its second half along ``axis``, then without its first."""
    size = case.sizes[axis.size] // axis.unit
    if size < 2:
        return
    first = size // 2
    yield replace(case, sizes={**case.sizes, axis.size: first * axis.unit})
    moved = {
        name: address + first * axis.steps.get(name, 0) if address else 0 for name, address in case.pointers.items()
    }
    yield replace(case, sizes={**case.sizes, axis.size: (size - first) * axis.unit}, pointers=moved)


def axes(case: TriageCase) -> list[Axis]:
    """What can be halved of a call or transfer; nothing of a kernel whose arguments do not say it."""
    s = case.sizes
    if case.agent == "dma":
        return [
            Axis("planes", {"src": s["src_stride2"], "dst": s["dst_stride2"]}),
            Axis("rows", {"src": s["src_stride"], "dst": s["dst_stride"]}),
            Axis("len", {"src": WORD, "dst": WORD}, WORD),
        ]
    if case.agent == "hyperbus":
        return [Axis("len", {"l3_addr": WORD, "l2_addr": WORD}, WORD)]
    if case.kernel == "td_gemm":
        return _product(s)
    if case.kernel == "td_transpose":
        return [Axis(f"{loop}s", {side: s[f"{side}_{loop}"] for side in ("x", "out")}) for loop in COPY_LOOPS]
    operator = OPERATOR_OF_KERNEL.get(case.kernel)
    ports = (*operator.inputs, *operator.outputs) if operator is not None else ()
    if not ports or any(port.form in ("operand", "whole") for port in ports):
        return []
    if "rows" in s:
        rows = {"matrix": WORD * s["cols"], "column": WORD}
        return [Axis("rows", {port.field: rows.get(port.form, 0) for port in ports})]
    return [Axis("n", {port.field: WORD if port.form == "elements" else 0 for port in ports})]


def _product(s: Mapping[str, int]) -> list[Axis]:
    flags = GEMM_FLAGS.values(s["flags"])
    x_row, x_column = (WORD, s["x_pitch"]) if flags["x_transposed"] else (s["x_pitch"], WORD)
    w_row, w_column = (WORD, s["w_pitch"]) if flags["w_transposed"] else (s["w_pitch"], WORD)
    y_row = 0 if flags["y_broadcast"] else s["y_pitch"]
    return [
        Axis("m", {"x": x_row, "y": y_row, "z": s["z_pitch"]}),
        Axis("k", {"w": w_column, "y": WORD, "z": WORD}),
        Axis("n", {"x": x_column, "w": w_row}),
    ]
