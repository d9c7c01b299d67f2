# SPDX-License-Identifier: Apache-2.0
"""The type of cocotb's handle of a design: its attributes are the design's signals, which no type checker knows."""

from typing import Any, TypeAlias

Dut: TypeAlias = Any
