# SPDX-License-Identifier: Apache-2.0
"""What of the engine's RTL ran while a kernel's cases did: lines, branches, toggles, counted by Verilator."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tb.blocks.lines import explanations, measured_blocks
from tb.code_coverage import points
from tb.code_coverage.collect import Wish, counting, load_all
from tb.code_coverage.merged import merge
from traindeploy.errors import UserError
from traindeploy.records.program import Engine
from traindeploy.records.verdict import CoveragePoint

COUNTED = "engines"  # lines, branches and toggles of the files below
# What computes, and what feeds it; CV32E40P and CVFPU, which others wrote and verify, are not counted.
ENGINES: dict[Engine, tuple[str, ...]] = {
    "cores": ("rtl/cluster/td_core.sv", "rtl/cluster/td_core_complex.sv", "rtl/fpu", "rtl/icache", "rtl/tcdm"),
    "redmule": ("rtl/redmule", "rtl/tcdm"),
}


@contextmanager
def counted(wanted: bool, folder: Path) -> Iterator[None]:
    """Simulators within count into ``folder``, if that is ``wanted``."""
    if not wanted:
        yield
        return
    with counting(Wish(COUNTED, folder)):
        yield


def rtl_coverage(engines: Iterable[Engine], folder: Path) -> tuple[tuple[CoveragePoint, ...], str]:
    """Points by file of the RTL of ``engines``, and why there are none."""
    try:
        merged = merge(load_all(folder))
    except UserError:
        return (), "the simulator of these cases counts none"
    wanted = tuple(dict.fromkeys(place for engine in engines for place in ENGINES[engine]))
    reasons = {place: why for block in measured_blocks().values() for place, why in explanations(block).items()}
    return tuple(points.under(wanted, merged.total, reasons)), ""
