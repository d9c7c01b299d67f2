# SPDX-License-Identifier: Apache-2.0
"""The firmware file: what is loaded, and the function behind a program counter."""

import pytest

from tb.env.common.elf import Firmware
from tb.env.network.diagnosis import end_of_computation, platform_state
from tb.env.network.memory import MemoryMap
from tests.tb.standin.platform import EOC, MAILBOX, assemble
from traindeploy.codegen import firmware as compiler
from traindeploy.codegen.firmware import FIRMWARE, build
from traindeploy.errors import UserError
from traindeploy.platform import L2


@pytest.fixture(scope="module")
def firmware(tmp_path_factory) -> Firmware:
    path = tmp_path_factory.mktemp("elf") / "firmware.elf"
    assemble([(MAILBOX, 7), (EOC, 0)], path)
    return Firmware(path)


def test_only_contents_are_loaded_at_their_address(firmware):
    ((address, data),) = firmware.segments
    assert address == L2.base == firmware.entry
    assert data[:8] == bytes([MAILBOX, 0, 0, 0, 7, 0, 0, 0])


def test_a_program_counter_is_a_function_and_an_offset(firmware):
    assert firmware.locate(L2.base + 12) == "script_body+0xc (0x1c00000c)"
    assert firmware.locate(0x1234) == "0x00001234"


def test_a_program_counter_of_c_and_assembly_is_a_function_and_its_source_line(tmp_path):
    source = tmp_path / "program.c"
    source.write_text(
        '#include "td_runtime.h"\n'
        "static __attribute__((noinline)) void broken(void) {\n"
        "    for (;;)\n"
        '        __asm__ volatile(".globl spot\\nspot: nop");\n'
        "}\n"
        "void td_main(uint32_t core) { if (core == 3) broken(); }\n"
    )
    build([source], tmp_path / "firmware.elf")
    firmware = Firmware(tmp_path / "firmware.elf")
    spot = firmware.symbols["spot"]
    assert firmware.location(spot) == "broken at program.c:4"
    assert firmware.locate(spot).startswith("broken+0x")
    assert firmware.locate(spot).endswith(f" at program.c:4 ({spot:#010x})")
    start = (FIRMWARE / "runtime" / "crt0.S").read_text().splitlines()
    name, _, number = firmware.location(firmware.entry).removeprefix("_start at ").rpartition(":")
    assert name == "firmware/runtime/crt0.S"
    assert start[: int(number) - 1].count("_start:") == 1  # the first instruction below the label
    for address in (0x10, 0x1234):  # no function, and no line of one that the linker left out
        assert firmware.location(address) == f"{address:#010x}"


def test_the_line_table_changes_no_byte_that_is_loaded(tmp_path, monkeypatch):
    source = tmp_path / "program.c"
    source.write_text('#include "td_runtime.h"\nvoid td_main(uint32_t core) { (void)core; td_barrier(); }\n')
    loaded = []
    for kept in (compiler.FLAGS, [flag for flag in compiler.FLAGS if not flag.startswith("-g")]):
        monkeypatch.setattr(compiler, "FLAGS", kept)
        build([source], tmp_path / "firmware.elf")
        loaded.append(Firmware(tmp_path / "firmware.elf"))
    assert loaded[0].segments == loaded[1].segments
    assert loaded[0].line(loaded[0].entry)
    assert not loaded[1].line(loaded[1].entry)


def test_the_state_of_the_platform_is_a_line_per_core_and_one_for_the_engines(firmware):
    lines = platform_state([L2.base, L2.base + 4], asleep=0b10, busy=0b100, firmware=firmware)
    assert lines[0] == "core 0: running at script_body+0x0 (0x1c000000)"
    assert lines[1].startswith("core 1: asleep at script_body+0x4")
    assert lines[2] == "RedMule idle, DMA idle, HyperBus busy"


def test_success_has_no_name_and_unknown_codes_are_shown(firmware):
    memory = MemoryMap({})  # is not read
    assert end_of_computation(0, firmware, memory) == ""
    assert "0x2a" in end_of_computation(42, firmware, memory)


def test_what_is_no_elf_file_is_refused(tmp_path):
    path = tmp_path / "firmware.elf"
    path.write_bytes(b"not an ELF file at all")
    with pytest.raises(UserError, match="not an ELF file"):
        Firmware(path)
    with pytest.raises(UserError, match="no such firmware"):
        Firmware(tmp_path / "missing.elf")
