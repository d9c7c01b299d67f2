# SPDX-License-Identifier: Apache-2.0
"""Names of test files: pytest imports them as modules, so that no two may have the same."""

from pathlib import Path

TESTS = Path(__file__).resolve().parent


def module(path: Path) -> str:
    """What pytest imports ``path`` as: folders with an ``__init__.py`` belong to the name."""
    name, folder = path.stem, path.parent
    while (folder / "__init__.py").exists():
        name, folder = f"{folder.name}.{name}", folder.parent
    return name


def test_no_two_test_files_are_one_module() -> None:
    names = [module(path) for path in sorted(TESTS.rglob("*.py")) if path.name.startswith(("test_", "conftest"))]
    files = [name for name in names if name != "conftest"]
    assert sorted({name for name in files if files.count(name) > 1}) == []
