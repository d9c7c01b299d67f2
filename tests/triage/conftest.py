# SPDX-License-Identifier: Apache-2.0
"""One compiled step of cct_tiny for all tests of the triage."""

import pytest

from traindeploy.app.pipeline import build_training_graph
from traindeploy.frontend.data import load_samples
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program


@pytest.fixture(scope="session")
def samples():
    return load_samples("", build_training_graph("cct_tiny", "lp"), 1, 1)


@pytest.fixture(scope="session")
def program():
    return build_program(build_training_graph("cct_tiny", "lp"), CONFIGS["compact"], "redmule")
