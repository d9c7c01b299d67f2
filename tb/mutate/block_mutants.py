# SPDX-License-Identifier: Apache-2.0
"""Break the platform's blocks in one place after the other and see their benches fail.

``python -m tb.mutate.block_mutants [BLOCK | NAME ...]``; assertions are off: the data, the events, the coverage or the
cycles must show it. Exits 1 if a mutant survives. ``test_block_mutants.py`` runs one of each block every night.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tb.blocks import catalogue as blocks
from tb.build.paths import ROOT
from tb.build.simulator import SimulationError, build_block
from tb.build.sources import CORE_INCLUDES
from tb.env.common import figures
from tb.mutate.mutation import Mutant, mutated, run
from tests.rtl import test_dma, test_event_unit, test_fpu, test_hyperbus, test_icache, test_tcdm


class Block(NamedTuple):
    """``module``: its cocotb tests, single (``cases``) or at once; ``table``: of reference/cluster.md, must hold."""

    top: str
    sources: Sequence[Path]
    module: str
    cases: Sequence[tuple[str | None, list[str]]] = ((None, []),)
    table: str = ""
    parameters: Mapping[str, int] | None = None
    env: Mapping[str, str] | None = None


def _cases(test: Callable) -> list[tuple[str, list[str]]]:
    """The cocotb tests that a parametrized pytest function runs, each with its plusargs."""
    (mark,) = (mark for mark in test.pytestmark if mark.name == "parametrize")
    return [case if isinstance(case, tuple) else (case, []) for case in mark.args[1]]


BLOCKS = {
    "tcdm": Block(
        "td_tcdm_bench",
        test_tcdm.SOURCES,
        "tcdm.test_tcdm",
        table="tcdm",
        parameters={"NumBanks": 32, "WideWords": 17},
    ),
    "dma": Block(
        blocks.top("dma"), blocks.sources("dma"), "dma.test_dma", _cases(test_dma.test_dma)
    ),
    "event unit": Block("td_event_unit", test_event_unit.SOURCES, "event_unit.test_event_unit", table="event unit"),
    "icache": Block(
        blocks.top("icache"), blocks.sources("icache"), "icache.test_icache", _cases(test_icache.test_icache)
    ),
    "l2": Block(blocks.top("l2"), blocks.sources("l2"), "l2.test_l2"),
    "hyperbus": Block(
        blocks.top("hyperbus"),
        blocks.sources("hyperbus"),
        "hyperbus.test_hyperbus",
        _cases(test_hyperbus.test_hyperbus),
    ),
    "fpu": Block(
        "td_fpu_bench",
        test_fpu.SOURCES,
        "fpu.test_fpu",
        table="fpu",
        parameters={"NumFpus": 4},
        env={"TD_FPUS": "4"},
    ),
}


def _of(block: str, mutants: dict[str, tuple[str, str, str]]) -> dict[str, Mutant]:
    return {f"{block}: {name}": Mutant(*what, (block,)) for name, what in mutants.items()}


MUTANTS = {
    **_of(
        "tcdm",
        {
            "the lowest port always wins": ("td_tcdm", "wanted[b] & after_q[b]", "'0"),
            "the sides' bounds are swapped": (
                "td_tcdm",
                "favour_narrow_q ? narrow_max_i : wide_max_i",
                "favour_narrow_q ? wide_max_i : narrow_max_i",
            ),
            "one conflict more than the bound": ("td_tcdm", "9'(wins_q) + 9'd1 >=", "9'(wins_q) >="),
            "a beat and a narrow port in one bank": (
                "td_tcdm",
                "narrow_banks & ~(wide_gnt_o ? wide_banks : '0)",
                "narrow_banks",
            ),
            "the first bank is in the old row": ("td_tcdm", "+ i >= NumBanks)", "+ i > NumBanks)"),
            "rotated by the beat that follows": (
                "td_tcdm",
                "bank_rdata[bank_t'(32'(wide_first_q) + i)]",
                "bank_rdata[bank_t'(32'(wide_first) + i)]",
            ),
            "data of the next request's bank": ("td_tcdm", "bank_rdata[port_bank_q[p]]", "bank_rdata[port_bank[p]]"),
            "a word without byte enable takes its bank": (
                "td_tcdm",
                "if (wide_be_i[4*i+:4] != '0) wide_banks",
                "wide_banks",
            ),
            "wide writes whole words": ("td_tcdm", "= wide_be_i[4*i+:4];", "= 4'hF;"),
        },
    ),
    **_of(
        "dma",
        {
            "whole words into L2": (
                "td_dma_l2_port",
                "l2_be_o     = byte_enables(tag_i.beat.addr[2:0], tag_i.beat.bytes)",
                "l2_be_o     = '1",
            ),
            "whole words into the TCDM": ("td_dma_tcdm_port", "= be[4*p+:4]", "= '1"),
            "the row's stride from its end": ("td_dma_agen", "= row_q + stride_q", "= addr_q + stride_q"),
            "the plane's stride from its last row": ("td_dma_agen", "= plane_q + stride2_q", "= row_q + stride2_q"),
            "one row of the image too many": ("td_dma_agen", "unsigned'(y_q) >= height_q", "unsigned'(y_q) > height_q"),
            "padding goes on where the row before ended": (
                "td_dma_agen",
                "row_end ? '0 : phase_q + bytes[1:0]",
                "phase_q + bytes[1:0]",
            ),
            "only the first step between planes": ("td_dma_agen", "row_x_q <= row_x_q + step_q", "row_x_q <= row_x_q"),
            "padding overtakes bytes under way": (
                "td_dma",
                "read_beat.pad && reads_q[Tcdm] == '0 && reads_q[L2] == '0",
                "read_beat.pad",
            ),
            "reads of both memories at once": (
                "td_dma",
                "(read_l2 ? reads_q[Tcdm] == '0 : reads_q[L2] == '0)",
                "1'b1",
            ),
            "done when the last write is issued": (
                "td_dma",
                "(order_head.empty || acks_q[order_head.l2] != '0)",
                "1'b1",
            ),
            "the event of the transfer that follows": ("td_dma", "<< order_head.core", "<< write_core_q"),
            "a ninth transfer": ("td_dma", "queued != PtrWidth'(QueueDepth)", "queued != PtrWidth'(QueueDepth + 1)"),
            "the image outlives its transfer": ("td_dma_regs", "if (commit_o) staging_q", "if (1'b0) staging_q"),
            "an early word is lost": (
                "td_dma_tcdm_port",
                "held_empty[p] ? tcdm_rdata_i[p] : held_data[p]",
                "tcdm_rdata_i[p]",
            ),
            "bytes counted as words": ("td_dma_regs", "32'(moved_bytes_i)", "32'd8"),
        },
    ),
    **_of(
        "event unit",
        {
            "an event is lost to its clear": (
                "td_event_core",
                "(buffer_q & ~clear) | events_i",
                "(buffer_q | events_i) & ~clear",
            ),
            "any event ends a wait at a barrier": (
                "td_event_core",
                "barrier_q ? (32'd1 << EventBarrier) : mask_q",
                "mask_q",
            ),
            "a masked event wakes": (
                "td_event_core",
                "wait_q && (buffer_q & waited_for_q) != '0",
                "wait_q && buffer_q != '0",
            ),
            "a wait always clears": ("td_event_unit", "!we_i[c] && addr_i[c][4]", "!we_i[c]"),
            "the clock stops as the core wakes": ("td_event_core", "wait_q && !wake && sleep_i", "wait_q && sleep_i"),
            "arrivals of others block a barrier": (
                "td_event_unit",
                "(status_d[b] & mask_q[b]) == mask_q[b]",
                "status_d[b] == mask_q[b]",
            ),
            "a barrier wakes everyone": ("td_event_unit", "barrier_done |= mask_q[b]", "barrier_done |= '1"),
            "arrivals of others are forgotten": ("td_event_unit", "status_d[b] &= ~mask_q[b]", "status_d[b] = '0"),
            "of two senders the last one counts": (
                "td_event_unit",
                "sw_events[addr_i[c][4:2]] |=",
                "sw_events[addr_i[c][4:2]] =",
            ),
        },
    ),
    **_of(
        "icache",
        {
            "L0's tag lacks a bit": (
                "td_icache_l0",
                "tag_q[index] == instr_addr_i[31:TagLow]",
                "tag_q[index][31:TagLow+1] == instr_addr_i[31:TagLow+1]",
            ),
            "the shared tag lacks a bit": (
                "td_icache_bank",
                "tag_q[0][index] == line[31:TagLow]",
                "tag_q[0][index][31:TagLow+1] == line[31:TagLow+1]",
            ),
            "L0 survives a flush": ("td_icache_l0", "if (flush_i) valid_q <= '0;", ""),
            "one way survives a flush": ("td_icache_bank", "        valid_q[1] <= '0;\n      end\n", "      end\n"),
            "a line on its way survives a flush": ("td_icache_l0", "drop_q <= 1'b1;", "drop_q <= 1'b0;"),
            "refill from the line's start": (
                "td_icache_bank",
                "got_part = {fill_first_q, 1'b0} + fill_got_q",
                "got_part = fill_got_q",
            ),
            "a part is used before it is there": ("td_icache_bank", "(!filling || fill_have_q[line[5:4]])", "1'b1"),
            "the way used last is replaced": ("td_icache_bank", "1'b1 : !recent_q[index]", "1'b1 : recent_q[index]"),
            "misses of two banks count once": ("td_icache", "32'($countones(bank_miss))", "32'd1"),
            "misses of several L0 count once": ("td_icache", "32'($countones(l0_miss))", "32'd1"),
            "a line keeps the error of the last": ("td_icache_bank", "err_q[victim][index]   <= 1'b0;", ""),
            "L0 is used though disabled": ("td_icache_l0", "if (hit && !enable_i) valid_q[index] <= 1'b0;", ""),
            "low cores go first": ("td_icache_bank", "first_q <= chosen + 1'b1", "first_q <= '0"),
        },
    ),
    **_of(
        "l2",
        {
            "the lowest port always wins": ("td_l2", "want & ~(last_q | (last_q - 1'b1))", "'0"),
            "half of the answer that follows": ("td_l2", "respond_q[Core].high ?", "access_q[Core].high ?"),
            "data of the next request's bank": (
                "td_l2",
                "bank_rdata[access_q[p].bank]",
                "bank_rdata[port_head[p].word[BankWidth-1:0]]",
            ),
            "an unmapped address is accessed": ("td_l2", "!port_head[p].err && ", ""),
            "nothing above is unmapped": ("td_l2", "(addr & ~32'(Bytes - 1)) != Base", "addr < Base"),
            "a core writes both halves": (
                "td_l2",
                "core_addr_i[2] ? {core_be_i, 4'h0} : {4'h0, core_be_i}",
                "{core_be_i, core_be_i}",
            ),
            "a queue is never full": ("td_fifo", "wptr_q == (rptr_q ^ CountWidth'(Depth))", "1'b0"),
        },
    ),
    **_of(
        "hyperbus",
        {
            "a clock of latency more": ("td_hyperbus_phy", "<< rwds_in_q) - 8'd3", "<< rwds_in_q) - 8'd1"),
            "the latency always counts twice": ("td_hyperbus_phy", "1'b0} << rwds_in_q)", "1'b0} << 1)"),
            "the byte before the first is written": (
                "td_hyperbus_phy",
                "tick    = 1'b1;\n          rwds_d  = 1'b1;",
                "tick    = 1'b1;",
            ),
            "the byte after the last is written": (
                "td_hyperbus_phy",
                "rwds_d  = 1'b1;\n        state_d = Finish;",
                "state_d = Finish;",
            ),
            "reads know no chip-select limit": ("td_hyperbus_phy", "else if (limit) state_d = Finish;", ""),
            "half a word outlasts the limit": ("td_hyperbus_phy", "limit && (!odd_q || !wvalid_i)", "limit && !odd_q"),
            "a byte into the next row": ("td_hyperbus_phy", "(next_addr & row_mask)", "(addr_i & row_mask)"),
            "wrapped bursts": ("td_hyperbus_phy", "register_i, 1'b1,", "register_i, 1'b0,"),
            "byte enables of the word before": ("td_hyperbus_l2", "word_end ? '0 : gather_be_d", "gather_be_d"),
            "a word too few from L2": ("td_hyperbus_l2", "+ 33'(addr_i[2:0]) ", ""),
            "bytes read overrun the queue": ("td_hyperbus_l2", "stored_q >= 3'd3", "stored_q >= 3'd5"),
            "only bytes written are counted": ("td_hyperbus", ".moved_i       (moved)", ".moved_i       (wready)"),
            "done before L2 has answered": ("td_hyperbus_l2", "flight_q == '0 && empty;", "empty;"),
        },
    ),
    **_of(
        "fpu",
        {
            "a result goes to the other core": (
                "td_fpu",
                "(pipe_done && pipe_response.tag == tag_t'(p)) || (div_done",
                "(pipe_done && pipe_response.tag != tag_t'(p)) || (div_done",
            ),
            "a quotient goes to both cores": (
                "td_fpu",
                "(div_done && div_response.tag == tag_t'(p));\n      result_o",
                "div_done;\n      result_o",
            ),
            "the loser is granted too": ("td_fpu", "(pipe_ready ? pipe_pick : '0)", "(req_i & ~is_div)"),
            "core 0's operands are divided": (
                "td_fpu",
                "if (div_pick[p]) div_request = '{operands: operands_i[p]",
                "if (div_pick[p]) div_request = '{operands: operands_i[0]",
            ),
            "the lowest core always wins": ("td_rr_pick", "req_i & after_q", "'0"),
            "the clock stops a cycle early": ("td_fpu", "(pipe_valid || pipe_busy_q)", "(pipe_valid)"),
            "a result one cycle late": (
                "td_fpnew",
                "PipeRegs:   '{default: '{default: 1}}",
                "PipeRegs:   '{default: '{default: 2}}",
            ),
            "always to the nearest even": ("td_fpnew", "roundmode_e'(rnd_mode)", "fpnew_pkg::RNE"),
            "a quotient's flags are the pipeline's": (
                "td_fpu",
                "? div_response.status : pipe_response.status",
                "? pipe_response.status : pipe_response.status",
            ),
        },
    ),
}


def notices(mutant: Mutant) -> str:
    """What fails on the mutant, or ''."""
    (name,) = mutant.tests
    block = BLOCKS[name]
    with mutated(mutant, block.sources) as sources, tempfile.TemporaryDirectory() as scratch:
        build = build_block(
            f"{name.replace(' ', '-')}-mutant",
            block.top,
            sources,
            parameters=block.parameters,
            includes=CORE_INCLUDES if name == "fpu" else (),
            optimize="-O0",
            assertions=False,
        )
        folder = Path(scratch)
        module = f"tb.blocks.{block.module}"
        try:
            for case, plusargs in block.cases:
                build.test(module, folder, testcase=case, plusargs=plusargs, env=block.env, timeout=120)
            if block.table:
                figures.check_page(ROOT / "docs/reference/cluster.md", block.table, figures.read(folder))
        except SimulationError as error:
            return str(error).splitlines()[0].split("; see")[0]
        except AssertionError:
            return f"the table {block.table!r} of docs/reference/cluster.md"
    return ""


if __name__ == "__main__":
    names = [name for name in MUTANTS if any(name == word or name.startswith(f"{word}:") for word in sys.argv[1:])]
    if len(sys.argv) > 1 and not names:
        sys.exit(f"no such block or mutant; blocks: {', '.join(BLOCKS)}")
    sys.exit(bool(run(MUTANTS, notices, names)))
