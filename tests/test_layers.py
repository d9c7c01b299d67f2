# SPDX-License-Identifier: Apache-2.0
"""The order of the layers: each part imports only parts left of it (docs/design/architecture.md draws the arrow)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COMPILER: tuple[str, ...] = ("errors", "platform", "records", "ir", "ops")
COMPILER += ("frontend", "training", "memory", "schedule", "codegen")
MAY_IMPORT: dict[str, set[str]] = {
    **{f"traindeploy.{part}": {f"traindeploy.{other}" for other in COMPILER[:i]} for i, part in enumerate(COMPILER)},
    "traindeploy.report": {"traindeploy.errors", "traindeploy.platform", "traindeploy.records"},
    "traindeploy.regress": {"tb", *(f"traindeploy.{part}" for part in ("errors", "platform", "records", "report"))},
    "golden": {f"traindeploy.{part}" for part in ("errors", "platform", "ir", "ops")},
    "traindeploy.verify": {"golden", "tb", *(f"traindeploy.{part}" for part in (*COMPILER, "report"))},
    "tb": {"golden", *(f"traindeploy.{part}" for part in ("errors", "platform", "records"))},
}
MAY_IMPORT["traindeploy.export"] = {f"traindeploy.{part}" for part in COMPILER}
MAY_IMPORT["traindeploy.native"] = {"golden", *(f"traindeploy.{part}" for part in COMPILER)}
MAY_IMPORT["traindeploy.train"] = MAY_IMPORT["traindeploy.native"] | {"traindeploy.native"}
MAY_IMPORT["traindeploy.triage"] = MAY_IMPORT["tb"] | {"tb", *(f"traindeploy.{part}" for part in COMPILER)}
MAY_IMPORT["traindeploy.training"] -= {"traindeploy.frontend"}
TOP = {"traindeploy.app"}  # the driver imports all


def part_of(module: str) -> str:
    """``traindeploy.<part>``, ``golden``, ``tb`` or ``tests``; "" for modules that are not ours."""
    words = module.split(".")
    if words[0] == "traindeploy":
        return ".".join(words[:2])
    return words[0] if words[0] in ("golden", "tb", "tests") else ""


def imports(module: str, source: str) -> set[str]:
    """Every module that ``module`` imports, wherever the import stands; ``from a import b`` counts as ``a.b``.

    Relative imports count as what they stand for.
    """
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def backward(module: str, source: str) -> list[str]:
    """The parts that ``module`` imports and must not."""
    own = part_of(module)
    allowed = MAY_IMPORT.get(own, set()) | {own, ""}
    return [] if own in TOP else sorted({part_of(name) for name in imports(module, source)} - allowed)


def test_no_part_imports_one_that_stands_right_of_it() -> None:
    wrong = []
    for path in sorted(p for folder in ("traindeploy", "golden", "tb") for p in (ROOT / folder).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        wrong += [f"{module} imports {other}" for other in backward(module, path.read_text(encoding="utf-8"))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("traindeploy.memory.home", "from traindeploy.schedule import build_program", ["traindeploy.schedule"]),
        ("traindeploy.memory.home", "def f():\n    import traindeploy.codegen.write", ["traindeploy.codegen"]),
        ("traindeploy.memory.home", "from ..schedule.scheduler import make_schedule", ["traindeploy.schedule"]),
        ("traindeploy.ir.graph", "from .. import ops", ["traindeploy.ops"]),
        ("traindeploy.codegen.check", "import golden.program, tb.run", ["golden", "tb"]),
        ("golden.program", "import tests.ops", ["tests"]),
        ("traindeploy.schedule.build", "from traindeploy.memory import home\nfrom . import costs\nimport numpy", []),
        ("traindeploy.app.run", "import tb.run, golden.training", []),
    ],
)
def test_a_backward_import_is_noticed_however_it_is_written(module: str, source: str, found: list[str]) -> None:
    assert backward(module, source) == found
