# SPDX-License-Identifier: Apache-2.0
"""td_redmule alone against golden/redmule.py: random jobs, queueing, registers, soft clear, cycles."""

from pathlib import Path

import pytest

from tb.build.paths import BLOCKS, CHECKERS, RTL
from tb.build.simulator import Build, build_block
from tb.build.sources import CORE_INCLUDES, CORE_SOURCES
from traindeploy.errors import UserError

NEEDED = ("cf_math_pkg", "lzc", "fpnew_pkg", "fpnew_classifier", "fpnew_rounding", "fpnew_fma")
SOURCES = [
    *(path for path in CORE_SOURCES if path.stem in NEEDED),
    RTL / "common" / "cv32e40p_clock_gate.sv",
    *sorted((RTL / "redmule").glob("*_pkg.sv")),
    *sorted(path for path in (RTL / "redmule").glob("*.sv") if not path.stem.endswith("_pkg")),
    *(CHECKERS / f"td_redmule_{name}.sv" for name in ("port_checker", "observer")),
    *(BLOCKS / "redmule" / name for name in ("td_redmule_tb.sv", "redmule_memory.cpp")),
]
SHAPES = {"paper": (4, 12, 3), "compact": (4, 4, 1)}


def build(height: int, rows: int, pipe: int, fmt: int = 4, **options) -> Build:
    return build_block(
        f"redmule-{height}-{rows}-{pipe}-{fmt}",
        "td_redmule_tb",
        SOURCES,
        parameters={"Height": height, "Rows": rows, "PipeRegs": pipe, "Format": fmt},
        includes=CORE_INCLUDES,
        public={"td_redmule_tb": ["clk_i", "rst_ni", "go_i", "done_o"]},
        **options,
    )


FORMATS = {"float32": 4, "float16": 1}


def environment(shape: tuple[int, int, int], **extra: object) -> dict[str, str]:
    return {"REDMULE_SHAPE": ",".join(map(str, shape)), **{k: str(v) for k, v in extra.items()}}


CASES = [
    ("jobs", "RandomJobsOneAtATime"),
    ("jobs", "QueuedJobs"),
    ("jobs", "EveryBin"),
    ("control", "two_jobs_queue_and_a_third_must_wait"),
    ("control", "a_commit_alone_waits_for_the_start"),
    ("control", "registers_read_back_and_acquire_clears_the_extension"),
    ("control", "illegal_jobs_end_at_once_with_their_code_and_touch_nothing"),
    ("control", "a_job_after_a_soft_clear_at_any_moment_is_right"),
    ("control", "a_soft_clear_in_every_cycle_of_two_jobs_leaves_nothing_behind"),
    ("control", "one_row_and_one_column_edges"),
    ("cycles", "no_slower_than_the_published_engine"),
    ("cycles", "no_slower_than_the_published_engines_model"),
    ("cycles", "transposed_operands_cost_at_most_ten_percent"),
    ("cycles", "queued_independent_jobs_follow_without_a_gap"),
]
RANDOM = [case for _, case in CASES[:2]]


@pytest.mark.parametrize("config", SHAPES)
@pytest.mark.parametrize(("module", "case"), CASES)
def test_redmule(module: str, case: str, config: str, tmp_path) -> None:
    jobs = 1600 if case == "EveryBin" else 60
    env = environment(SHAPES[config], REDMULE_JOBS=jobs, REDMULE_CLEARS=30)
    build(*SHAPES[config]).test(f"tb.blocks.redmule.test_{module}", tmp_path, testcase=case, env=env, timeout=300)


# Height, rows, pipeline registers, format: other engines that the same RTL makes.
FEW = [(1, 2, 2, "float32"), (2, 2, 0, "float32"), (4, 8, 3, "float32"), (4, 4, 1, "float16")]
OTHERS = [*FEW, (2, 3, 1, "float16"), (3, 5, 2, "float32"), (4, 8, 3, "float16"), (4, 12, 3, "float16")]


def other_engines(height: int, rows: int, pipe: int, dtype: str, jobs: int, seed: int, folder: Path) -> None:
    env = environment((height, rows, pipe), REDMULE_JOBS=jobs, REDMULE_DTYPE=dtype, REDMULE_SEED=seed)
    simulator = build(height, rows, pipe, FORMATS[dtype])
    for case in RANDOM:
        simulator.test("tb.blocks.redmule.test_jobs", folder / case, testcase=case, env=env, timeout=1000)


@pytest.mark.parametrize(("height", "rows", "pipe", "dtype"), FEW)
def test_other_shapes_and_formats_match_the_model(height: int, rows: int, pipe: int, dtype: str, tmp_path) -> None:
    other_engines(height, rows, pipe, dtype, 40, 1, tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize(("height", "rows", "pipe", "dtype"), OTHERS)
def test_many_jobs_on_other_shapes_and_formats(height: int, rows: int, pipe: int, dtype: str, tmp_path) -> None:
    other_engines(height, rows, pipe, dtype, 500, 2000, tmp_path)


def test_an_impossible_shape_stops_elaboration_with_a_message() -> None:
    with pytest.raises(UserError, match="needs 1 <= Rows"):
        build(2, 5, 1, args=("-Werror-USERERROR",))


@pytest.mark.parametrize("stall", [0, 10, 25, 50, 75])
def test_every_shape_up_to_two_tiles_and_two(stall: int, tmp_path) -> None:
    shape = (2, 3, 1)
    env = environment(shape, REDMULE_STALL=stall)
    build(*shape).test("tb.blocks.redmule.test_exhaustive", tmp_path, env=env, timeout=170)


@pytest.mark.nightly
@pytest.mark.parametrize("stall", [0, 10, 25, 50, 75])
@pytest.mark.parametrize("config", SHAPES)
def test_a_stride_through_every_shape_up_to_two_tiles_and_two(config: str, stall: int, tmp_path) -> None:
    shape = SHAPES[config]
    env = environment(shape, REDMULE_STALL=stall, REDMULE_STRIDE=29)
    build(*shape).test("tb.blocks.redmule.test_exhaustive", tmp_path, env=env, timeout=3000)


@pytest.mark.nightly
@pytest.mark.parametrize("config", SHAPES)
def test_sizes_of_65535_match_the_model(config: str, tmp_path) -> None:
    build(*SHAPES[config]).test("tb.blocks.redmule.test_large", tmp_path, env=environment(SHAPES[config]), timeout=900)


@pytest.mark.nightly
@pytest.mark.parametrize(("config", "seed"), [(config, seed) for config in SHAPES for seed in range(5)])
def test_ten_thousand_random_jobs(config: str, seed: int, tmp_path) -> None:
    shape = SHAPES[config]
    env = environment(shape, REDMULE_JOBS=500, REDMULE_SEED=1000 + seed, REDMULE_CLEARS=200)
    clears = ("control", "a_job_after_a_soft_clear_at_any_moment_is_right")
    for module, case in [*CASES[:2], clears]:
        build(*shape).test(f"tb.blocks.redmule.test_{module}", tmp_path / case, testcase=case, env=env, timeout=3000)
