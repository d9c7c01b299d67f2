# SPDX-License-Identifier: Apache-2.0
import pytest

from traindeploy.codegen.host_kernels import HostKernels


@pytest.fixture(scope="session")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> HostKernels:
    return HostKernels(tmp_path_factory.mktemp("host_kernels"))
