# SPDX-License-Identifier: Apache-2.0
"""The order of the layers: each part imports only parts left of it (docs/design/architecture.md draws the arrow)."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPILER: tuple[str, ...] = ("errors", "platform", "records", "ir", "ops")
COMPILER += ("frontend", "training", "memory", "schedule", "codegen")
MAY_IMPORT: dict[str, set[str]] = {
    **{f"traindeploy.{part}": {f"traindeploy.{other}" for other in COMPILER[:i]} for i, part in enumerate(COMPILER)},
    "traindeploy.report": {"traindeploy.errors", "traindeploy.platform", "traindeploy.records"},
    "golden": {f"traindeploy.{part}" for part in ("errors", "platform", "ir", "ops")},
    "tb": {"golden", *(f"traindeploy.{part}" for part in ("errors", "platform", "records"))},
}
MAY_IMPORT["traindeploy.training"] -= {"traindeploy.frontend"}
TOP = {"traindeploy.app"}  # the driver imports all


def part_of(module: str) -> str:
    """``traindeploy.<part>``, ``golden``, ``tb`` or ``tests``; "" for modules that are not ours."""
    words = module.split(".")
    if words[0] == "traindeploy":
        return ".".join(words[:2])
    return words[0] if words[0] in ("golden", "tb", "tests") else ""


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever the import stands; ``from a import b`` counts as ``a.b``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_no_part_imports_one_that_stands_right_of_it() -> None:
    wrong = []
    for path in sorted(p for folder in ("traindeploy", "golden", "tb") for p in (ROOT / folder).rglob("*.py")):
        own = part_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        allowed = MAY_IMPORT.get(own, set()) | {own}
        for other in sorted({part_of(module) for module in imports(path)} - {""}):
            if own not in TOP and other not in allowed:
                wrong.append(f"{path.relative_to(ROOT)}: {own} imports {other}")
    assert not wrong, "\n".join(wrong)
