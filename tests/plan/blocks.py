# SPDX-License-Identifier: Apache-2.0
"""Entries that follow from the descriptions of the blocks: their tests, their mutants, their line coverage."""

from tb.blocks.catalogue import CATALOGUE
from tb.mutate.mutants import case_name
from tb.plan import NIGHT, WEEK, Entry, MutantEntry, Stage
from tests.plan.entries import by_pytest
from traindeploy.records.case import Kind


def mutants() -> list[Entry]:
    """One every night of each block, the others every week."""
    return [
        MutantEntry(
            name=case_name(block.name, name),
            holds=f"A test of the block fails when {name}.",
            stage=Stage.V3,
            kind=Kind.MUTANT,
            seeds=NIGHT if mutant.nightly else WEEK,
            seconds=600,
            block=block.name,
            mutant=name,
        )
        for block in CATALOGUE.values()
        if block.mutation is not None
        for name, mutant in block.mutation.mutants.items()
    ]


ENTRIES: list[Entry] = [
    *(entry for block in CATALOGUE.values() for entry in block.tests),
    *mutants(),
    by_pytest(
        "mutants.schemata",
        "All mutants of a small block in one simulator: none changes it, one that is chosen is noticed by its tests.",
        "tests/rtl/test_generated_mutants.py::test_one_simulator_holds_all_mutants_of_a_block",
        Stage.V3,
        Kind.BENCH,
        cocotb=(),
    ),
    by_pytest(
        "lines",
        "Every line of a block that asks for line coverage has run, or a reason is given why it cannot.",
        "tests/rtl/test_lines.py::test_all_lines_run_or_are_explained",
        Stage.V3,
        Kind.COVERAGE,
        seeds=NIGHT,
        seconds=7200,
        cocotb=(),
    ),
    by_pytest(
        "lines.counting",
        "A line counts as run only if all of its parts have.",
        "tests/rtl/test_lines.py",
        Stage.V3,
        Kind.BENCH,
        cocotb=(),
    ),
    by_pytest(
        "netlist",
        "The flat design has no latch, no combinational loop and no net with two drivers; its cells are as documented.",
        "tests/rtl/test_netlist.py::test_the_design_has_no_latch_no_loop_and_one_driver_a_net",
        Stage.V3,
        Kind.NETLIST,
        seeds=NIGHT,
        seconds=1800,
        cocotb=(),
    ),
    by_pytest(
        "netlist.finding",
        "A latch, a loop and a second driver are found in a small design that has them.",
        "tests/rtl/test_netlist.py",
        Stage.V3,
        Kind.BENCH,
        seconds=60,
        cocotb=(),
    ),
    by_pytest(
        "redmule.port_rules",
        "Each rule of RedMule's port checker ends the simulation with its name when it is broken, and it alone.",
        "tests/rtl/test_redmule_port_rules.py",
        Stage.V3,
        Kind.BENCH,
        seconds=60,
        cocotb=(("tb.blocks.redmule.test_port_rules", "a_rule_is_broken"),),
    ),
    by_pytest(
        "redmule.impossible_shape",
        "An engine of an impossible shape does not elaborate, and a message says why.",
        "tests/rtl/test_elaboration.py",
        Stage.V2,
        Kind.BENCH,
        cocotb=(),
    ),
]
