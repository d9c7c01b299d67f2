# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects of the DMA, which its tests must notice."""

from tb.blocks.description import Mutant

MUTANTS = {
    "whole words into L2": Mutant(
        file="td_dma_l2_port",
        text="l2_be_o     = byte_enables(tag_i.beat.addr[2:0], tag_i.beat.bytes)",
        replacement="l2_be_o     = '1",
    ),
    "whole words into the TCDM": Mutant(file="td_dma_tcdm_port", text="= be[4*p+:4]", replacement="= '1"),
    "the row's stride from its end": Mutant(
        file="td_dma_agen",
        text="= row_q + stride_q",
        replacement="= addr_q + stride_q",
    ),
    "the plane's stride from its last row": Mutant(
        file="td_dma_agen",
        text="= plane_q + stride2_q",
        replacement="= row_q + stride2_q",
    ),
    "rows of 8 bits": Mutant(
        file="td_dma_agen",
        text="rows_left_q   <= size_i.rows - 1",
        replacement="rows_left_q   <= 32'(8'(size_i.rows - 1))",
    ),
    "planes of 16 bits": Mutant(
        file="td_dma_agen",
        text="planes_left_q <= size_i.planes - 1",
        replacement="planes_left_q <= 32'(16'(size_i.planes - 1))",
    ),
    "rows of 16 bits": Mutant(
        file="td_dma_agen",
        text="rows_left_q   <= size_i.rows - 1",
        replacement="rows_left_q   <= 32'(16'(size_i.rows - 1))",
    ),
    "one row of the image too many": Mutant(
        file="td_dma_agen",
        text="unsigned'(y_q) >= height_q",
        replacement="unsigned'(y_q) > height_q",
    ),
    "padding goes on where the row before ended": Mutant(
        file="td_dma_agen",
        text="row_end ? '0 : phase_q + bytes[1:0]",
        replacement="phase_q + bytes[1:0]",
    ),
    "only the first step between planes": Mutant(
        file="td_dma_agen",
        text="row_x_q <= row_x_q + step_q",
        replacement="row_x_q <= row_x_q",
    ),
    "padding overtakes bytes under way": Mutant(
        file="td_dma",
        text="read_beat.pad && reads_q[Tcdm] == '0 && reads_q[L2] == '0",
        replacement="read_beat.pad",
        nightly=True,
    ),
    "reads of both memories at once": Mutant(
        file="td_dma",
        text="(read_l2 ? reads_q[Tcdm] == '0 : reads_q[L2] == '0)",
        replacement="1'b1",
    ),
    "done when the last write is issued": Mutant(
        file="td_dma_order",
        text="(order_head.empty || acks_q[order_head.l2] != '0)",
        replacement="1'b1",
    ),
    "the event of the transfer that follows": Mutant(
        file="td_dma_order",
        text="<< order_head.core",
        replacement="<< core_i",
    ),
    "a ninth transfer": Mutant(
        file="td_dma_queue",
        text="queued_o != PtrWidth'(Depth)",
        replacement="queued_o != PtrWidth'(Depth + 1)",
    ),
    "the image outlives its transfer": Mutant(
        file="td_dma_regs",
        text="if (commit_o) staging_q",
        replacement="if (1'b0) staging_q",
    ),
    "an early word is lost": Mutant(
        file="td_dma_tcdm_port",
        text="held_empty[p] ? tcdm_rdata_i[p] : held_data[p]",
        replacement="tcdm_rdata_i[p]",
    ),
    "bytes counted as words": Mutant(file="td_dma_regs", text="32'(moved_bytes_i)", replacement="32'd8"),
}
