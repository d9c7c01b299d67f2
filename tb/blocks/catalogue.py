# SPDX-License-Identifier: Apache-2.0
"""All blocks that are described: each folder beside this file that holds a block.py."""

from importlib import import_module
from pathlib import Path

from tb.blocks.description import Block


def _find() -> dict[str, Block]:
    found = {}
    for path in sorted(Path(__file__).parent.glob("*/block.py")):
        block = import_module(f"tb.blocks.{path.parent.name}.block").BLOCK
        assert isinstance(block, Block)
        assert block.name == path.parent.name, f"{path} describes {block.name!r}"
        found[block.name] = block
    return found


CATALOGUE: dict[str, Block] = _find()
