# SPDX-License-Identifier: Apache-2.0
"""Where things lie in the working copy, and how a file is written so that readers never see half of it."""

import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RTL = ROOT / "rtl"
BUILD = ROOT / "build"
GENERATED = BUILD / "generated"


def write_if_changed(path: Path, text: str) -> bool:
    """Write ``text`` atomically unless ``path`` holds it already (so that time stamps mean change); True if written."""
    if path.exists() and path.read_text() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
    return True
