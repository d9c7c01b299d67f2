# SPDX-License-Identifier: Apache-2.0
"""The generated register offsets, for benches."""

import importlib.util
from types import ModuleType

from tb.build.paths import GENERATED


def constants(block: str) -> ModuleType:
    """The generated module of ``rtl/*/<block>.rdl``: TD_<BLOCK>_<REG>_OFFSET and so on."""
    spec = importlib.util.spec_from_file_location(f"generated_{block}", GENERATED / f"{block}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
