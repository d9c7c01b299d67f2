# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from traindeploy.codegen.firmware import build
from traindeploy.codegen.host_kernels import HostKernels
from traindeploy.ops import KERNELS


@pytest.fixture(scope="session")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> HostKernels:
    return HostKernels(tmp_path_factory.mktemp("host_kernels"))


@pytest.fixture(scope="session")
def all_kernels_elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Firmware that links every kernel."""
    folder = tmp_path_factory.mktemp("all_kernels")
    calls = "\n".join(f"    {name}((const {name}_args_t *)0x10000000, core);" for name in KERNELS)
    program = folder / "all_kernels.c"
    program.write_text(f'#include "td_runtime.h"\nvoid td_main(uint32_t core) {{\n{calls}\n}}\n')
    elf = folder / "firmware.elf"
    build([program], elf)
    return elf
