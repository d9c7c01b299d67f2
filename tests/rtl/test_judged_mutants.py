# SPDX-License-Identifier: Apache-2.0
"""Mutants of RedMule's address generator that tb/mutate/judged.txt calls equivalent are: proved for all inputs.

Two copies, one with the mutant, get the same inputs. If they are alike before a cycle, they are alike after it, and a
cycle of reset makes them so: yosys's SAT solver finds a case in which either does not hold, or there is none. Alike:
both are idle, or both are busy with all registers and outputs equal, and in a line that the chunk has.
"""

import re
import tempfile
from pathlib import Path

import pytest

from traindeploy.platform.paths import GENERATED, RTL

AGU = (RTL / "redmule" / "td_redmule_agu.sv").read_text(encoding="utf-8")
REGISTERS = "cfg_q, busy_q, line_addr_q, chunk_addr_q, k_addr_q, n_q, k_q, m_left_q, n_left_q, k_left_q, line_q"
POSSIBLE = (
    "line_q < choose(cfg_q.lines, block_m, block_n, block_k)"
    " && (cfg_q.lines != BlockN || n_q != 0) && (cfg_q.lines != BlockK || k_q != 0)"
)
OUTPUTS = ("addr_o", "words_o", "line_o", "vectors_o", "first_o", "last_o", "across_o", "fill_o")
# Text, what is there instead. A register that keeps what it held covers every constant that a reset might give it.
RESETS = "\n".join(
    (
        "      cfg_q  <= '0;",
        "      {line_addr_q, chunk_addr_q, k_addr_q} <= '0;",
        "      {n_q, k_q, m_left_q, n_left_q, k_left_q, line_q} <= '0;",
    )
)
NEXT_LINE = "last_line ? '0 : line_q + BlockWidth'(1);"
EQUIVALENT = {
    "a reset of busy_q alone": (RESETS, ""),
    "a block that is left exactly": ("(left < SizeWidth'(size))", "(left <= SizeWidth'(size))"),
    "a line of seven bits": (NEXT_LINE, f"8'h7f & ({NEXT_LINE[:-1]});"),
}
DIFFERENT = {
    "no reset of busy_q": ("      busy_q <= 1'b0;\n      cfg_q", "      cfg_q"),
    "a line of six bits": (NEXT_LINE, f"8'h3f & ({NEXT_LINE[:-1]});"),
}


def exposed(text: str, name: str) -> str:
    """The module as ``name``, without assertions, with its registers and whether they are impossible as outputs."""
    text = text.replace("module td_redmule_agu\n", f"module {name}\n").replace('`include "td_assert.svh"\n', "")
    text = re.sub(r"  `TD_ASSERT\(.*\)\n", "", text)
    port = "  output logic                  fill_o\n"
    assert port in text
    text = text.replace(port, "  output logic fill_o,\n  output logic wrong_o,\n  output logic [511:0] state_o\n")
    told = f"  assign state_o = 512'({{{REGISTERS}}});\n  assign wrong_o = busy_q && !({POSSIBLE});\n"
    return text.replace("endmodule", f"{told}endmodule")


def pair() -> str:
    """Module ``same``: td_redmule_agu and mutant, with blocks of 128 as the largest engine has them.

    ``legal``: a start has the size that its lines count. An engine starts no walk while one runs and takes nothing
    from an idle one, which the module's assertions hold.
    """
    copies = []
    for number, name in enumerate(("td_redmule_agu", "mutant")):
        outputs = ", ".join(f".{port}({port}[{number}])" for port in ("busy_o", *OUTPUTS, "wrong_o", "state_o"))
        copies.append(
            f"{name} #(.Rows(128), .Columns(128)) i_{number} (.clk_i, .rst_ni, .clear_i, .cfg_i, .m_i, .n_i, .k_i,"
            f" .start_i(start_i && !busy_o[{number}]), .take_i(take_i && busy_o[{number}]), {outputs});"
        )
    equal = " && ".join(f"{port}[0] == {port}[1]" for port in (*OUTPUTS, "state_o"))
    return f"""module same import td_redmule_pkg::*; (
  input logic clk_i, rst_ni, clear_i, start_i, take_i, input stream_cfg_t cfg_i,
  input logic [SizeWidth-1:0] m_i, n_i, k_i, output logic legal, alike
);
  logic [1:0] busy_o, first_o, last_o, across_o, fill_o, wrong_o;
  logic [1:0][31:0] addr_o;
  logic [1:0][BlockWidth-1:0] words_o, line_o, vectors_o;
  logic [1:0][511:0] state_o;
  {" ".join(copies)}
  assign legal = !start_i || (cfg_i.lines == BlockM ? m_i : cfg_i.lines == BlockN ? n_i :
                              cfg_i.lines == BlockK ? k_i : 1) != 0;
  assign alike = busy_o[0] == busy_o[1] && (!busy_o[0] || ({equal} && wrong_o == 0));
endmodule
"""


def alike(text: str, replacement: str) -> bool:
    """Whether td_redmule_agu with ``replacement`` for ``text`` is proved to be td_redmule_agu."""
    from pyosys import libyosys  # C++ that takes a second to load

    assert AGU.count(text) == 1, f"td_redmule_agu.sv no longer holds {text!r}"
    design = libyosys.Design()

    def run(command: str) -> str:
        with tempfile.NamedTemporaryFile("r", suffix=".log") as log:
            libyosys.run_pass(f"tee -q -o {log.name} {command}", design)
            return log.read()

    with tempfile.TemporaryDirectory() as folder:
        files = [GENERATED / "td_redmule_reg_pkg.sv", RTL / "redmule" / "td_redmule_pkg.sv"]
        mutant = exposed(AGU.replace(text, replacement), "mutant")
        for name, source in (("agu", exposed(AGU, "td_redmule_agu")), ("mutant", mutant), ("same", pair())):
            files.append(Path(folder) / f"{name}.sv")
            files[-1].write_text(source)
        run(f"read_slang -D SYNTHESIS --top same {' '.join(map(str, files))}")
    for command in ("hierarchy -top same", "proc", "flatten", "async2sync", "opt -full"):
        run(command)
    two_cycles = "sat -seq 2 -set legal 1 -set-at 2 rst_ni 1 -prove-skip 1 -prove alike 1"
    begins = ("-set-at 1 rst_ni 0", "-set-at 1 rst_ni 1 -set-at 1 alike 1")
    logs = [run(f"{two_cycles} {begin} same") for begin in begins]
    assert all("SAT proof finished" in log for log in logs), logs
    return all("no model found: SUCCESS" in log for log in logs)


@pytest.mark.parametrize("what", EQUIVALENT)
def test_a_mutant_that_is_judged_equivalent_is(what: str) -> None:
    assert alike(*EQUIVALENT[what])


@pytest.mark.parametrize("what", DIFFERENT)
def test_a_mutant_that_is_not_is_found_out(what: str) -> None:
    assert not alike(*DIFFERENT[what])
