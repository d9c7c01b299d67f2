# SPDX-License-Identifier: Apache-2.0
"""What a synthesis tool makes of the RTL: no latch, no combinational loop, one driver a net, and how many cells."""

from pathlib import Path

from tb.build import netlist
from tb.env.common import figures

WRONG = """
module wrong (input logic a, b, c, output logic latched, forgotten, looped, fought);
  logic back;
  always_latch if (a) latched = b;
  always_comb if (a) forgotten = b;
  assign back   = looped & c;
  assign looped = back ^ a;
  inverter i_one (.a(a), .y(fought));
  inverter i_two (.a(b), .y(fought));
endmodule
module inverter (input logic a, output logic y);
  assign y = !a;
endmodule
"""


def test_a_latch_a_loop_and_a_second_driver_are_found(tmp_path: Path) -> None:
    source = tmp_path / "wrong.sv"
    source.write_text(WRONG)
    report = netlist.examine([source], "wrong", blocks=["inverter"])
    problems = sorted(problem.splitlines()[0] for problem in report.problems)
    assert [problem.split()[0] for problem in problems] == ["Cell", "found", "found", "multiple"], problems
    assert "latch" in problems[0]
    assert "fought" in problems[3]
    loops = "".join(problem for problem in report.problems if problem.startswith("found logic loop"))
    assert "forgotten" in loops  # a value that is kept without a latch being meant
    assert "back" in loops
    assert report.blocks["inverter"] == netlist.Cells(flops=0, arrays=0, logic=1, memories=0, clock_gates=0)


def test_the_design_has_no_latch_no_loop_and_one_driver_a_net(tmp_path: Path) -> None:
    report = netlist.examine_platform(tmp_path / "netlist.json")
    assert report.problems == []
    figures.check_table("cells", {f"`{block}`": describe(cells) for block, cells in report.blocks.items()})


def describe(cells: netlist.Cells) -> str:
    words = [f"{cells.flops:,} bits of flip-flops", f"{cells.logic:,} of other cells"]
    if cells.arrays:
        words.insert(1, f"{cells.arrays:,} in arrays")
    if cells.memories:
        words.append(f"memories: {cells.memories}")
    if cells.clock_gates:
        words.append(f"clock gates: {cells.clock_gates}")
    return "; ".join(words)
