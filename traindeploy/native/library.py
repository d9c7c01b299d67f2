# SPDX-License-Identifier: Apache-2.0
"""The shared library of the native machine model, compiled once for what it is made of and where it runs."""

import ctypes
import hashlib
import os
import platform
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from traindeploy.codegen.firmware import FIRMWARE
from traindeploy.codegen.host_kernels import EXACT, compile_kernels, host_compiler
from traindeploy.codegen.kernel_header import kernel_header
from traindeploy.errors import UserError
from traindeploy.platform.generate import generate
from traindeploy.platform.paths import BUILD

SOURCE = Path(__file__).with_name("machine.c")
CPU = Path("/proc/cpuinfo")


@cache
def load_library(build: Path = BUILD) -> ctypes.CDLL:
    """The library, from ``build``/native if it was compiled before. UserError: no compiler, or it does not compile."""
    flags = ("-O3", *processor_flags(CPU.read_text() if CPU.is_file() else ""))
    path = build / "native" / f"machine-{_digest(flags)}.so"
    if not path.is_file():
        _compile(path, flags)
    library = ctypes.CDLL(str(path))
    if not library.td_native_runs_here():
        raise UserError(f"{path}: compiled for instructions that this processor lacks: remove it")
    return library


def processor_flags(cpuinfo: str) -> tuple[str, ...]:
    """What the compiler may use: the fused multiply-add of x86-64 if there is one; of other processors the usual.

    Without the instruction the C library's function computes the same, slowly.
    """
    words = set(cpuinfo.split())
    return ("-mavx2", "-mfma") if platform.machine() == "x86_64" and {"avx2", "fma"} <= words else ()


def _compile(path: Path, flags: tuple[str, ...]) -> None:
    """Whole or not at all; two that do it at once leave the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".compile-") as folder:
        partial = Path(folder) / path.name
        compile_kernels(partial, flags, more=[SOURCE])
        os.replace(partial, path)


def _digest(flags: tuple[str, ...]) -> str:
    """Of all that the compilation reads."""
    compiler = host_compiler()
    version = subprocess.run([compiler, "--version"], capture_output=True, check=False).stdout
    found = hashlib.sha256(version + "\0".join([compiler, *EXACT, *flags, kernel_header()]).encode())
    for path in [SOURCE, *sorted((FIRMWARE / "kernels").glob("*.[ch]")), *_registers()]:
        found.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return found.hexdigest()[:24]


def _registers() -> list[Path]:
    """Generated headers; that of the kernels lies there only if firmware was built."""
    return [path for path in sorted(generate().glob("*.h")) if path.name != "td_kernels.h"]
