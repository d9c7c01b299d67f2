# SPDX-License-Identifier: Apache-2.0
"""What a form is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from traindeploy.export.builder import Builder

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """One node of ours: names of its inputs, shapes of inputs and outputs, attributes."""

    inputs: Sequence[str]
    shapes: Sequence[Shape]
    results: Sequence[Shape]
    attrs: Mapping[str, Any]


Form = Callable[[Builder, Call], list[str]]
