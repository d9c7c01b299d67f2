# SPDX-License-Identifier: Apache-2.0
"""The linker's list of functions names functions that exist: a stale name would let code move unnoticed."""

import re

import pytest

from traindeploy.codegen.firmware import FIRMWARE
from traindeploy.ops import KERNELS

LISTED = [
    line for line in (FIRMWARE / "kernels/link_order.txt").read_text().splitlines() if line and not line.startswith("#")
]
SOURCES = "\n".join(path.read_text() for path in sorted(FIRMWARE.rglob("*.[chS]")))


@pytest.mark.parametrize("name", LISTED)
def test_every_listed_function_exists(name: str) -> None:
    macros = "|".join((rf"\b{name}\(", rf"\b{name}:", rf"\(\s*{name}\s*,", rf"\bGLOBAL {name}\b"))
    assert re.search(macros, SOURCES), f"firmware/kernels/link_order.txt names {name}, which no source defines"


def test_no_function_is_listed_twice_and_kernels_are_known() -> None:
    assert len(set(LISTED)) == len(LISTED)
    blocks = {name for name in LISTED if name.startswith("td_gemm_")}
    assert {name for name in LISTED if name.startswith("td_")} - blocks <= set(KERNELS) | {"td_normal2"}
