# SPDX-License-Identifier: Apache-2.0
"""Programs on the whole platform: the cluster's blocks together, mistakes, instructions."""

from tb.plan import Entry, Seeds, Stage
from tests.plan.entries import by_pytest
from traindeploy.records.case import Kind

_CLUSTER, _FAULTS, _ISA = (f"tests/rtl/test_{name}.py" for name in ("cluster", "faults", "isa"))

ENTRIES: list[Entry] = [
    by_pytest(
        "cluster.programs",
        "Programs of barriers, events, faults, counters and variables find nothing wrong, in the documented cycles.",
        f"{_CLUSTER}::test_program_finds_nothing_wrong",
        Stage.V1,
        Kind.PROGRAM,
    ),
    by_pytest(
        "cluster.counters",
        "Bench and firmware read the same performance counters.",
        f"{_CLUSTER}::test_bench_and_firmware_read_the_same_counters",
        Stage.V2,
        Kind.PROGRAM,
    ),
    by_pytest(
        "cluster.variable_latency",
        "Variable latency of the HyperRAM changes cycles and nothing else.",
        f"{_CLUSTER}::test_variable_latency_of_the_hyperram_changes_cycles_and_nothing_else",
        Stage.V2,
        Kind.PROGRAM,
    ),
    by_pytest(
        "faults.access",
        "A wrong access or instruction is named with core, address, function and line.",
        f"{_FAULTS}::test_the_mistake_is_named_with_core_address_function_and_line",
        Stage.V2,
        Kind.PROGRAM,
    ),
    by_pytest(
        "faults.jump",
        "A jump to nowhere names the address and the core.",
        f"{_FAULTS}::test_a_jump_to_nowhere_names_the_address_and_the_core",
        Stage.V2,
        Kind.PROGRAM,
    ),
    by_pytest(
        "faults.engine",
        "A wrong access of an engine is traced to the core and the line that asked for it.",
        f"{_FAULTS}::test_an_engines_access_is_traced_to_who_asked_for_it",
        Stage.V2,
        Kind.PROGRAM,
    ),
    by_pytest(
        "faults.deadlock",
        "An event that never comes ends the run with the place of every core.",
        f"{_FAULTS}::test_an_event_that_never_comes_ends_the_run_with_every_cores_place",
        Stage.V2,
        Kind.PROGRAM,
    ),
    by_pytest(
        "faults.endless",
        "A program without end is stopped.",
        f"{_FAULTS}::test_a_program_without_end_is_stopped",
        Stage.V2,
        Kind.PROGRAM,
    ),
    by_pytest(
        "isa.instructions",
        "Every instruction leaves what our instruction-set model says, on eight cores with a program each.",
        f"{_ISA}::test_every_instruction_leaves_what_the_model_says",
        Stage.V1,
        Kind.PROGRAM,
    ),
    by_pytest(
        "isa.random_programs",
        "Other random programs leave what the model says.",
        f"{_ISA}::test_other_random_programs_leave_what_the_model_says",
        Stage.V3,
        Kind.PROGRAM,
        seeds=Seeds(push=(), night=tuple(range(2, 8)), week=tuple(range(8, 20))),
    ),
    by_pytest(
        "isa.suite",
        "The suite runs every instruction of the firmware in every form, and notices a mistake in each.",
        _ISA,
        Stage.V3,
        Kind.BENCH,
        cocotb=(),
    ),
    by_pytest(
        "fpu.hazards",
        "Random programs with floats, slow loads and jumps on eight cores at once leave what the model says.",
        "tests/rtl/test_fpu_hazards.py::test_random_programs_on_eight_cores_compute_what_the_model_does",
        Stage.V2,
        Kind.PROGRAM,
        seeds=Seeds(push=(1, 2, 3), week=tuple(range(4, 24))),
    ),
]
