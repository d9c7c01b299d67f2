// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Cluster DMA: moves bytes between TCDM and L2 (or within either) in one, two or three dimensions.
//
//   registers -> queue of 8 -> read addresses -> TCDM or L2 -> byte stream buffer -> write addresses -> TCDM or L2
//
// The two sides run on their own: the read side starts the next transfer while the write side ends the last one. So a
// transfer may read before the writes of the one before it have ended; software waits in between where that matters.
// Source bytes outside an image may be replaced by a constant (padding).
// Transfers complete in order. Whether an access goes to TCDM or L2 is decided by its address.

`include "td_assert.svh"

module td_dma
  import td_periph_pkg::*;
  import td_dma_pkg::*;
  import td_platform_pkg::*;
#(
  parameter  int unsigned NumCores  = 8,
  parameter  logic [31:0] TcdmBase  = TD_TCDM_BASE,
  parameter  int unsigned TcdmBytes = TD_TCDM_SIZE,
  localparam int unsigned IdWidth   = (NumCores > 1) ? $clog2(NumCores) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  // Register target; the core that accesses is periph_a_i.id.
  input  logic                periph_req_i,
  output logic                periph_gnt_o,
  input  periph_a_t           periph_a_i,
  output logic                periph_rvalid_o,
  output periph_r_t           periph_r_o,
  // TCDM initiators: even (0) and odd (1) word of a 64-bit beat.
  output logic [1:0]          tcdm_req_o,
  input  logic [1:0]          tcdm_gnt_i,
  output logic [1:0][31:0]    tcdm_addr_o,
  output logic [1:0]          tcdm_we_o,
  output logic [1:0][3:0]     tcdm_be_o,
  output logic [1:0][31:0]    tcdm_wdata_o,
  input  logic [1:0]          tcdm_rvalid_i,
  input  logic [1:0][31:0]    tcdm_rdata_i,
  // L2 initiator, 64 bit.
  output logic                l2_req_o,
  input  logic                l2_gnt_i,
  output logic [31:0]         l2_addr_o,
  output logic                l2_we_o,
  output logic [7:0]          l2_be_o,
  output logic [63:0]         l2_wdata_o,
  input  logic                l2_rvalid_i,
  input  logic [63:0]         l2_rdata_i,
  input  logic                l2_err_i,
  // Completion, one cycle, to the core that committed the transfer; a bus error of a transfer, one cycle.
  output logic [NumCores-1:0] evt_o,
  output logic                busy_o,
  output logic                fault_valid_o,
  output logic [31:0]         fault_addr_o,
  output logic [4:0]          fault_slot_o  // low bits of the transfer's number
);

  // ---- Clock: stands still while nothing is queued, under way or asked for. ----
  logic clk, clk_en;
  assign clk_en = periph_req_i || periph_rvalid_o || busy_o || evt_o != '0;

  cv32e40p_clock_gate i_clock_gate (
    .clk_i,
    .en_i        (clk_en),
    .scan_cg_en_i(1'b0),
    .clk_o       (clk)
  );

  localparam int unsigned Tcdm = 0, L2 = 1;  // index of a memory port

  function automatic logic in_tcdm(logic [31:0] addr);
    return td_in_region(addr, TcdmBase, TcdmBytes);
  endfunction

  // ---- Queue of transfers. ----
  logic               commit, commit_ready;
  logic [IdWidth-1:0] commit_core;
  transfer_t          commit_transfer;
  logic [$clog2(TD_DMA_QUEUE):0] queued;
  logic [31:0]        next_id, done_id;
  logic               read_pending, read_take, write_pending, write_take;
  side_t              read_src, write_dst;
  size_t              read_size, write_size;
  pad_t               read_pad;
  logic [IdWidth-1:0] queue_core;
  logic [4:0]         read_slot, write_slot;  // which transfer each side is at

  td_dma_queue #(.Depth(TD_DMA_QUEUE), .CoreWidth(IdWidth)) i_queue (
    .clk_i            (clk),
    .rst_ni,
    .commit_i         (commit),
    .ready_o          (commit_ready),
    .commit_transfer_i(commit_transfer),
    .commit_core_i    (commit_core),
    .next_id_o        (next_id),
    .queued_o         (queued),
    .read_pending_o   (read_pending),
    .read_src_o       (read_src),
    .read_size_o      (read_size),
    .read_pad_o       (read_pad),
    .read_slot_o      (read_slot),
    .read_take_i      (read_take),
    .write_pending_o  (write_pending),
    .write_dst_o      (write_dst),
    .write_size_o     (write_size),
    .write_core_o     (queue_core),
    .write_slot_o     (write_slot),
    .write_take_i     (write_take)
  );

  // ---- Read side: one beat a cycle to the port of its address, as far as the buffer has room. ----
  logic       read_ready, read_valid, read_go, read_issue, read_l2, pad_issue;
  beat_t      read_beat;
  logic [31:0] pad_value;
  logic       reserve_ready;
  logic [4:0] reads_q[2];  // outstanding at each memory; data must come back in order, so only one has any
  logic       rsp_read[2];

  assign read_take = read_pending && read_ready;

  td_dma_agen #(.Padding(1)) i_read_agen (
    .clk_i(clk),
    .rst_ni,
    .load_i   (read_take && read_size.len != '0),
    .ready_o  (read_ready),
    .side_i   (read_src),
    .size_i   (read_size),
    .pad_i    (read_pad),
    .valid_o  (read_valid),
    .beat_o   (read_beat),
    .pad_value_o(pad_value),
    .advance_i(read_issue || pad_issue)
  );

  assign read_l2 = !in_tcdm(read_beat.addr);
  assign read_go = read_valid && reserve_ready && !read_beat.pad &&
                   (read_l2 ? reads_q[Tcdm] == '0 : reads_q[L2] == '0);

  // Padding goes straight into the stream, after the bytes that are still being read.
  assign pad_issue = read_valid && reserve_ready && read_beat.pad && reads_q[Tcdm] == '0 && reads_q[L2] == '0;

  // ---- Write side: one beat a cycle as soon as its bytes are there. ----
  logic               write_ready, write_valid, write_go, write_issue, write_l2, write_empty;
  logic [IdWidth-1:0] write_core_q;
  beat_t              write_beat;
  logic [31:0]        unused_pad_value;
  logic               stream_valid;
  logic [63:0]        stream_data;
  logic               order_full;

  assign write_empty = write_size.len == '0;
  assign write_take  = write_pending && write_ready && !(write_empty && (write_valid || order_full));

  td_dma_agen i_write_agen (
    .clk_i(clk),
    .rst_ni,
    .load_i   (write_take && !write_empty),
    .ready_o  (write_ready),
    .side_i   (write_dst),
    .size_i   (write_size),
    .pad_i    ('0),
    .valid_o  (write_valid),
    .beat_o   (write_beat),
    .pad_value_o(unused_pad_value),
    .advance_i(write_issue)
  );

  always_ff @(posedge clk) begin
    if (write_take) write_core_q <= queue_core;
  end

  assign write_l2 = !in_tcdm(write_beat.addr);
  assign write_go = write_valid && stream_valid && !(write_beat.last && order_full);

  // ---- Memory ports. Writes go first: they free the buffer that reads wait for. ----
  logic        port_valid_q[2], port_ready[2], port_open[2];
  tag_t        port_tag_q[2];
  logic [63:0] port_wdata_q[2];
  logic        rsp_valid[2], rsp_last[2], rsp_err;
  tag_t        rsp_tag[2];
  logic [63:0] rsp_data[2];
  logic [1:0]  port_write, port_read;

  assign port_write  = {write_go && write_l2, write_go && !write_l2};
  assign port_read   = {read_go && read_l2, read_go && !read_l2};
  assign write_issue = write_go && port_open[write_l2];
  assign read_issue  = read_go && port_open[read_l2] && !port_write[read_l2];

  for (genvar p = 0; p < 2; p++) begin : gen_port
    assign port_open[p] = !port_valid_q[p] || port_ready[p];

    always_ff @(posedge clk or negedge rst_ni) begin
      if (!rst_ni) begin
        port_valid_q[p] <= 1'b0;
        reads_q[p]      <= '0;
      end else begin
        if (port_open[p]) port_valid_q[p] <= port_write[p] || port_read[p];
        if ((read_issue && read_l2 == 1'(p)) != rsp_read[p]) begin
          reads_q[p] <= rsp_read[p] ? reads_q[p] - 1'b1 : reads_q[p] + 1'b1;
        end
      end
    end

    always_ff @(posedge clk) begin
      if (port_open[p] && port_write[p]) begin
        port_tag_q[p]   <= '{we: 1'b1, slot: write_slot, beat: write_beat};
        port_wdata_q[p] <= stream_data;
      end else if (port_open[p] && port_read[p]) begin
        port_tag_q[p] <= '{we: 1'b0, slot: read_slot, beat: read_beat};
      end
    end

    assign rsp_read[p] = rsp_valid[p] && !rsp_tag[p].we;
    assign rsp_last[p] = rsp_valid[p] && rsp_tag[p].we && rsp_tag[p].beat.last;
  end

  td_dma_tcdm_port i_tcdm_port (
    .clk_i(clk),
    .rst_ni,
    .valid_i    (port_valid_q[Tcdm]),
    .ready_o    (port_ready[Tcdm]),
    .tag_i      (port_tag_q[Tcdm]),
    .wdata_i    (port_wdata_q[Tcdm]),
    .rsp_valid_o(rsp_valid[Tcdm]),
    .rsp_tag_o  (rsp_tag[Tcdm]),
    .rsp_data_o (rsp_data[Tcdm]),
    .tcdm_req_o,
    .tcdm_gnt_i,
    .tcdm_addr_o,
    .tcdm_we_o,
    .tcdm_be_o,
    .tcdm_wdata_o,
    .tcdm_rvalid_i,
    .tcdm_rdata_i
  );

  td_dma_l2_port i_l2_port (
    .clk_i(clk),
    .rst_ni,
    .valid_i    (port_valid_q[L2]),
    .ready_o    (port_ready[L2]),
    .tag_i      (port_tag_q[L2]),
    .wdata_i    (port_wdata_q[L2]),
    .rsp_valid_o(rsp_valid[L2]),
    .rsp_tag_o  (rsp_tag[L2]),
    .rsp_data_o (rsp_data[L2]),
    .rsp_err_o  (rsp_err),
    .l2_req_o,
    .l2_gnt_i,
    .l2_addr_o,
    .l2_we_o,
    .l2_be_o,
    .l2_wdata_o,
    .l2_rvalid_i,
    .l2_rdata_i,
    .l2_err_i
  );

  // ---- Byte stream. At most one port answers reads at a time. ----
  logic rsp_from;
  assign rsp_from = rsp_read[L2];

  td_dma_buffer i_buffer (
    .clk_i(clk),
    .rst_ni,
    .reserve_i      (read_issue || pad_issue),
    .reserve_bytes_i(read_beat.bytes),
    .reserve_ready_o(reserve_ready),
    .push_i         (rsp_read[Tcdm] || rsp_read[L2] || pad_issue),
    .push_data_i    (pad_issue ? {2{pad_value}} : rsp_data[rsp_from]),
    .push_lane_i    (pad_issue ? 3'd0 : rsp_tag[rsp_from].beat.addr[2:0]),
    .push_bytes_i   (pad_issue ? read_beat.bytes : rsp_tag[rsp_from].beat.bytes),
    .pop_lane_i     (write_beat.addr[2:0]),
    .pop_bytes_i    (write_beat.bytes),
    .pop_valid_o    (stream_valid),
    .pop_data_o     (stream_data),
    .pop_i          (write_issue)
  );

  // ---- Completion. ----
  logic write_ends;  // the last write of a transfer is issued
  assign write_ends = write_issue && write_beat.last;

  td_dma_order #(.NumCores(NumCores), .CoreWidth(IdWidth)) i_order (
    .clk_i    (clk),
    .rst_ni,
    .push_i   (write_ends || (write_take && write_empty)),
    .empty_i  (!write_ends),
    .l2_i     (write_l2),
    .core_i   (write_issue ? write_core_q : queue_core),
    .full_o   (order_full),
    .ack_i    ({rsp_last[L2], rsp_last[Tcdm]}),
    .done_id_o(done_id),
    .evt_o
  );

  assign busy_o        = done_id + 1 != next_id;
  assign fault_valid_o = rsp_err;
  assign fault_addr_o  = rsp_tag[L2].beat.addr;
  assign fault_slot_o  = rsp_tag[L2].slot;

  td_dma_regs #(.NumCores(NumCores)) i_regs (
    .clk_i(clk),
    .rst_ni,
    .periph_req_i,
    .periph_gnt_o,
    .periph_a_i,
    .periph_rvalid_o,
    .periph_r_o,
    .commit_o         (commit),
    .commit_ready_i   (commit_ready),
    .commit_core_o    (commit_core),
    .commit_transfer_o(commit_transfer),
    .next_id_i        (next_id),
    .done_id_i        (done_id),
    .busy_i           (busy_o),
    .queued_i         (queued),
    .error_i          (rsp_err),
    .error_addr_i     (fault_addr_o),
    .moved_i          (write_issue),
    .moved_bytes_i    (write_beat.bytes)
  );

  `TD_ASSERT(a_one_source_at_a_time, $onehot0({rsp_read[Tcdm], rsp_read[L2], pad_issue}), clk)
  // One completion a cycle enters the order queue.
  `TD_ASSERT(a_transfer_with_last_write, !(write_ends && write_take && write_empty), clk)

  // No work without a clock: what arrives and what was granted is answered.
  `TD_ASSERT(a_clock_under_access, !clk_en |-> !l2_req_o && !l2_rvalid_i && tcdm_req_o == '0 && tcdm_rvalid_i == '0)
  `TD_ASSERT_ANSWERED(a_access_answered, periph_req_i, periph_gnt_o, periph_rvalid_o)

endmodule
