# SPDX-License-Identifier: Apache-2.0
"""Which files are broken, by area, and the tests that are asked in turn, cheap and near ones first.

Tests that judge the mutants themselves, documents or the test plan are not asked: a change of any text fails some.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Area:
    """``stages``: arguments of pytest, one stage after the other until one fails."""

    files: tuple[str, ...]
    stages: tuple[tuple[str, ...], ...]

    def sources(self, root: Path) -> Iterator[str]:
        """The files of the area, relative to ``root``."""
        for pattern in self.files:
            for path in sorted(root.glob(pattern)):
                yield str(path.relative_to(root))


HOST = (
    "tests/golden",
    "tests/frontend",
    "tests/training",
    "tests/ir",
    "tests/schedule",
    "tests/memory",
    "tests/codegen",
)
STEP = ("tests/system/test_runs.py", "tests/system/test_against_torch.py")
FAULTS = ("tests/system/test_faults.py", "tests/tb")
BENCHES = ("tests/rtl/test_isa.py", "tests/rtl/test_blocks.py", "-k", "isa or soc_ctrl.")  # who uses their models

AREAS: dict[str, Area] = {
    "importer": Area(
        ("traindeploy/frontend/**/*.py",),
        (("tests/frontend",), ("tests/app", "tests/training", "tests/system/test_against_torch.py")),
    ),
    "autodiff": Area(
        ("traindeploy/training/**/*.py",), (("tests/training",), ("tests/system/test_against_torch.py", "tests/app"))
    ),
    "schedule": Area(
        ("traindeploy/schedule/*.py", "traindeploy/memory/*.py", "traindeploy/ir/*.py", "traindeploy/ops/*.py"),
        (("tests/schedule", "tests/memory", "tests/ir", "tests/ops", "tests/codegen"), HOST, STEP),
    ),
    "codegen": Area(("traindeploy/codegen/*.py",), (("tests/codegen",), ("tests/firmware",), STEP)),
    "reports": Area(
        ("traindeploy/report/*.py", "traindeploy/records/*.py", "traindeploy/app/**/*.py"),
        (("tests/report", "tests/records", "tests/app"), ("tests/tb", *STEP)),
    ),
    "checker": Area(
        ("tb/env/network/*.py", "tb/env/common/*.py", "golden/**/*.py", "tb/run.py"),
        (("tests/golden", "tests/ops", "tests/tb", "tests/app/checks"), HOST, (*STEP, *FAULTS), BENCHES),
    ),
    "firmware": Area(
        ("firmware/**/*.c", "firmware/**/*.h"), (("tests/firmware", "tests/ops"), STEP, ("tests/rtl/test_cluster.py",))
    ),
    "rtl": Area(("rtl/**/*.sv",), ()),  # its block's tests: see ``stages``
}
PROGRAMS = ("tests/rtl/test_cluster.py", "tests/rtl/test_isa.py", "tests/rtl/test_faults.py", *STEP)


NEAREST = 3  # files of tests that are asked first


def stages(root: Path, area: str, file: str) -> tuple[tuple[str, ...], ...]:
    """What is asked about a mistake in ``file``: of a block of the RTL its own bench first, then whole programs.

    Else the files of tests that name its module most, then the rest of the first stage, then the other stages.
    """
    if area != "rtl":
        first, *others = AREAS[area].stages
        files = sorted(f for word in first for f in _test_files(root / word))
        ranked = sorted(files, key=lambda path: -_mentions(path, Path(file)))
        named = [str(path.relative_to(root)) for path in ranked]
        return (
            *_examples(root, file),
            *_on_the_host(root, file),
            tuple(named[:NEAREST]),
            tuple(named[NEAREST:]),
            *others,
        )
    block = Path(file).parts[1]
    rest = ("tests/rtl/test_blocks.py", "-k", "not redmule")
    return (("tests/rtl/test_blocks.py", "-k", f"{block}."), PROGRAMS, rest)


def _examples(root: Path, file: str) -> tuple[tuple[str, ...], ...]:
    """The worked examples in the docstrings of the file, if it has some."""
    if not file.endswith(".py") or ">>> " not in (root / file).read_text(encoding="utf-8"):
        return ()
    module = ".".join(Path(file).with_suffix("").parts)
    return ((f"tests/test_docstrings.py::test_examples_hold[{module}]",),)


def _on_the_host(root: Path, file: str) -> tuple[tuple[str, ...], ...]:
    """Of firmware: its kernels compiled for the host, of the operators that the file belongs to."""
    if not file.startswith("firmware/kernels/"):
        return ()
    table = root / "golden" / "machine" / f"{Path(file).stem}.py"
    operators = re.findall(r'"([A-Z]\w+)": ', table.read_text(encoding="utf-8")) if table.exists() else []
    only = f" and ({' or '.join(f'{name}-' for name in operators)})" if operators else ""
    return (("tests/ops/test_operators.py", "-k", f"kernel{only}"),)


def _test_files(path: Path) -> Iterator[Path]:
    yield from [path] if path.suffix == ".py" else path.rglob("test_*.py")


def _mentions(test: Path, source: Path) -> int:
    """How much a file of tests has to do with a source: in its own name most, else by what it writes."""
    stem = source.parent.name if source.stem == "__init__" else source.stem
    return 1000 * (stem in test.stem) + test.read_text(encoding="utf-8").count(stem)
