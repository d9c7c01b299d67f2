# SPDX-License-Identifier: Apache-2.0
"""The shared floating-point units."""

from tb.blocks.description import Bench, Block, Configuration, Mutation, bench, common, core, entry, rtl
from tb.blocks.fpu.mutants import MUTANTS
from tb.plan import Seeds, Stage
from traindeploy.platform.paths import RTL

DIVISIONS = "0x30"  # of the bench's operations: division and square root
# units and cycles of a pipelined operation
CONFIGURATIONS = {"fpus4": (4, 1), "fpus8": (8, 1), "fpus4-latency2": (4, 2), "fpus4-latency3": (4, 3)}


def _configuration(fpus: int, latency: int) -> Configuration:
    parameters = {"NumFpus": fpus, "Latency": latency}
    return Configuration(parameters=parameters, environment={"TD_FPUS": str(fpus), "TD_FPU_LATENCY": str(latency)})


BLOCK = Block(
    name="fpu",
    title="four or eight CVFPUs between eight cores",
    rtl=("fpu",),
    benches={
        "main": Bench(
            top="td_fpu_bench",
            sources=(
                RTL / "waivers.vlt",
                *core(),
                *common("cv32e40p_clock_gate", "td_rr_pick"),
                *rtl("fpu"),
                *bench("fpu", "td_fpu_bench.sv", "fpu_bench.cpp"),
            ),
            core=True,
            configurations={name: _configuration(*each) for name, each in CONFIGURATIONS.items()},
            period=2,
        )
    },
    tests=(
        entry(
            "fpu",
            "results_equal_ieee_754",
            "Every operation on every port of four shared units equals IEEE-754, result, flags and cycle.",
            Stage.V2,
            configurations=("fpus4",),
            seconds=300,
            table="fpu",
        ),
        entry(
            "fpu",
            "results_equal_ieee_754",
            "Every operation on every port of eight units equals IEEE-754, result, flags and cycle.",
            Stage.V2,
            name="results_equal_ieee_754_with_a_unit_a_core",
            configurations=("fpus8",),
            seconds=300,
        ),
        entry(
            "fpu",
            "results_equal_ieee_754",
            "Every operation of units of two and three pipeline stages equals IEEE-754, result, flags and cycle.",
            Stage.V2,
            name="results_equal_ieee_754_after_two_and_three_cycles",
            configurations=("fpus4-latency2", "fpus4-latency3"),
            seconds=300,
        ),
        entry(
            "fpu",
            "results_equal_ieee_754",
            "Millions of divisions and square roots equal IEEE-754.",
            Stage.V3,
            name="millions_of_divisions_and_square_roots_equal_ieee_754",
            configurations=("fpus8",),
            environment={"TD_FPU_CYCLES": "30000000", "TD_FPU_OPERATIONS": DIVISIONS},
            seeds=Seeds(push=(), night=(11, 12), week=tuple(range(13, 17))),
            seconds=1500,
        ),
    ),
    coverage={"results_equal_ieee_754": ("operations",)},
    mutation=Mutation(mutants=MUTANTS, configuration="fpus4"),
)
