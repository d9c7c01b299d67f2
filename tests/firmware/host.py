# SPDX-License-Identifier: Apache-2.0
"""The kernels compiled for the host: the same C with plain loops in place of the Xpulp inner loops."""

import ctypes
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from traindeploy.codegen.kernel_header import kernel_header
from traindeploy.ops import KERNELS
from traindeploy.platform.generate import generate

SOURCES = Path(__file__).resolve().parents[2] / "firmware/kernels"
CORES = 8


def argument_structures() -> dict[str, type[ctypes.Structure]]:
    """Argument structures by kernel, as the catalogue declares them."""
    found = {}
    for name, kernel in KERNELS.items():
        fields: list[tuple[str, type]] = [(port.field, ctypes.c_void_p) for port in (*kernel.inputs, *kernel.outputs)]
        fields += [(size, ctypes.c_uint32) for size in kernel.sizes]
        fields += [(word, ctypes.c_float) for word in kernel.floats]
        found[name] = type(name, (ctypes.Structure,), {"_fields_": fields})
    return found


class HostKernels:
    """Calls ``td_<op>`` for all cores, in a given order of the cores."""

    def __init__(self, folder: Path) -> None:
        library = folder / "libkernels.so"
        (folder / "td_kernels.h").write_text(kernel_header())
        flags = ["-std=c17", "-O2", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Werror", "-shared", "-fPIC"]
        sanitize = ["-fsanitize=bounds,shift,integer-divide-by-zero,null", "-fno-sanitize-recover=all"]
        sources = [f"-I{generate()}", *(str(p) for p in sorted(SOURCES.glob("*.c")))]
        compiler = shutil.which("gcc") or "cc"
        subprocess.run([compiler, *flags, *sanitize, f"-I{folder}", *sources, "-o", str(library), "-lm"], check=True)
        self._library = ctypes.CDLL(str(library))
        self._structures = argument_structures()

    def __call__(self, kernel: str, arguments: Mapping[str, object], cores: list[int] | None = None) -> None:
        values = {
            name: value.ctypes.data if isinstance(value, np.ndarray) else value for name, value in arguments.items()
        }
        structure = self._structures[kernel]
        expected = [each[0] for each in structure._fields_]
        assert sorted(values) == sorted(expected), f"{kernel} takes {expected}"
        packed = structure(**values)
        for core in range(CORES) if cores is None else cores:
            getattr(self._library, kernel)(ctypes.byref(packed), ctypes.c_uint32(core))
