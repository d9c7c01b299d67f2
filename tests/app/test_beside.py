# SPDX-License-Identifier: Apache-2.0
"""A run's pages show the kernels' sources, and lead to the kernels' own reports where there are any."""

from pathlib import Path

from traindeploy.app.beside import beside
from traindeploy.ops import KERNELS, OPERATORS
from traindeploy.platform.paths import ROOT
from traindeploy.records.program import OperatorDescription, ProgramDescription
from traindeploy.report.figures.source import LONGEST, excerpt


def program(*kernels: tuple[str, str]) -> ProgramDescription:
    operators = (
        OperatorDescription(
            index=i, name=f"op{i}", kind="Add", engine="cores", phase="forward", kernel=kernel, source=source,
            outputs=(),
        )
        for i, (kernel, source) in enumerate(kernels)
    )  # fmt: skip
    return ProgramDescription(operators=tuple(operators))


def test_reports_are_found_by_the_kernels_name(tmp_path: Path):
    for name in ("relu", "gemm"):
        (tmp_path / "verify" / name).mkdir(parents=True)
        (tmp_path / "verify" / name / "report.html").touch()
    found = beside(program(("td_relu", "x.c"), ("RedMule", "rtl/redmule"), ("td_gelu", "x.c")), tmp_path)
    assert found.reports == {"td_relu": "../verify/relu/report.html", "RedMule": "../verify/gemm/report.html"}


def test_every_kernel_of_the_catalogue_has_an_excerpt(tmp_path: Path):
    places = {op.kernel.name: f"firmware/kernels/{op.family}.c" for op in OPERATORS.values() if op.kernel is not None}
    found = beside(program(*places.items(), ("RedMule", "rtl/redmule")), tmp_path)
    assert set(found.sources) == {*places, "RedMule"}
    assert set(places) <= set(KERNELS)
    for kernel, text in found.sources.items():
        assert f"{'td_redmule_start' if kernel == 'RedMule' else kernel}(" in text
        assert len(text.splitlines()) < LONGEST + 40


def test_a_source_that_is_not_there_is_left_out(tmp_path: Path):
    assert (
        beside(program(("td_relu", "no/such.c"), ("td_none", "firmware/kernels/activation.c")), tmp_path).sources == {}
    )


def test_a_long_function_is_cut_and_a_call_is_no_definition():
    body = "\n".join(f"    x += {i};" for i in range(200))
    text = f"// About.\n\nvoid other(void) {{ long_one(1); }}\nvoid long_one(int x) {{\n{body}\n}}\n"
    found = excerpt(text, "long_one").splitlines()
    assert found[:3] == ["// About.", "...", "void long_one(int x) {"]
    assert found[-1] == f"// ... {202 - LONGEST} lines more"
    assert (ROOT / "firmware" / "kernels").is_dir()
