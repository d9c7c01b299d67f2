# SPDX-License-Identifier: Apache-2.0
"""Where a record comes from: the commit, the tools' versions, the machine and the date."""

import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

from traindeploy.records.serial import VOLATILE

ROOT = Path(__file__).resolve().parents[2]
# The packages whose version can change what a case does.
PACKAGES = ("cocotb", "numpy", "onnx", "ortools", "pythondata-cpu-cv32e40p", "pyuvm", "ziglang")


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """``commit`` is empty where the sources are no Git checkout; ``dirty``: they differ from it."""

    commit: Annotated[str, "Git commit of the sources"]
    dirty: Annotated[bool, "whether files that Git tracks were changed, or new ones were there"]
    python: str
    tools: Annotated[Mapping[str, str], "versions of tools and packages"] = field(default_factory=dict)
    date: Annotated[str, "UTC, ISO 8601", VOLATILE]
    machine: Annotated[str, "name, processor, number of processors, system", VOLATILE]


def collect(tools: Mapping[str, str] | None = None) -> Provenance:
    """The provenance of a case that runs now; ``tools``: versions of programs that are no Python packages."""
    commit, dirty = sources()
    system = platform.platform(terse=True)
    return Provenance(
        commit=commit,
        dirty=dirty,
        python=platform.python_version(),
        tools={**_packages(), **(tools or {})},
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=f"{platform.node()}, {platform.machine()}, {os.cpu_count()} processors, {system}",
    )


def sources(root: Path = ROOT) -> tuple[str, bool]:
    """(commit, whether the working copy differs from it); ("", False) if ``root`` is no checkout of its own."""
    top = _git(root, "rev-parse", "--show-toplevel").strip()
    if not top or Path(top).resolve() != root.resolve():  # not that of a repository that a copy of ours lies in
        return "", False
    commit = _git(root, "rev-parse", "HEAD").strip()
    return commit, bool(_git(root, "status", "--porcelain"))


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


@cache
def _packages() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
