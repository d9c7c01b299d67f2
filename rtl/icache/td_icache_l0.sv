// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Private first-level instruction cache of one core: direct mapped, lines of 16 bytes in flip-flops. A hit is granted at
// once and answered in the next cycle, so fetches that hit run back to back. On the first fetch from a line the following
// line is checked in the next cycle, and fetched ahead if it is absent.

`include "td_assert.svh"

module td_icache_l0 #(
  parameter int unsigned Lines = 32  // a power of two
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         enable_i,    // 0: no line is used twice
  input  logic         prefetch_i,
  input  logic         flush_i,
  // Core.
  input  logic         instr_req_i,
  output logic         instr_gnt_o,
  input  logic [31:0]  instr_addr_i,
  output logic         instr_rvalid_o,
  output logic [31:0]  instr_rdata_o,
  // Line from the shared cache: requested until answered.
  output logic         line_req_o,
  output logic [31:4]  line_addr_o,
  input  logic         line_valid_i,
  input  logic [127:0] line_data_i,
  input  logic         line_err_i,
  // One cycle: a line is requested; an instruction was fetched from where there is none.
  output logic         miss_o,
  output logic         fault_o
);

  localparam int unsigned IndexWidth = $clog2(Lines);
  localparam int unsigned TagLow     = 4 + IndexWidth;

  logic [Lines-1:0]   valid_q;
  logic [31:TagLow]   tag_q[Lines];
  logic [31:0]        data_q[Lines*4];

  logic               pending_q, demand_q, drop_q;  // a line is requested; for the core; to be thrown away
  logic [31:4]        pending_line_q;
  logic               check_q;
  logic [31:4]        check_line_q, last_line_q;

  logic [IndexWidth-1:0] index, check_index, fill_index;
  logic                  hit, demand_miss, prefetch_miss, fill;

  assign index       = instr_addr_i[TagLow-1:4];
  assign check_index = check_line_q[TagLow-1:4];
  assign fill_index  = pending_line_q[TagLow-1:4];

  // ---- Clock: stands still while the core does not fetch and no line is on its way. ----
  logic clk, clk_en;
  assign clk_en = instr_req_i || instr_rvalid_o || pending_q || check_q || flush_i;

  cv32e40p_clock_gate i_clock_gate (
    .clk_i,
    .en_i        (clk_en),
    .scan_cg_en_i(1'b0),
    .clk_o       (clk)
  );

  assign hit           = instr_req_i && valid_q[index] && tag_q[index] == instr_addr_i[31:TagLow];
  assign demand_miss   = instr_req_i && !hit && !pending_q;
  assign prefetch_miss = check_q && !pending_q && !demand_miss &&
                         !(valid_q[check_index] && tag_q[check_index] == check_line_q[31:TagLow]);
  // An absent line that the core asked for becomes a line of zeros, an illegal instruction.
  assign fill          = line_valid_i && !drop_q && !flush_i && (demand_q || !line_err_i);

  assign instr_gnt_o = hit;
  assign line_req_o  = pending_q;
  assign line_addr_o = pending_line_q;
  assign miss_o      = demand_miss || prefetch_miss;
  assign fault_o     = line_valid_i && line_err_i && demand_q;

  always_ff @(posedge clk or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q        <= '0;
      pending_q      <= 1'b0;
      demand_q       <= 1'b0;
      drop_q         <= 1'b0;
      check_q        <= 1'b0;
      instr_rvalid_o <= 1'b0;
    end else begin
      instr_rvalid_o <= hit;
      check_q        <= hit && prefetch_i && instr_addr_i[31:4] != last_line_q;
      if (miss_o) begin
        pending_q <= 1'b1;
        demand_q  <= demand_miss;
        drop_q    <= flush_i;
      end else if (line_valid_i) begin
        pending_q <= 1'b0;
      end else if (pending_q && flush_i) begin
        drop_q <= 1'b1;
      end
      if (fill) valid_q[fill_index] <= 1'b1;
      if (hit && !enable_i) valid_q[index] <= 1'b0;
      if (flush_i) valid_q <= '0;
    end
  end

  always_ff @(posedge clk) begin
    if (hit) begin
      instr_rdata_o <= data_q[{index, instr_addr_i[3:2]}];
      last_line_q   <= instr_addr_i[31:4];
      check_line_q  <= instr_addr_i[31:4] + 1'b1;
    end
    if (miss_o) pending_line_q <= demand_miss ? instr_addr_i[31:4] : check_line_q;
    if (fill) begin
      tag_q[fill_index] <= pending_line_q[31:TagLow];
      for (int unsigned w = 0; w < 4; w++) data_q[{fill_index, 2'(w)}] <= line_err_i ? '0 : line_data_i[32*w+:32];
    end
  end

  logic unused_addr;
  assign unused_addr = ^instr_addr_i[1:0];

  `TD_ASSERT(a_line_expected, line_valid_i |-> pending_q, clk)
  `TD_ASSERT_HELD(a_fetch_held, instr_req_i, instr_gnt_o, instr_addr_i, clk)

  `TD_ASSERT(a_clock_under_line, line_valid_i |-> clk_en)
  `TD_ASSERT_ANSWERED(a_fetch_answered, instr_req_i, instr_gnt_o, instr_rvalid_o)

endmodule
