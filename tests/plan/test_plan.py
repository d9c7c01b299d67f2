# SPDX-License-Identifier: Apache-2.0
"""The test plan is whole: it names every test that simulates and no other, and its page is up to date."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tb.blocks.catalogue import CATALOGUE
from tb.blocks.description import Block
from tb.build.paths import BLOCKS
from tb.mutate.mutants import noticing
from tb.plan import BlockEntry, PytestEntry
from tests.plan import PLAN
from tests.plan.collect import by_test, entry_of
from tests.plan.page import PAGE, page
from tests.test_layers import imports
from traindeploy.platform.paths import ROOT, RTL

SIMULATING = {"tb.run", "tb.build.simulator", "tb.blocks.run"}  # what a test imports to simulate
BODIES = {"tests/rtl/test_blocks.py::test_block", "tests/rtl/test_mutants.py::test_a_defect_is_noticed"}


def cocotb_tests(source: str) -> Iterator[str]:
    """Names of the functions and classes that are decorated as tests of cocotb or pyuvm."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if ast.unparse(called) in ("cocotb.test", "pyuvm.test", "test", "cocotb.parametrize"):
                    yield node.name


def found_in_tb() -> set[tuple[str, str]]:
    """(module, test) of every cocotb test below tb/."""
    return {
        (".".join(path.relative_to(ROOT).with_suffix("").parts), name)
        for path in sorted((ROOT / "tb").rglob("*.py"))
        for name in cocotb_tests(path.read_text(encoding="utf-8"))
    }


def named_by_plan() -> set[tuple[str, str]]:
    return {named for entry in PLAN.values() for named in entry.cocotb}


def test_every_cocotb_test_is_in_the_plan_and_the_plan_names_no_other() -> None:
    assert found_in_tb() - named_by_plan() == set(), "no entry of the plan runs these"
    assert named_by_plan() - found_in_tb() == set(), "the plan names these, which do not exist"


def test_a_cocotb_test_is_seen_however_it_is_written() -> None:
    source = (
        "@cocotb.test()\nasync def a(dut): ...\n@cocotb.test\nasync def b(dut): ...\n"
        "@test()\nclass C(uvm_test): ...\n@pyuvm.test(skip=False)\nclass D: ...\n@other\ndef e(): ...\n"
    )
    assert list(cocotb_tests(source)) == ["a", "b", "C", "D"]


def functions(path: Path) -> Iterator[str]:
    """``file::function`` of every pytest test in ``path``."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield f"{path.relative_to(ROOT)}::{node.name}"


def imported(path: Path) -> set[str]:
    """The modules of tb that a test imports, by itself, by conftest.py beside it or by helpers below tests/."""
    found: set[str] = set()
    files, seen = [path, path.with_name("conftest.py")], set[Path]()
    while files:
        file = files.pop()
        if file in seen or not file.is_file() or file.parent == Path(__file__).parent:
            continue
        seen.add(file)
        for name in imports(".".join(file.relative_to(ROOT).with_suffix("").parts), file.read_text(encoding="utf-8")):
            for module in (name, name.rpartition(".")[0]):
                found.add(module)
                files += [ROOT.joinpath(*module.split(".")).with_suffix(".py")] if module.startswith("tests.") else []
    return {name for name in found if name.startswith("tb.")}


def test_every_pytest_test_that_simulates_has_an_entry() -> None:
    cases = {name.split("[")[0] for name in by_test()}
    simulating = [path for path in sorted((ROOT / "tests").rglob("test_*.py")) if imported(path) & SIMULATING]
    assert ROOT / "tests" / "tb" / "test_bench.py" in simulating
    assert ROOT / "tests" / "rtl" / "test_isa.py" in simulating  # through a helper
    missing = [
        name
        for path in simulating
        for name in functions(path)
        if path.parent != Path(__file__).parent and name not in BODIES and entry_of(name) is None and name not in cases
    ]
    assert missing == []


def test_only_the_plan_says_what_a_night_or_a_week_runs() -> None:
    by_hand = re.compile(r"mark\.(nightly|weekly)")
    files = (path for path in (ROOT / "tests").rglob("*.py") if path.parent != Path(__file__).parent)
    assert [path.name for path in files if by_hand.search(path.read_text(encoding="utf-8"))] == []


def test_every_entry_names_a_test_that_exists() -> None:
    for entry in PLAN.values():
        if isinstance(entry, PytestEntry):
            file, _, function = entry.test.split("[")[0].partition("::")
            assert (ROOT / file).is_file(), entry.name
            known = {name.partition("::")[2] for name in functions(ROOT / file)}
            assert not function or function in known, f"{entry.name} names {entry.test}"
        elif isinstance(entry, BlockEntry):
            bench = CATALOGUE[entry.block].benches[entry.bench]
            assert set(entry.configurations) <= set(bench.configurations), entry.name


def test_every_entry_says_in_a_sentence_what_must_hold_and_runs_at_some_time() -> None:
    for entry in PLAN.values():
        assert entry.holds[0].isupper(), entry.name
        assert entry.holds.endswith("."), entry.name
        plans = [plan for plan, _ in entry.seeds.by_plan()]
        seeds = [seed for _, seed in entry.seeds.by_plan()]
        assert plans, f"nothing runs {entry.name}"
        assert len(seeds) == len(set(seeds)), f"{entry.name} has a seed twice"


def test_no_two_cases_have_the_same_name() -> None:
    names = [case.id for entry in PLAN.values() for case in entry.cases()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("block", CATALOGUE.values(), ids=CATALOGUE)
def test_the_description_of_a_block_fits_its_files(block: Block) -> None:
    for bench in block.benches.values():
        assert [path for path in bench.sources if not path.is_file()] == []
    modules = {path.stem for path in (BLOCKS / block.name).glob("test_*.py")}
    used = {module for module, _ in named_by_plan() if module.startswith(f"tb.blocks.{block.name}.")}
    assert modules == {module.rpartition(".")[2] for module in used}
    assert set(block.coverage) <= {entry.test for entry in block.tests}
    for name, mutant in block.mutation.mutants.items() if block.mutation else ():
        assert noticing(block, mutant), f"no test may notice {name!r}"
        bench = block.benches[block.mutation.bench]
        (source,) = [path for path in bench.sources if path.stem == mutant.file]
        assert mutant.text in source.read_text(encoding="utf-8"), f"{source.name} no longer holds that {name!r} breaks"


def test_every_folder_of_rtl_with_a_bench_of_its_own_is_described() -> None:
    described = {folder for block in CATALOGUE.values() for folder in block.rtl}
    together = {"common", "cluster", "soc"}  # helpers, and what only the whole platform runs
    assert {path.name for path in RTL.iterdir() if path.is_dir()} == described | together


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.plan`"
