# SPDX-License-Identifier: Apache-2.0
"""Functional coverage of a kernel's cases: bins that follow from its arguments and from what cases are drawn from."""

from collections.abc import Iterable, Sequence

from traindeploy.ops import KERNELS
from traindeploy.platform import NUM_CORES
from traindeploy.records.kernel import KernelCase
from traindeploy.records.verdict import CoveragePoint, functional
from traindeploy.verify.plan import ALIGNMENTS, Choice, operators_of, runs_on
from traindeploy.verify.stimuli import STIMULI
from traindeploy.verify.values import CLASSES, UNBOUNDED

COUNTED = (
    "n",
    "rows",
    "cols",
    "m",
    "k",
    "blocks",
    "planes",
    "channels",
    "out_width",
)  # sizes that are shared or cut up
LOOP = 8  # inner loops take at most this many elements, and there are as many cores


def points(kernel: str, cases: Sequence[KernelCase], choice: Choice) -> tuple[CoveragePoint, ...]:
    """All points, with the holes that have a reason excluded."""
    found = [
        _point("values", CLASSES, (case.values for case in cases), _unbounded(kernel)),
        *_cores(kernel, cases, choice),
        _point("alignment", [str(4 * i) for i in range(ALIGNMENTS)], (str(case.alignment) for case in cases)),
        _crossed("values, stage", cases),
    ]
    for size in KERNELS[kernel].sizes:
        if size in COUNTED:
            found.append(_size(size, cases))
    if kernel in ("td_gemm", "td_transpose"):
        found.append(_point("padding", [str(i) for i in range(6)], (str(case.padding) for case in cases)))
    if kernel == "td_gemm":
        found.append(_flags(cases))
    return tuple(found)


def _point(name: str, bins: Iterable[str], values: Iterable[str], excluded: Iterable[str] = ()) -> CoveragePoint:
    hits = dict.fromkeys(bins, 0)
    for value in values:
        if value in hits:
            hits[value] += 1
    return functional(name, hits, excluded)


def _unbounded(kernel: str) -> list[str]:
    """The classes of which bits are compared, but no error is asked."""
    own = {c: why for op in operators_of(kernel) for c, why in STIMULI[op].unbounded.items()}
    return [f"{values}: no error is asked: {why}" for values, why in {**UNBOUNDED, **own}.items()]


def _cores(kernel: str, cases: Sequence[KernelCase], choice: Choice) -> list[CoveragePoint]:
    """Cores, engines, configurations; what was not chosen is no hole."""
    not_chosen = [f"{n}: not chosen" for n in range(1, NUM_CORES + 1) if n not in choice.cores]
    engines = [engine for engine in runs_on(kernel) if engine in choice.engines]
    without = [f"{engine}: not chosen" for engine in runs_on(kernel) if engine not in engines]
    without += [] if "redmule" in runs_on(kernel) else ["redmule: computes matrix products only"]
    boots = [f"{b.configuration}{', delays' if b.delays else ''}" for b in choice.boots]
    found = [
        _point("engine", engines, (case.engine for case in cases), without),
        _point("configuration", boots, (f"{c.configuration}{', delays' if c.delays else ''}" for c in cases)),
    ]
    if "cores" in engines:
        bins = [str(n) for n in range(1, NUM_CORES + 1) if n in choice.cores]
        found.append(_point("cores", bins, (str(case.cores) for case in cases), not_chosen))
    return found


def _size(size: str, cases: Sequence[KernelCase]) -> CoveragePoint:
    """What is left over of the loops and of the division among the cores, 1, and less or more than one item a core."""
    bins = ["1", f"below {NUM_CORES}", *(f"{LOOP} i + {r}" for r in range(LOOP))]
    values = []
    for case in cases:
        n = case.sizes[size]
        values += ["1"] if n == 1 else []
        values += [f"below {NUM_CORES}"] if n < NUM_CORES else [f"{LOOP} i + {n % LOOP}"]
    return _point(size, bins, values)


def _flags(cases: Sequence[KernelCase]) -> CoveragePoint:
    names = ("X", "X stored transposed"), ("W", "W stored transposed"), ("Y a matrix or none", "Y a row")
    bins = [", ".join(names[i][f >> i & 1] for i in range(3)) for f in range(8)]
    return _point("layout", bins, (bins[case.sizes["flags"] & 7] for case in cases))


def _crossed(name: str, cases: Sequence[KernelCase]) -> CoveragePoint:
    bins = [f"{values}, {stage}" for values in CLASSES for stage in ("V2", "V3")]
    excluded = ("V1: directed shapes have normal values",)
    return _point(name, bins, (f"{case.values}, {case.stage}" for case in cases), excluded)
