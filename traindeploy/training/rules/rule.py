# SPDX-License-Identifier: Apache-2.0
"""What a gradient rule is."""

from collections.abc import Callable

from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter

Gradients = list[str | None]  # one an input of the forward node
Rule = Callable[[Emitter, Node, str, list[bool]], Gradients]
