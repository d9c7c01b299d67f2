# SPDX-License-Identifier: Apache-2.0
"""What a run's pages show that is in no record: the kernels' sources, and which kernels have a report of their own."""

import os
from pathlib import Path

from traindeploy.platform.paths import ROOT
from traindeploy.records.program import ProgramDescription
from traindeploy.report.figures.source import excerpt
from traindeploy.report.network import Beside

VERIFIED = "verify"  # in build/: a folder a kernel, with its report.html
STARTS_JOBS = ("firmware/runtime/runtime.c", "td_redmule_start")


def beside(program: ProgramDescription, build: Path) -> Beside:
    """For the pages of ``program``'s run, which stand in a folder of ``build``."""
    places = {op.kernel: (op.source, op.kernel) for op in program.operators if op.kernel}
    if "RedMule" in places:
        places["RedMule"] = STARTS_JOBS
    found = {kernel: _excerpt(*place) for kernel, place in sorted(places.items())}
    reports = {}
    for kernel in places:
        page = build / VERIFIED / _folder(kernel) / "report.html"
        if page.is_file():
            reports[kernel] = Path(os.path.relpath(page, build / "run")).as_posix()
    return Beside({kernel: text for kernel, text in found.items() if text}, reports)


def _folder(kernel: str) -> str:
    """Where `make verify` puts what it found about a kernel: matrix products on RedMule are the kernel's too."""
    return "gemm" if kernel == "RedMule" else kernel.removeprefix("td_")


def _excerpt(source: str, function: str) -> str:
    try:
        return excerpt((ROOT / source).read_text(encoding="utf-8"), function)
    except OSError:  # an installed package without the sources
        return ""
