# SPDX-License-Identifier: Apache-2.0
"""A register map says the same in SystemVerilog, C and Python."""

import re
import subprocess
from dataclasses import fields

import pytest

from traindeploy.errors import UserError
from traindeploy.platform.generate import generate
from traindeploy.platform.registers import Register, RegisterMap, load, register_map
from traindeploy.records.bench import CoreCounters

DEMO = """
addrmap demo {
  default regwidth = 32;
  enum demo_mode { slow = 2'd1 { desc = "one at a time"; }; very_fast = 2'd2; };
  reg { field { sw = rw; hw = r; } value[31:0] = 0; } FIRST @ 0x4;
  reg {
    field { sw = rw; hw = r; encode = demo_mode; } mode[1:0] = 2;
    field { sw = rw; hw = r; } on[5:5] = 0;
    field { sw = r; hw = w; } depth[31:16];
  } PAIR[2] @ 0x10;
};
"""


@pytest.fixture
def demo(tmp_path) -> RegisterMap:
    (tmp_path / "demo.rdl").write_text(DEMO)
    return load(tmp_path / "demo.rdl", tmp_path)


def test_a_register_is_written_and_read_by_its_fields(demo):
    pair = demo.PAIR
    assert (pair.offset, pair.at(1), pair.reset) == (0x10, 0x14, 2)
    word = pair.word(mode=pair.choice("mode", "slow"), on=1)
    assert word == 0x21
    assert pair.get(0x1234_0000, "depth") == 0x1234
    with pytest.raises(ValueError, match="does not fit into the 2 bits"):
        pair.word(mode=4)
    with pytest.raises(KeyError, match="mode, on, depth"):
        pair.word(moed=1)
    with pytest.raises(IndexError, match="2 elements"):
        pair.at(2)
    with pytest.raises(AttributeError, match="no register SECOND"):
        _ = demo.SECOND


def test_the_kept_map_is_the_map_and_an_edit_is_seen(demo, tmp_path):
    assert load(tmp_path / "demo.rdl", tmp_path) == demo
    (tmp_path / "demo.rdl").write_text(DEMO.replace("on[5:5]", "on[7:7]"))
    assert load(tmp_path / "demo.rdl", tmp_path).PAIR.word(on=1) == 0x80


def test_the_c_header_places_and_takes_the_same_bits(demo, tmp_path):
    header = (generate(tmp_path / "out", tmp_path) / "demo_regs.h").read_text()
    assert "#define TD_DEMO_PAIR_OFFSET 0x10u" in header
    assert "#define TD_DEMO_PAIR_STRIDE 0x4u" in header
    program = tmp_path / "program.c"
    program.write_text(
        '#include <stdint.h>\n#include "out/demo_regs.h"\n#include <stdio.h>\nint main(void) {\n'
        "    uint32_t word = TD_DEMO_PAIR_MODE_PUT(TD_DEMO_MODE_VERY_FAST) | TD_DEMO_PAIR_ON_MASK;\n"
        '    printf("%u %u", word, TD_DEMO_PAIR_DEPTH_GET(0xABCD0000u));\n}\n'
    )
    subprocess.run(["gcc", "-Wall", "-Werror", str(program), "-o", str(tmp_path / "program")], check=True)
    told = subprocess.run([str(tmp_path / "program")], capture_output=True, text=True, check=True).stdout
    assert told == f"{demo.PAIR.word(mode=2, on=1)} {0xABCD}"


def test_the_package_places_and_takes_the_same_bits(demo, tmp_path):
    package = (generate(tmp_path / "out", tmp_path) / "td_demo_reg_pkg.sv").read_text()
    assert "localparam logic [11:0] TD_DEMO_PAIR_OFFSET = 12'h10;" in package
    assert "localparam logic [31:0] TD_DEMO_PAIR_RESET = 32'h0000_0002;" in package
    assert "DemoModeVeryFast = 2'd2" in package
    assert "return '{depth: word[31:16], on: word[5], mode: word[1:0]};" in package
    assert "return {fields.depth, 10'd0, fields.on, 3'd0, fields.mode};" in package
    packed = re.search(r"\{(fields[^}]*)\}", package)
    assert packed is not None
    widths = [int(gap.split("'")[0]) for gap in packed[1].split(", ") if "'" in gap]
    assert sum(widths) + sum(field.width for field in demo.PAIR.fields) == 32


def test_unchanged_files_keep_their_time_stamp(demo, tmp_path):
    stamps = [{p.name: p.stat().st_mtime_ns for p in generate(tmp_path / "out", tmp_path).iterdir()} for _ in range(2)]
    assert stamps[0] == stamps[1]


def test_a_wrong_map_is_an_error_that_names_the_file(tmp_path):
    (tmp_path / "demo.rdl").write_text(DEMO.replace("value[31:0]", "value[40:0]"))
    with pytest.raises(UserError, match=r"demo\.rdl"):
        generate(tmp_path / "out", tmp_path)


def test_one_value_of_32_bits_has_no_fields_to_name(demo):
    assert [register.name for register in demo.registers if isinstance(register, Register) and register.is_word] == [
        "FIRST"
    ]


def test_the_bench_reads_a_cores_counters_in_the_order_of_their_registers():
    counters = [r.name for r in register_map("cluster_control").registers if r.array == "PERF"]
    assert [f"PERF_{field.name.upper()}" for field in fields(CoreCounters)] == counters
