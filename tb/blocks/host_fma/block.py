# SPDX-License-Identifier: Apache-2.0
"""RedMule's multiply-adder with the host's arithmetic."""

from tb.blocks.description import FMA, Bench, Block, Mutation, bench, common, core, entry, models, rtl
from tb.blocks.host_fma.mutants import MUTANTS
from tb.plan import NIGHT, Stage

BLOCK = Block(
    name="host_fma",
    title="RedMule's multiply-adder with the host's arithmetic (a model of the bench)",
    rtl=(),
    benches={
        "main": Bench(
            top="td_host_fma_bench",
            sources=(
                *core(*FMA),
                *common("cv32e40p_clock_gate"),
                *rtl("redmule", "td_redmule_fma"),
                *models("td_host_fma.sv", "host_fma.cpp"),
                *bench("host_fma", "td_host_fma_bench.sv", "host_fma_bench.cpp"),
            ),
            core=True,
            arguments=("-Wno-lint",),
        )
    },
    tests=(
        entry(
            "host_fma",
            "every_result_is_equal_in_every_cycle",
            "Half a million operands at every depth, under stalls, resets and foreign modes, give the RTL's bits.",
            Stage.V2,
            environment={"TD_CYCLES": "500000"},
            seconds=900,
        ),
        entry(
            "host_fma",
            "every_result_is_equal_in_every_cycle",
            "Twenty million operands give the RTL's bits.",
            Stage.V3,
            name="twenty_million_operands_at_every_depth",
            environment={"TD_CYCLES": "20000000"},
            seeds=NIGHT,
            seconds=900,
        ),
    ),
    mutation=Mutation(mutants=MUTANTS, environment={"TD_CYCLES": "200000"}, assertions=True),
)
