# SPDX-License-Identifier: Apache-2.0
"""Training steps on the whole platform, and the bench that checks them."""

from tb.plan import NIGHT, Entry, Kind, Stage
from tests.plan.entries import by_pytest

_RUNS, _SIM, _BUILDS, _FAULTS, _INTERRUPT = (
    f"tests/system/test_{name}.py" for name in ("runs", "sim", "builds", "faults", "interrupt")
)
_PLATFORM = "tests/platform/test_one_source.py"

ENTRIES: list[Entry] = [
    by_pytest(
        "networks.cct_tiny",
        "A step of cct_tiny is bit-identical on both engines under every strategy.",
        f"{_RUNS}::test_every_strategy_of_cct_tiny_is_bit_identical_on_both_engines",
        Stage.V1,
        Kind.NETWORK,
    ),
    by_pytest(
        "networks.repeatable",
        "Two runs are identical in firmware, cycles and tensors.",
        f"{_RUNS}::test_two_runs_are_identical_in_firmware_cycles_and_tensors",
        Stage.V2,
        Kind.NETWORK,
    ),
    by_pytest(
        "networks.hung_firmware",
        "A hung firmware is stopped, and the run says where the cores are.",
        f"{_RUNS}::test_a_hung_firmware_is_stopped_and_says_where_the_cores_are",
        Stage.V2,
        Kind.BENCH,
    ),
    by_pytest(
        "networks.cct2_lora1",
        "A lora1 step of cct2 is bit-identical on the RTL, through the command line.",
        f"{_SIM}::test_a_lora1_step_of_cct2_is_bit_identical_on_the_rtl",
        Stage.V1,
        Kind.NETWORK,
        seconds=3000,
    ),
    by_pytest(
        "networks.cct2",
        "A step of cct2 is bit-identical under every strategy, on both engines, with the RTL's arithmetic.",
        f"{_SIM}::test_every_strategy_of_cct2_is_bit_identical_on_the_rtl",
        Stage.V2,
        Kind.NETWORK,
        seeds=NIGHT,
        seconds=3000,
    ),
    by_pytest(
        "networks.cct2_three_steps",
        "Weights carry over three steps of cct2.",
        f"{_SIM}::test_weights_carry_over_three_steps_of_cct2_on_the_rtl",
        Stage.V2,
        Kind.NETWORK,
        seeds=NIGHT,
        seconds=3000,
    ),
    by_pytest(
        "networks.host_arithmetic",
        "The host's arithmetic gives the same cycles and memories as the RTL's.",
        f"{_BUILDS}::test_the_hosts_arithmetic_gives_the_same_cycles_and_memories",
        Stage.V3,
        Kind.NETWORK,
        seeds=NIGHT,
    ),
    by_pytest(
        "networks.unknowns",
        "Random unknown and initial values do not show, and no assertion fires.",
        f"{_BUILDS}::test_random_unknowns_and_initial_values_do_not_show_and_no_assertion_fires",
        Stage.V3,
        Kind.NETWORK,
        seeds=NIGHT,
    ),
    by_pytest(
        "networks.assertions",
        "No assertion fires in any strategy.",
        f"{_BUILDS}::test_no_assertion_fires_in_any_strategy",
        Stage.V2,
        Kind.NETWORK,
        seeds=NIGHT,
    ),
    by_pytest(
        "networks.faults",
        "Each deliberate fault in compiler, firmware or hardware is caught and named at the right tensor.",
        _FAULTS,
        Stage.V3,
        Kind.BENCH,
    ),
    by_pytest(
        "bench.interrupt_build",
        "An interrupt during the build leaves nothing behind.",
        f"{_INTERRUPT}::test_during_the_build[verilation]",
        Stage.V2,
        Kind.BENCH,
        cocotb=(),
    ),
    by_pytest(
        "bench.interrupt_compilation",
        "An interrupt during the compilation of the simulator leaves nothing behind.",
        f"{_INTERRUPT}::test_during_the_build[compilation]",
        Stage.V2,
        Kind.BENCH,
        seeds=NIGHT,
        cocotb=(),
    ),
    by_pytest(
        "bench.interrupt_run",
        "A run that was interrupted leaves nothing behind and can be repeated.",
        f"{_INTERRUPT}::test_during_the_simulation_and_then_again",
        Stage.V2,
        Kind.BENCH,
        seeds=NIGHT,
        seconds=1800,
    ),
    by_pytest(
        "platform.one_bit",
        "RedMule's tests pass when y_broadcast stands at another bit of its register map, and nowhere else.",
        f"{_PLATFORM}::test_the_engine_is_right_with_y_broadcast_at_another_bit",
        Stage.V3,
        Kind.BENCH,
        seeds=NIGHT,
        seconds=1500,
        cocotb=(),
    ),
    by_pytest(
        "platform.one_address",
        "A training step passes when RedMule's base stands elsewhere in the address map, and nowhere else.",
        f"{_PLATFORM}::test_a_training_step_is_right_with_the_bit_and_redmule_elsewhere",
        Stage.V3,
        Kind.NETWORK,
        seeds=NIGHT,
        seconds=1500,
    ),
    by_pytest(
        "networks.autograd",
        "The step in float64 equals autograd, and the float32 step lies within the bounds.",
        "tests/system/test_against_torch.py",
        Stage.V1,
        Kind.NETWORK,
        cocotb=(),
    ),
    by_pytest(
        "networks.published",
        "Updates match those of the published training graphs.",
        "tests/system/test_fixtures.py",
        Stage.V2,
        Kind.NETWORK,
        cocotb=(),
    ),
]
