# SPDX-License-Identifier: Apache-2.0
"""Generated constants agree in SystemVerilog, C and Python, and with traindeploy/target.py."""

import re

import pytest

from tb.build import register_table, registers
from tb.build.paths import register_maps
from traindeploy import target
from traindeploy.errors import UserError

DEMO = """
addrmap demo {
  default regwidth = 32;
  reg { field { sw = rw; hw = r; } value[31:0] = 0; } FIRST @ 0x4;
  reg { field { sw = rw; hw = r; } low[7:0] = 0; field { sw = r; hw = w; } high[31:16]; } PAIR[2] @ 0x10;
};
"""


def defines(header: str) -> dict[str, int]:
    return {name: int(value, 16) for name, value in re.findall(r"#define (TD_\w+) (0x\w+)u", header)}


def test_a_map_becomes_the_same_constants_in_all_languages(tmp_path):
    (tmp_path / "demo.rdl").write_text(DEMO)
    output = registers.generate(tmp_path / "out", tmp_path)
    header = defines((output / "demo_regs.h").read_text())
    module: dict = {}
    exec((output / "demo.py").read_text(), module)
    package = (output / "td_demo_reg_pkg.sv").read_text()
    assert header["TD_DEMO_PAIR1_OFFSET"] == 0x14
    assert header["TD_DEMO_PAIR0_HIGH_MASK"] == 0xFFFF0000
    assert (header["TD_DEMO_PAIR0_HIGH_LSB"], header["TD_DEMO_PAIR0_HIGH_WIDTH"]) == (16, 16)
    assert {name: value for name, value in module.items() if name.startswith("TD_")} == header
    assert "localparam logic [11:0] TD_DEMO_PAIR1_OFFSET = 12'h14;" in package


def test_unchanged_files_keep_their_time_stamp(tmp_path):
    (tmp_path / "demo.rdl").write_text(DEMO)
    stamps = [
        {p.name: p.stat().st_mtime_ns for p in registers.generate(tmp_path / "out", tmp_path).iterdir()}
        for _ in range(2)
    ]
    assert stamps[0] == stamps[1]


def test_a_block_may_ask_for_its_register_file(tmp_path):
    (tmp_path / "demo.rdl").write_text(DEMO.replace("addrmap demo {", "addrmap demo {\n  td_regblock = true;"))
    output = registers.generate(tmp_path / "out", tmp_path)
    assert "module demo_regblock" in (output / "demo_regblock.sv").read_text()


def test_a_wrong_map_is_an_error_that_names_the_file(tmp_path):
    (tmp_path / "demo.rdl").write_text(DEMO.replace("value[31:0]", "value[40:0]"))
    with pytest.raises(UserError, match=r"demo\.rdl"):
        registers.generate(tmp_path / "out", tmp_path)


def test_the_platform_header_holds_every_constant_of_the_target(tmp_path):
    header = defines((registers.generate(tmp_path) / "td_platform.h").read_text())
    assert header["TD_TCDM_BASE"] == target.TCDM_BASE
    assert header["TD_L2_ARENA_BYTES"] == target.L2_ARENA_BYTES
    assert len(register_maps()) > 0


def test_the_documented_register_tables_are_those_of_the_maps():
    documented = "".join(page.read_text() for page in register_table.pages())
    for block, source in register_maps().items():
        assert f"<!-- registers {block}: begin -->\n" in documented, f"no page has the registers of {source.name}"
    for page in register_table.pages():
        assert page.read_text() == register_table.fill(page.read_text()), (
            f"{page.name} is out of date: run python -m tb.build.register_table"
        )
