# SPDX-License-Identifier: Apache-2.0
"""The kernels compiled for the host: the same C with plain loops in place of the Xpulp inner loops."""

import ctypes
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from traindeploy.codegen.firmware import FIRMWARE
from traindeploy.codegen.kernel_header import kernel_header
from traindeploy.errors import UserError
from traindeploy.ops import KERNELS
from traindeploy.platform import NUM_CORES
from traindeploy.platform.generate import generate

CORES = NUM_CORES


def argument_types(kernel: str) -> dict[str, type[Any]]:
    """Name and C type of a kernel's arguments in order, as the catalogue declares them."""
    declared = KERNELS[kernel]
    return {
        **{port.field: ctypes.c_void_p for port in (*declared.inputs, *declared.outputs)},
        **dict.fromkeys(declared.sizes, ctypes.c_uint32),
        **dict.fromkeys(declared.floats, ctypes.c_float),
    }


def argument_structure(kernel: str) -> type[ctypes.Structure]:
    """``<kernel>_args_t``."""
    return type(kernel, (ctypes.Structure,), {"_fields_": list(argument_types(kernel).items())})


class HostKernels:
    """Calls ``td_<op>`` for all cores, in a given order of the cores."""

    def __init__(self, folder: Path, firmware: Path = FIRMWARE) -> None:
        """Build them into ``folder`` from the kernels of ``firmware``; UserError if they do not compile."""
        library = folder / "libkernels.so"
        (folder / "td_kernels.h").write_text(kernel_header())
        flags = ["-std=c17", "-O2", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Werror", "-shared", "-fPIC"]
        sanitize = ["-fsanitize=bounds,shift,integer-divide-by-zero,null", "-fno-sanitize-recover=all"]
        sources = [f"-I{generate()}", *(str(p) for p in sorted((firmware / "kernels").glob("*.c")))]
        compiler = shutil.which("gcc") or "cc"
        command = [compiler, *flags, *sanitize, f"-I{folder}", *sources, "-o", str(library), "-lm"]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError:
            raise UserError("no C compiler for the host: install with `apt-get install gcc`") from None
        except subprocess.CalledProcessError as error:
            raise UserError(f"the kernels do not compile on the host: {error.stderr.strip()}") from None
        self._library = ctypes.CDLL(str(library))
        self._structures = {kernel: argument_structure(kernel) for kernel in KERNELS}

    def __call__(self, kernel: str, arguments: Mapping[str, object], cores: list[int] | None = None) -> None:
        values = {
            name: value.ctypes.data if isinstance(value, np.ndarray) else value for name, value in arguments.items()
        }
        expected = KERNELS[kernel].arguments
        assert sorted(values) == sorted(expected), f"{kernel} takes {expected}"
        packed = self._structures[kernel](**values)
        for core in range(CORES) if cores is None else cores:
            getattr(self._library, kernel)(ctypes.byref(packed), ctypes.c_uint32(core))
