# SPDX-License-Identifier: Apache-2.0
"""Write requirements.lock: the versions of all that traindeploy[dev,farm] needs, as this environment has them.

The lock is a constraints file (``make LOCKED=1 ...``), pyproject.toml stays the list of what is needed. No hashes: a
release has other files on other platforms, and torch's CPU build others again.
"""

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
HEAD = """\
# The versions that `make LOCKED=1 ...` and .ci/run install; pyproject.toml has the lower bounds.
# `make lock` upgrades everything and renews this file.
"""


def declared() -> list[Requirement]:
    """What pyproject.toml asks for, the development set included."""
    project = tomllib.loads((LOCK.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [Requirement(line) for line in (*project["dependencies"], *extras["dev"], *extras["farm"])]


def closure(roots: list[Requirement]) -> dict[str, str]:
    """Canonical name -> installed version of ``roots`` and of all that they need on this machine."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = list(roots)
    while waiting:
        wanted = waiting.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        there = distribution(wanted.name)
        found[name] = there.version.partition("+")[0]  # a local version, as torch's "+cpu", is the index's choice
        for extra in ("", *wanted.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                needs = (Requirement(line) for line in there.requires or ())
                waiting += [r for r in needs if r.marker is None or r.marker.evaluate({"extra": extra})]
    return found


def main() -> None:
    """Write the file."""
    pins = closure(declared())
    lines = (f"{name}=={version}\n" for name, version in sorted(pins.items()))
    LOCK.write_text(HEAD + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
