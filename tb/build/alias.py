# SPDX-License-Identifier: Apache-2.0
"""Another path of the working copy, for tools that cannot have a blank or a ``+`` in one: Verilator and make.

If the working copy's own path is plain, it is its own alias. Otherwise a link in the system's folder for temporary
files leads to it, and what the tools are told is rewritten to go through that link.
"""

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from traindeploy.platform.paths import ROOT

STRANGE = re.compile(r"[^\w./@,=~-]")


def is_plain(path: str) -> bool:
    """Whether Verilator and make take the path as it is."""
    return STRANGE.search(path) is None


def aliased(text: str, root: Path = ROOT) -> str:
    """``text``, an argument or a variable's value, with the plain path wherever the working copy's stands."""
    if is_plain(str(root)) or str(root) not in text:
        return text
    return text.replace(str(root), str(_link(root)))


def make_folder(folder: Path) -> Path:
    """``folder`` if make can work there, else one of the same purpose: make looks where it really is."""
    if is_plain(str(folder)):
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"traindeploy-{os.getuid()}-{digest}.build"


def _link(root: Path) -> Path:
    """The link, made anew if it is gone: simulators find cocotb's libraries through it."""
    link = (
        Path(tempfile.gettempdir()) / f"traindeploy-{os.getuid()}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"
    )
    with suppress(OSError):
        if Path(os.readlink(link)) == root:
            return link
    partial = link.with_name(f"{link.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    partial.symlink_to(root)
    partial.replace(link)
    return link
