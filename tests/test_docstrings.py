# SPDX-License-Identifier: Apache-2.0
"""The worked examples in docstrings say what the code does."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for part in ("traindeploy", "golden")
    for path in sorted((ROOT / part).rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("module", MODULES)
def test_examples_hold(module: str) -> None:
    failed, attempted = doctest.testmod(importlib.import_module(module.removesuffix(".__init__")))
    assert attempted
    assert not failed


def test_the_hard_places_have_examples() -> None:
    assert {"traindeploy.schedule.gemm_tile", "traindeploy.schedule.conv_tile"} <= set(MODULES)
