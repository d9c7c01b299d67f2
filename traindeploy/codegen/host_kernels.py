# SPDX-License-Identifier: Apache-2.0
"""The kernels compiled for the host: the same C with plain loops in place of the Xpulp inner loops."""

import ctypes
import shutil
import subprocess
from collections.abc import Mapping, Sequence
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
# Exactness first, as in the firmware: nothing is fused, reordered or approximated that the source does not say.
EXACT = ("-std=c17", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Werror", "-shared", "-fPIC")
CHECKED = ("-O2", "-fsanitize=bounds,shift,integer-divide-by-zero,null", "-fno-sanitize-recover=all")


def host_compiler() -> str:
    """The host's C compiler; UserError if there is none."""
    for name in ("gcc", "cc"):
        if path := shutil.which(name):
            return path
    raise UserError("no C compiler for the host: install with `apt-get install gcc`")


def compile_kernels(library: Path, flags: Sequence[str], firmware: Path = FIRMWARE, more: Sequence[Path] = ()) -> None:
    """Build the kernels of ``firmware`` and the C files ``more`` into ``library``, td_kernels.h beside it.

    UserError if there is no compiler, or if they do not compile.
    """
    (library.parent / "td_kernels.h").write_text(kernel_header())
    sources = [str(path) for path in (*sorted((firmware / "kernels").glob("*.c")), *more)]
    folders = [f"-I{library.parent}", f"-I{generate()}", f"-I{firmware / 'kernels'}"]
    command = [host_compiler(), *EXACT, *flags, *folders, *sources, "-o", str(library), "-lm"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        raise UserError(f"the kernels do not compile on the host: {error.stderr.strip()}") from None


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
        compile_kernels(library, CHECKED, firmware)
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
