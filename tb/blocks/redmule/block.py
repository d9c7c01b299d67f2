# SPDX-License-Identifier: Apache-2.0
"""The matrix engine RedMule."""

from collections.abc import Mapping, Sequence

from tb.blocks.description import (
    FMA,
    Bench,
    Block,
    Configuration,
    LineCoverage,
    Mutation,
    bench,
    checkers,
    common,
    core,
    entry,
    rtl,
)
from tb.blocks.redmule.mutants import MUTANTS
from tb.build.paths import BLOCKS, CHECKERS
from tb.plan import NIGHT, PUSH, WEEK, BlockEntry, Seeds, Stage
from traindeploy.platform import CONFIGS, register_map
from traindeploy.records.case import Kind

ARITH = register_map("redmule").ARITH
FORMATS = {"float32": ARITH.choice("fmt", "fp32"), "float16": ARITH.choice("fmt", "fp16")}
SHIPPED = ("paper", "compact")
FEW = ("h1-l2-p2", "h2-l2-p0", "h4-l8-p3", "h4-l4-p1-half")
OTHERS = (*FEW, "h2-l3-p1-half", "h3-l5-p2", "h4-l8-p3-half", "h4-l12-p3-half")
STALLS = (0, 10, 25, 50, 75)  # % of the cycles in which the memory withholds its grant


def engine(height: int, rows: int, pipe: int, dtype: str = "float32") -> Configuration:
    """An engine of H x L multiply-adders with P pipeline registers each."""
    return Configuration(
        parameters={"Height": height, "Rows": rows, "PipeRegs": pipe, "Format": FORMATS[dtype]},
        environment={"REDMULE_SHAPE": f"{height},{rows},{pipe}", "REDMULE_DTYPE": dtype},
    )


CONFIGURATIONS = {
    **{name: engine(config.height, config.rows, config.pipe) for name, config in CONFIGS.items()},
    "h2-l3-p1": engine(2, 3, 1),  # the smallest with everything in it: its shapes can be tried one by one
    "h1-l2-p2": engine(1, 2, 2),
    "h2-l2-p0": engine(2, 2, 0),
    "h3-l5-p2": engine(3, 5, 2),
    "h4-l8-p3": engine(4, 8, 3),
    "h2-l3-p1-half": engine(2, 3, 1, "float16"),
    "h4-l4-p1-half": engine(4, 4, 1, "float16"),
    "h4-l8-p3-half": engine(4, 8, 3, "float16"),
    "h4-l12-p3-half": engine(4, 12, 3, "float16"),
}
RANDOM = {
    "RandomJobsOneAtATime": "random jobs, one at a time",
    "QueuedJobs": "random jobs, queued two at a time",
}


def jobs(
    module: str,
    test: str,
    holds: str,
    stage: Stage,
    *,
    name: str = "",
    configurations: Sequence[str] = SHIPPED,
    seeds: Seeds = PUSH,
    seconds: int = 300,
    environment: Mapping[str, str] | None = None,
    kind: Kind = Kind.BLOCK,
) -> BlockEntry:
    """A test on the whole engine."""
    return entry(
        "redmule",
        test,
        holds,
        stage,
        name=name,
        module=module,
        configurations=configurations,
        seeds=seeds,
        seconds=seconds,
        environment={"REDMULE_JOBS": "60", "REDMULE_CLEARS": "30", **(environment or {})},
        kind=kind,
    )


CONTROL = (
    jobs(
        "control",
        "two_jobs_queue_and_a_third_must_wait",
        "Two jobs queue; a third acquire is refused until one is done.",
        Stage.V1,
    ),
    jobs("control", "a_commit_alone_waits_for_the_start", "A job that is committed runs when it is started.", Stage.V1),
    jobs(
        "control",
        "a_job_reads_nothing_before_its_trigger",
        "A job that is committed behind a running one reads nothing before it is started.",
        Stage.V2,
    ),
    jobs(
        "control",
        "registers_read_back_and_acquire_clears_the_extension",
        "Registers read back, and ACQUIRE clears those of the extension.",
        Stage.V1,
    ),
    jobs(
        "control",
        "illegal_jobs_end_at_once_with_their_code_and_touch_nothing",
        "An illegal job ends at once with its code and no access.",
        Stage.V2,
    ),
    jobs(
        "control",
        "a_job_after_a_soft_clear_at_any_moment_is_right",
        "A job that follows a soft clear at a random moment is right.",
        Stage.V2,
    ),
    jobs(
        "control",
        "a_soft_clear_in_every_cycle_of_two_jobs_leaves_nothing_behind",
        "A soft clear in every single cycle of two jobs leaves nothing behind.",
        Stage.V2,
    ),
    jobs("control", "one_row_and_one_column_edges", "Matrices of one row, column or element are right.", Stage.V2),
)
CYCLES = (
    jobs(
        "cycles",
        "no_slower_than_the_published_engine",
        "No shape that was measured on the published engine takes longer here.",
        Stage.V3,
    ),
    jobs(
        "cycles",
        "no_slower_than_the_published_engines_model",
        "No shape takes longer than a lower bound of the published engine.",
        Stage.V3,
    ),
    jobs(
        "cycles",
        "transposed_operands_cost_at_most_ten_percent",
        "Transposed operands cost at most a tenth.",
        Stage.V3,
    ),
    jobs(
        "cycles",
        "no_slower_than_it_was",
        "No shape and layout takes longer on a small engine than it did when it was measured.",
        Stage.V3,
        configurations=("h2-l3-p1",),
    ),
    jobs(
        "cycles",
        "a_soft_clear_costs_the_next_job_nothing",
        "A job after a soft clear is as fast as ever.",
        Stage.V3,
        configurations=("h2-l3-p1",),
    ),
    jobs(
        "cycles",
        "queued_independent_jobs_follow_without_a_gap",
        "Queued jobs that do not depend on each other follow without a gap.",
        Stage.V3,
    ),
)
OVERLAPS = (
    jobs(
        "overlaps",
        "the_next_job_reads_what_this_one_has_written_however_they_overlap",
        "A queued job reads the result before it by head, by tail and inside, in every operand, layout and pitch.",
        Stage.V2,
    ),
    jobs(
        "overlaps",
        "a_neighbour_does_not_wait",
        "A queued job whose operand ends one element before the result, or begins one behind it, does not wait.",
        Stage.V3,
    ),
    jobs(
        "overlaps",
        "a_job_that_depends_on_nothing_reads_ahead",
        "A queued job that depends on nothing is done sooner than one that does.",
        Stage.V3,
        configurations=("h2-l3-p1",),
    ),
    jobs("overlaps", "y_in_place_is_z_element_by_element", "Y may be Z itself, at any pitch that both have.", Stage.V2),
    jobs(
        "overlaps",
        "y_in_place_as_one_row_or_with_another_pitch_is_refused",
        "A job whose Y lies at Z as one row, or with another pitch, is refused.",
        Stage.V2,
    ),
    jobs(
        "overlaps",
        "z_of_one_tile_may_lie_on_anything",
        "The result of a job of one tile may lie on its operands.",
        Stage.V2,
    ),
)
EXHAUSTIVE = (
    *(
        jobs(
            "exhaustive",
            "every_shape_up_to_two_tiles_and_two",
            f"Every M, N, K up to two tiles and two matches the model at {stall} % stalls.",
            Stage.V2,
            name=f"every_shape_up_to_two_tiles_and_two_at_{stall}",
            configurations=("h2-l3-p1",),
            environment={"REDMULE_STALL": str(stall)},
            seconds=170,
        )
        for stall in STALLS
    ),
    *(
        jobs(
            "exhaustive",
            "every_shape_up_to_two_tiles_and_two",
            f"Every 29th M, N, K up to two tiles and two matches the model at {stall} % stalls.",
            Stage.V3,
            name=f"a_stride_through_every_shape_at_{stall}",
            environment={"REDMULE_STALL": str(stall), "REDMULE_STRIDE": "29"},
            seeds=NIGHT,
            seconds=3000,
        )
        for stall in STALLS
    ),
)
LONG = (
    *(
        jobs(
            "jobs",
            test,
            f"Engines of other shapes and formats match the model: {what}.",
            Stage.V2,
            name=f"{test}_on_other_engines",
            configurations=FEW,
            environment={"REDMULE_JOBS": "40"},
            seconds=1000,
        )
        for test, what in RANDOM.items()
    ),
    *(
        jobs(
            "jobs",
            test,
            f"Engines of other shapes and formats match the model: {what}, 500 of them.",
            Stage.V3,
            name=f"many_{test}_on_other_engines",
            configurations=OTHERS,
            environment={"REDMULE_JOBS": "500"},
            seeds=Seeds(push=(), night=(2000,), week=(2001, 2002)),
            seconds=1000,
        )
        for test, what in RANDOM.items()
    ),
    *(
        jobs(
            module,
            test,
            f"Thousands of jobs match the model: {what}.",
            Stage.V3,
            name=f"thousands_of_{test}",
            environment={"REDMULE_JOBS": "500", "REDMULE_CLEARS": "200"},
            seeds=Seeds(push=(), night=tuple(range(1000, 1005)), week=tuple(range(1005, 1020))),
            seconds=3000,
        )
        for module, test, what in (
            *(("jobs", test, what) for test, what in RANDOM.items()),
            ("control", "a_job_after_a_soft_clear_at_any_moment_is_right", "jobs behind 200 soft clears"),
        )
    ),
    jobs(
        "large",
        "the_largest_sizes_match_the_model",
        "Sizes of 65535 match the model: every count and address at its full width.",
        Stage.V3,
        seeds=NIGHT,
        seconds=900,
    ),
    jobs(
        "large",
        "sizes_beyond_half_of_their_range_match_the_model",
        "Sizes of 32769 match the model, in one tile of M and in two.",
        Stage.V3,
        configurations=("h2-l3-p1",),
    ),
)

AGU = {
    "every_loop_walks_as_far_as_its_blocks": "An address generator of the largest blocks offers each beat in order.",
    "sizes_beyond_half_of_their_range_are_walked_to_their_end": "M, N, K of 32768 and more are walked to their end.",
    "a_clear_or_a_reset_ends_a_walk_at_once": "A soft clear or a reset in a walk leaves nothing of it to the next.",
}

BLOCK = Block(
    name="redmule",
    title="matrix engine: Z = Y + X . W on H x L multiply-adders",
    rtl=("redmule",),
    benches={
        "main": Bench(
            top="td_redmule_tb",
            sources=(
                *core(*FMA),
                *common("cv32e40p_clock_gate"),
                *rtl("redmule"),
                *checkers("td_redmule_port_checker.sv", "td_redmule_observer.sv"),
                *bench("redmule", "td_redmule_tb.sv", "redmule_memory.cpp"),
            ),
            core=True,
            configurations=CONFIGURATIONS,
            public={"td_redmule_tb": ("clk_i", "rst_ni", "go_i", "done_o")},
        ),
        "queue": Bench(
            top="td_redmule_queue_tb",
            sources=(
                *common(),
                *rtl("redmule", "td_redmule_pkg", "td_redmule_regs"),
                *bench("redmule", "td_redmule_queue_tb.sv"),
            ),
        ),
        "agu": Bench(
            top="td_redmule_agu_tb",
            sources=(
                *common(),
                *rtl("redmule", "td_redmule_pkg", "td_redmule_agu"),
                *bench("redmule", "td_redmule_agu_tb.sv"),
            ),
        ),
        "port_rules": Bench(
            top="td_redmule_port_checker",
            sources=checkers("td_redmule_port_checker.sv"),
            configurations={"": Configuration(parameters={"DataWidth": 288})},
        ),
    },
    tests=(
        *(
            jobs("jobs", test, f"The engine matches golden/redmule.py bit for bit: {what}.", Stage.V1)
            for test, what in RANDOM.items()
        ),
        jobs(
            "jobs",
            "EveryBin",
            "Jobs, commits and clears hit every bin of the functional coverage and none that is called unreachable.",
            Stage.V2,
            environment={"REDMULE_JOBS": "1600"},
        ),
        *CONTROL,
        *CYCLES,
        *OVERLAPS,
        *EXHAUSTIVE,
        *LONG,
        entry(
            "redmule",
            "every_transition_of_the_queue_keeps_each_job_exactly_once",
            "In every reachable state of the queue every access keeps each job exactly once and in order.",
            Stage.V3,
            module="queue",
            bench="queue",
            seconds=100,
        ),
        *(
            entry(
                "redmule",
                test,
                holds,
                Stage.V3,
                module="agu",
                bench="agu",
                seconds=60,
            )
            for test, holds in AGU.items()
        ),
        jobs(
            "grid",
            "grid",
            "Cycles over a grid of shapes, for docs/results/redmule_cycles.md; each result is compared with the model.",
            Stage.V3,
            kind=Kind.BENCHMARK,
            seeds=WEEK,
            seconds=1800,
        ),
    ),
    coverage={
        "EveryBin": (
            *(f"{dimension} mod {block}" for dimension in "MNK" for block in "HLD"),
            *("tiles", "a size is 0", "operation, layout"),
            *(f"address of {matrix} in beats" for matrix in "XWYZ"),
            *(f"pitch of {matrix}" for matrix in "XWYZ"),
            *("stalls", "latency", "job before", "refused"),
            *("operands", "results", "factors of a product", "arithmetic"),
            *("soft clear in state", "commit in state", "ACQUIRE in state"),
            *("change of phase", "write to TRIGGER", "soft clear meets the end of a job"),
        )
    },
    mutation=Mutation(
        mutants=MUTANTS,
        configuration="h2-l3-p1",  # builds in half the time
        environment={"REDMULE_JOBS": "100", "REDMULE_CLEARS": "40"},
    ),
    lines=LineCoverage(
        control=CHECKERS / "redmule_coverage.vlt",
        configurations=("compact", "h2-l3-p1-half"),
        tests=("RandomJobsOneAtATime", "QueuedJobs", "EveryBin", *(e.name.removeprefix("redmule.") for e in CONTROL)),
        environment={"REDMULE_JOBS": "1600", "REDMULE_CLEARS": "30"},
        explained=BLOCKS / "redmule" / "uncovered.txt",
        accepted=98.0,
        remark=(
            "Toggles that are missing are upper bits of addresses, pitches and sizes (the bench's memory has 4 MB),",
            "upper bits of 8-bit indices in a small engine, reset, and constant fields.",
        ),
    ),
)
