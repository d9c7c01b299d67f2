// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// One bank of the shared instruction cache: two ways, lines of 64 bytes, delivers 16 bytes a cycle.
//
// One L0 is served at a time, round robin, and with it all others that wait for the same 16 bytes (eight cores in one
// loop). A miss fills the whole line, starting at the 16 bytes that were missed; each part can be used as soon as it is
// there, and hits on other lines are served during the fill.

`include "td_assert.svh"

module td_icache_bank #(
  parameter  int unsigned NumCores  = 8,
  parameter  int unsigned Sets      = 32,
  parameter  int unsigned NumBanks  = 2,
  localparam int unsigned IndexLow  = 6 + $clog2(NumBanks),
  localparam int unsigned IndexWidth = $clog2(Sets),
  localparam int unsigned TagLow    = IndexLow + IndexWidth
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      enable_i,  // 0: no line is used twice
  input  logic                      flush_i,
  // L0s whose line is in this bank.
  input  logic [NumCores-1:0]       req_i,
  input  logic [31:4]               addr_i[NumCores],
  output logic [NumCores-1:0]       valid_o,   // one cycle: the line is on data_o
  output logic [127:0]              data_o,
  output logic                      err_o,
  // L2 reads; responses come in order.
  output logic                      l2_req_o,
  input  logic                      l2_gnt_i,
  output logic [31:0]               l2_addr_o,
  input  logic                      l2_rvalid_i,
  input  logic [63:0]               l2_rdata_i,
  input  logic                      l2_err_i,
  // One cycle: a lookup that hits; a line fill begins.
  output logic                      access_o,
  output logic                      miss_o
);

  localparam int unsigned CoreWidth = (NumCores > 1) ? $clog2(NumCores) : 1;

  // ---- Choice of the next line to deliver. ----
  logic [NumCores-1:0]  waiting, granted, served_q;
  logic [CoreWidth-1:0] first_q, chosen;  // where the round begins
  logic [31:4]          line;

  assign waiting = req_i & ~served_q;  // a request stays up in the cycle of its answer
  always_comb begin
    chosen = first_q;
    if (waiting != '0) for (int unsigned i = NumCores; i > 0; i--) begin
      automatic logic [CoreWidth-1:0] core = first_q + CoreWidth'(i - 1);
      if (waiting[core]) chosen = core;
    end
  end
  assign line = addr_i[chosen];

  // ---- Clock: stands still while nobody waits for a line and none is being filled. ----
  logic clk, clk_en, fill_q;
  assign clk_en = req_i != '0 || served_q != '0 || fill_q || flush_i;

  cv32e40p_clock_gate i_clock_gate (
    .clk_i,
    .en_i        (clk_en),
    .scan_cg_en_i(1'b0),
    .clk_o       (clk)
  );

  // ---- Tags. ----
  logic [31:TagLow]      tag_q[2][Sets];
  logic [Sets-1:0]       valid_q[2];
  logic [Sets-1:0]       recent_q;  // way used last

  logic [Sets-1:0]       err_q[2];   // L2 answered the line with an error

  logic                  fill_way_q;
  logic [31:6]           fill_line_q;
  logic [3:0]            fill_have_q;  // 16-byte parts present
  logic [3:0]            fill_sent_q;  // 64-bit reads granted
  logic [2:0]            fill_got_q;   // 64-bit reads answered
  logic [1:0]            fill_first_q;

  logic [2:0]   got_part;  // 64-bit position in the line of the next answer
  logic [63:0]  low_q;      // the lower half waits for the upper one
  logic         array_we;
  logic [127:0] array_rdata;

  assign got_part = {fill_first_q, 1'b0} + fill_got_q;
  assign array_we = l2_rvalid_i && got_part[0];

  always_ff @(posedge clk) begin
    if (l2_rvalid_i && !got_part[0]) low_q <= l2_rdata_i;
  end

  logic [IndexWidth-1:0] index;
  logic [1:0]            match;
  logic                  way, filling, lookup, hit, victim;

  assign index   = line[IndexLow+:IndexWidth];
  assign match   = {valid_q[1][index] && tag_q[1][index] == line[31:TagLow],
                    valid_q[0][index] && tag_q[0][index] == line[31:TagLow]};
  assign way     = match[1];
  assign filling = fill_q && fill_line_q == line[31:6];
  assign lookup  = waiting != '0 && !array_we;
  assign hit     = lookup && match != '0 && (!filling || fill_have_q[line[5:4]]);
  assign victim  = !valid_q[0][index] ? 1'b0 : !valid_q[1][index] ? 1'b1 : !recent_q[index];

  assign access_o = hit;
  assign miss_o   = lookup && match == '0 && !fill_q;

  for (genvar c = 0; c < int'(NumCores); c++) begin : gen_granted
    assign granted[c] = hit && waiting[c] && addr_i[c] == line;
  end

  // ---- Data array: 16 bytes a cycle, written when both halves are there. ----
  td_sram #(.NumWords(2 * Sets * 4), .DataWidth(128)) i_data (
    .clk_i  (clk),
    .req_i  (array_we || hit),
    .we_i   (array_we),
    .addr_i (array_we ? {fill_way_q, fill_line_q[IndexLow+:IndexWidth], got_part[2:1]} : {way, index, line[5:4]}),
    .wdata_i({l2_rdata_i, low_q}),
    .be_i   (16'hFFFF),
    .rdata_o(array_rdata)
  );

  logic served_err_q;
  assign valid_o = served_q;
  assign data_o  = array_rdata;
  assign err_o   = served_err_q;

  // ---- Line fill. ----
  logic [2:0] sent_part;
  assign sent_part = {fill_first_q, 1'b0} + fill_sent_q[2:0];
  assign l2_req_o  = fill_q && !fill_sent_q[3];
  assign l2_addr_o = {fill_line_q, sent_part, 3'b000};

  always_ff @(posedge clk or negedge rst_ni) begin
    if (!rst_ni) begin
      served_q     <= '0;
      served_err_q <= 1'b0;
      first_q      <= '0;
      valid_q[0]   <= '0;
      valid_q[1]   <= '0;
      recent_q     <= '0;
      fill_q       <= 1'b0;
      fill_way_q   <= 1'b0;
      err_q[0]     <= '0;
      err_q[1]     <= '0;
      fill_line_q  <= '0;
      fill_have_q  <= '0;
      fill_sent_q  <= '0;
      fill_got_q   <= '0;
      fill_first_q <= '0;
    end else begin
      if (hit || served_q != '0) served_q <= granted;
      if (hit) begin
        served_err_q    <= err_q[way][index];
        recent_q[index] <= way;
      end
      if (lookup) first_q <= chosen + 1'b1;
      if (miss_o) begin
        fill_q                 <= 1'b1;
        fill_way_q             <= victim;
        err_q[victim][index]   <= 1'b0;
        fill_line_q            <= line[31:6];
        fill_first_q           <= line[5:4];
        fill_have_q            <= '0;
        fill_sent_q            <= '0;
        fill_got_q             <= '0;
        valid_q[victim][index] <= 1'b1;
      end
      if (l2_req_o && l2_gnt_i) fill_sent_q <= fill_sent_q + 1'b1;
      if (l2_rvalid_i) begin
        fill_got_q <= fill_got_q + 1'b1;
        if (got_part[0]) fill_have_q[got_part[2:1]] <= 1'b1;
        if (l2_err_i) err_q[fill_way_q][fill_line_q[IndexLow+:IndexWidth]] <= 1'b1;
        if (fill_got_q == 3'd7) fill_q <= 1'b0;
      end
      if (hit && !enable_i) valid_q[way][index] <= 1'b0;
      if (flush_i) begin
        valid_q[0] <= '0;
        valid_q[1] <= '0;
      end
    end
  end

  always_ff @(posedge clk) begin
    if (miss_o) tag_q[victim][index] <= line[31:TagLow];
  end

  `TD_ASSERT(a_response_expected, l2_rvalid_i |-> fill_q, clk)
  `TD_ASSERT(a_one_way_hits, match != 2'b11, clk)
  `TD_ASSERT(a_serves_waiting_cores, (served_q & ~req_i) == '0, clk)
  `TD_ASSERT_HELD(a_request_held, l2_req_o, l2_gnt_i, l2_addr_o, clk)

  `TD_ASSERT(a_clock_under_fill, l2_rvalid_i |-> clk_en)

endmodule
