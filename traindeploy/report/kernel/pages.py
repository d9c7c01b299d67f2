# SPDX-License-Identifier: Apache-2.0
"""Writes the pages beside the records: ``<kernel>/report.html`` and ``index.html``."""

from pathlib import Path

from traindeploy.records import serial
from traindeploy.records.kernel import KernelRecord
from traindeploy.records.serial import RecordError
from traindeploy.report.kernel.index import Entry, render_index
from traindeploy.report.kernel.kernel_page import render_kernel
from traindeploy.report.page import write

RECORD, PAGE, INDEX = "record.json", "report.html", "index.html"


def write_kernel(record: KernelRecord, folder: Path) -> Path:
    """The kernel's page in ``folder``, one below the index's; the page's path."""
    write(render_kernel(record, crumbs=[("All kernels", f"../{INDEX}")]), folder / PAGE)
    return folder / PAGE


def write_index(root: Path) -> Path:
    """``root``/index.html over every ``root``/<kernel>/record.json, those of earlier runs included; its path.

    A record of another version is left out: its page stays, but nothing says any more what it means.
    """
    entries = []
    for path in sorted(root.glob(f"*/{RECORD}")):
        try:
            entries.append(Entry(serial.read(KernelRecord, path), f"{path.parent.name}/{PAGE}"))
        except RecordError:
            continue
    write(render_index(entries), root / INDEX)
    return root / INDEX
