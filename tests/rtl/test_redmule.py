# SPDX-License-Identifier: Apache-2.0
"""td_redmule alone against golden/redmule.py: random jobs, queueing, registers, soft clear, cycles."""

import pytest

from tb.build.paths import MODELS, RTL
from tb.build.simulator import Build, build_block
from tb.build.sources import CORE_INCLUDES, CORE_SOURCES

NEEDED = ("cf_math_pkg", "lzc", "fpnew_pkg", "fpnew_classifier", "fpnew_rounding", "fpnew_fma")
SOURCES = [
    *(path for path in CORE_SOURCES if path.stem in NEEDED),
    RTL / "cluster" / "cv32e40p_clock_gate.sv",
    *sorted((RTL / "redmule").glob("*_pkg.sv")),
    *sorted(path for path in (RTL / "redmule").glob("*.sv") if not path.stem.endswith("_pkg")),
    MODELS / "td_redmule_tb.sv",
    MODELS / "redmule_memory.cpp",
]
SHAPES = {"paper": (4, 12, 3), "compact": (4, 4, 1)}


def build(height: int, rows: int, pipe: int, fmt: int = 4) -> Build:
    return build_block(
        f"redmule-{height}-{rows}-{pipe}-{fmt}",
        "td_redmule_tb",
        SOURCES,
        parameters={"Height": height, "Rows": rows, "PipeRegs": pipe, "Format": fmt},
        includes=CORE_INCLUDES,
        public={"td_redmule_tb": ["clk_i", "rst_ni", "go_i", "done_o"]},
    )


def environment(shape: tuple[int, int, int], **extra: object) -> dict[str, str]:
    return {"REDMULE_SHAPE": ",".join(map(str, shape)), **{k: str(v) for k, v in extra.items()}}


@pytest.mark.parametrize("config", [pytest.param(c, marks=pytest.mark.xdist_group(f"redmule-{c}")) for c in SHAPES])
@pytest.mark.parametrize(
    "case",
    [
        "random_jobs_one_at_a_time_match_the_model",
        "queued_jobs_match_the_model",
        "no_slower_than_the_published_engine",
    ],
)
def test_redmule(case: str, config: str, tmp_path) -> None:
    shape = SHAPES[config]
    build(*shape).test("tb.tests.redmule", tmp_path, testcase=case, env=environment(shape, REDMULE_JOBS=60), timeout=170)
