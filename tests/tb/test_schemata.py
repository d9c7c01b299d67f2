# SPDX-License-Identifier: Apache-2.0
"""Generated mutants of RTL: what is changed and what is not, all in one text, and what is said of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from tb.blocks.catalogue import CATALOGUE
from tb.mutate import campaign, drive
from tb.mutate.campaign import Bench, Check, Generated, generated
from tb.mutate.operators import Change, changes, states_of
from tb.mutate.schemata import instrumented
from traindeploy.platform.paths import RTL

MODULE = """module m #(parameter int unsigned W = 4 + 4) (
  input  logic         clk_i,
  input  logic [W-1:0] a_i,
  output logic [W-1:0] b_o
);
  typedef enum logic [1:0] {Idle, Busy, Done} state_e;
  localparam int unsigned Half = halved(W + 1);
  function automatic int unsigned halved(int unsigned x);
    return x / 2 + 1;
  endfunction
  state_e state_q;
  if (W > 2) begin : gen_wide
    assign b_o = {2{a_i[W/2-1:0]}} + W'(1);
  end
  always_ff @(posedge clk_i) begin
    if (!a_i[0] && state_q == Idle)  // not && this
      state_q <= Busy;
    else case (a_i)
      4'd3: state_q <= Done;
      default: ;
    endcase
  end
  n i_n (.clk_i(clk_i), .x_i(a_i), .z_i(1'b0), .y_o(b_o));
  `TD_ASSERT(a_never, a_i |-> a_i == 3 + 4)
endmodule
"""


@pytest.fixture
def found(tmp_path: Path) -> list[Change]:
    path = tmp_path / "m.sv"
    path.write_text(MODULE)
    return changes(path, states_of([path]))


def test_every_operator_finds_its_place(found: list[Change]) -> None:
    said = {(change.kind, change.old, change.new) for change in found}
    condition = "!a_i[0] && state_q == Idle"
    assert {
        ("arithmetic", "{2{a_i[W/2-1:0]}} + W'(1)", "{2{a_i[W/2-1:0]}} - W'(1)"),
        ("constant", "1", "2"),
        ("constant", "{2{a_i[W/2-1:0]}} + W'(1)", "'0"),
        ("bits", condition, "!a_i[0] || state_q == Idle"),
        ("bits", "!a_i[0]", "(a_i[0])"),
        ("comparison", "state_q == Idle", "state_q != Idle"),
        ("condition", condition, "1'b0"),
        ("condition", condition, "1'b1"),
        ("state", "Idle", "Busy"),
        ("state", "Done", "Idle"),
        ("dropped", "state_q <= Busy;", ";"),
        ("connection", "a_i", "'0"),
    } <= said
    assert ("connection", "1'b0", "'0") not in said, "the same in other words"
    assert any(kind == "width" and old == "Busy" for kind, old, _ in said)


def test_what_is_decided_before_simulation_and_what_only_checks_is_left_alone(found: list[Change]) -> None:
    lines = MODULE.splitlines()
    touched = {lines[change.line - 1].strip() for change in found}
    for text in (
        "module m",
        "typedef",
        "localparam",
        "return x / 2",
        "if (W > 2)",
        "4'd3: state_q <= Idle",
        "`TD_ASSERT",
    ):
        assert not any(line.startswith(text) for line in touched), text
    assert not any(change.old == "W/2-1" or change.old == "clk_i" or change.old == "4'd3" for change in found)


def test_the_lines_stay_and_each_mutant_is_behind_its_number(found: list[Change]) -> None:
    text = instrumented(MODULE, list(enumerate(found, 1)))
    assert len(text.splitlines()) == len(MODULE.splitlines())
    for number in range(1, len(found) + 1):
        assert text.count(f"td_mutant_pkg::sel == 32'd{number} ") + text.count(f"sel == 32'd{number})") == 1, number
    assert instrumented(MODULE, []) == MODULE


def test_nested_changes_are_one_inside_the_other() -> None:
    text = "assign x = a + b * c;"
    outer, inner = (text.index(part) for part in ("a + b", "b * c"))
    numbered = [
        (1, Change("arithmetic", 1, outer, len(text) - 1, "a + b * c", "a - b * c")),
        (2, Change("arithmetic", 1, inner, len(text) - 1, "b * c", "b + c")),
    ]
    sel = "td_mutant_pkg::sel == 32'd"
    assert instrumented(text, numbered) == f"assign x = ({sel}1 ? (a - b * c) : (a + ({sel}2 ? (b + c) : (b * c))));"


def test_all_modules_of_a_block_have_mutants_and_packages_have_none() -> None:
    files = {mutant.file for mutant in generated(sorted((RTL / "dma").glob("*.sv")), ["dma"])}
    assert files == {f"rtl/dma/{p.name}" for p in (RTL / "dma").glob("*.sv") if not p.stem.endswith("_pkg")}


def test_the_compilers_complaint_leaves_out_the_mutants_of_its_line(tmp_path: Path) -> None:
    on, off = (Generated(n, "rtl/m.sv", Change("width", line, 0, 1, "a", "b"), "") for n, line in ((1, 7), (2, 8)))
    complaint = "the simulator does not build:\n%Error-ENUMVALUE: /tmp/x/m.sv:7:9: Implicit conversion"
    assert campaign._complained(on, complaint)
    assert not campaign._complained(off, complaint)
    assert not campaign._complained(replace(on, file="rtl/n.sv"), complaint)


def test_of_a_line_that_does_not_build_the_likeliest_are_left_out_first() -> None:
    (width, constant, dropped) = (
        Generated(n, "rtl/m.sv", Change(kind, 7, 0, 1, "a", "b"), "")
        for n, kind in enumerate(("width", "constant", "dropped"))
    )
    assert campaign._suspects([dropped, width, constant]) == [width]
    assert campaign._suspects([dropped, constant]) == [constant]
    assert campaign._suspects([dropped]) == [dropped]


def test_a_check_is_asked_about_the_mutants_that_none_before_has_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant 1 is noticed by the second check, mutant 2 by none; the third check fails without a mutant."""
    mutants = [Generated(n, "rtl/dma/td_dma.sv", Change("width", n, 0, 1, "a", "b"), "a") for n in (1, 2)]
    block = CATALOGUE["dma"]
    bench = Bench(block, "main", "", None, tuple(mutants), ())  # type: ignore[arg-type]
    asked = []

    def attempt(bench: object, check: Check, number: int) -> tuple[str, float]:
        index = block.tests.index(next(entry for entry in block.tests if entry.name == check.entry.name))
        asked.append((index, number))
        return ("wrong" if (index, number) in ((1, 1), (2, 0)) else ""), 1.0

    def attempts(bench: Bench, check: Check, mutants: list[Generated], jobs: int) -> list[tuple[Generated, str, float]]:
        return [(mutant, *attempt(bench, check, mutant.number)) for mutant in mutants]

    kept = {}
    monkeypatch.setattr(campaign, "attempt", attempt)
    monkeypatch.setattr(campaign, "prepare", lambda *_: bench)
    monkeypatch.setattr(drive, "_attempts", attempts)
    monkeypatch.setattr(drive, "_others", lambda name: iter(()))
    monkeypatch.setattr(drive, "_keep", lambda block, mutant, by, *_, **__: kept.update({mutant.number: by}))
    monkeypatch.setattr(campaign, "_states", lambda bench, entry: False)
    drive._try_block("dma", mutants, lambda record: None, 1)
    assert asked[:5] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    assert not [number for index, number in asked if index == 2 and number], "it fails by itself"
    assert not [index for index, number in asked if index > 1 and number == 1], "it has been noticed"
    assert kept == {1: block.tests[1].name, 2: ""}
    monkeypatch.setattr(campaign, "_states", lambda bench, entry: True)
    with pytest.raises(AssertionError, match="fails without a mutant: wrong"):
        drive._try_block("dma", mutants, lambda record: None, 1)
