# SPDX-License-Identifier: Apache-2.0
"""Which lines of the kernel's C its cases ran, for the record: measured on the host, with the cases' operands."""

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from traindeploy.codegen.host_lines import HostLines, NotMeasured
from traindeploy.records.verdict import CoveragePoint
from traindeploy.verify.call import Call


def source_lines(kernel: str, calls: Sequence[Call], firmware: Path) -> tuple[tuple[CoveragePoint, ...], str]:
    """Points by file, and why there are none. RedMule's jobs run no line of the kernel."""
    own = [call.arguments for call in calls if not call.redmule]
    if not own:
        return (), "all cases are jobs of RedMule"
    try:
        return _host(firmware)[0].measure(kernel, own), ""
    except NotMeasured as reason:
        return (), str(reason)


@cache
def _host(firmware: Path) -> tuple[HostLines, tempfile.TemporaryDirectory[str]]:
    """One build for all kernels of a run; its folder goes with the process."""
    scratch = tempfile.TemporaryDirectory(prefix="traindeploy-lines-")
    return HostLines(Path(scratch.name), firmware), scratch
