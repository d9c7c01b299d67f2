# SPDX-License-Identifier: Apache-2.0
"""The kernels compiled for the host: the same C with plain loops in place of the Xpulp inner loops."""

import ctypes
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np

KERNELS = Path(__file__).resolve().parents[2] / "firmware/kernels"
CORES = 8
SCALARS = {"uint32_t": ctypes.c_uint32, "float": ctypes.c_float}


def argument_structures() -> dict[str, type[ctypes.Structure]]:
    """Argument structures by kernel, read from td_kernels.h."""
    found = {}
    header = re.sub(r"//.*", "", (KERNELS / "td_kernels.h").read_text())
    for body, names in re.findall(r"typedef struct \{(.*?)\}(.*?);", header, re.S):
        fields: list[tuple[str, type]] = []
        for declaration in filter(None, (line.strip() for line in body.split(";"))):
            kind, rest = re.fullmatch(r"(?:const )?(\w+)\s+(.*)", declaration, re.S).groups()
            for name in (part.strip() for part in rest.split(",")):
                fields.append((name.lstrip("*"), ctypes.c_void_p if name.startswith("*") else SCALARS[kind]))
        for name in (part.strip() for part in names.split(",")):
            kernel = name.removesuffix("_args_t")
            found[kernel] = type(name, (ctypes.Structure,), {"_fields_": fields})
    return found


class HostKernels:
    """Calls ``td_<op>`` for all cores, in a given order of the cores."""

    def __init__(self, folder: Path) -> None:
        library = folder / "libkernels.so"
        flags = ["-std=c17", "-O2", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Werror", "-shared", "-fPIC"]
        sanitize = ["-fsanitize=bounds,shift,integer-divide-by-zero,null", "-fno-sanitize-recover=all"]
        sources = [str(p) for p in sorted(KERNELS.glob("*.c"))]
        compiler = shutil.which("gcc") or shutil.which("cc")
        subprocess.run([compiler, *flags, *sanitize, *sources, "-o", str(library), "-lm"], check=True)
        self._library = ctypes.CDLL(str(library))
        self._structures = argument_structures()

    def __call__(self, kernel: str, arguments: Mapping[str, object], cores: list[int] | None = None) -> None:
        values = {
            name: value.ctypes.data if isinstance(value, np.ndarray) else value for name, value in arguments.items()
        }
        structure = self._structures[kernel]
        expected = [name for name, _ in structure._fields_]
        assert sorted(values) == sorted(expected), f"{kernel} takes {expected}"
        packed = structure(**values)
        for core in range(CORES) if cores is None else cores:
            getattr(self._library, kernel)(ctypes.byref(packed), ctypes.c_uint32(core))
