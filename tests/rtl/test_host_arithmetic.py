# SPDX-License-Identifier: Apache-2.0
"""Builds with the host's arithmetic in RedMule compute the same bits in the same cycles as the RTL."""

import pytest

from tb.build.paths import MODELS, ROOT
from tb.build.simulator import Build, SimulationError, build_block
from tb.build.sources import CORE_INCLUDES, CORE_SOURCES

BENCH = ROOT / "tb" / "blocks" / "host_fma"
NEEDED = ("cf_math_pkg", "lzc", "fpnew_pkg", "fpnew_classifier", "fpnew_rounding", "fpnew_fma")


def bench(name: str, model: str = "") -> Build:
    """The bench's simulator, with ``model`` in place of the host arithmetic's C++."""
    return build_block(
        name,
        "td_host_fma_bench",
        [
            *(path for path in CORE_SOURCES if path.stem in NEEDED),
            ROOT / "rtl/common/cv32e40p_clock_gate.sv",
            ROOT / "rtl/redmule/td_redmule_fma.sv",
            MODELS / "td_host_fma.sv",
            BENCH / "td_host_fma_bench.sv",
            BENCH / "host_fma_bench.cpp",
            model or MODELS / "host_fma.cpp",
        ],
        includes=CORE_INCLUDES,
        args=["-Wno-lint"],
    )


def compare(build: Build, folder, cycles: int) -> None:
    build.test("tb.blocks.host_fma.test_host_fma", folder, env={"TD_CYCLES": str(cycles)}, timeout=900)


def test_half_a_million_operands_at_every_depth_under_stalls_resets_and_foreign_modes(tmp_path):
    compare(bench("host_fma"), tmp_path, 500_000)


@pytest.mark.nightly
def test_twenty_million_operands_at_every_depth(tmp_path):
    compare(bench("host_fma"), tmp_path, 20_000_000)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("std::fma(std::bit_cast<float>(x), std::bit_cast<float>(w), std::bit_cast<float>(y))",
         "std::bit_cast<float>(x) * std::bit_cast<float>(w) + std::bit_cast<float>(y)"),  # rounded twice
        ("0x7fc00000", "0xffc00000"),  # the host's own NaN
        ("if (!is_ieee(save()))", "if (false)"),  # the process's modes reach the results
    ],
)  # fmt: skip
def test_a_wrong_model_is_noticed(tmp_path, right, wrong):
    text = (MODELS / "host_fma.cpp").read_text()
    assert text.count(right) == 1
    model = tmp_path / "host_fma.cpp"
    model.write_text(text.replace(right, wrong))
    with pytest.raises(SimulationError, match="every_result_is_equal"):
        compare(bench("host_fma_wrong", model), tmp_path, 200_000)
