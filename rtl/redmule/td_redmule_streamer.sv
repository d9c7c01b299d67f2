// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Streamer: one beat a cycle on the wide port, for the four streams in order of urgency.
//
// A chosen beat goes to the request register and stays there until it is granted. Reads are remembered in order, so
// that responses, whatever their latency, find their buffer; no more reads are under way than can be remembered.
// After clear_i no new beat is chosen; once the last one is granted and answered, idle_o says so.

`include "td_assert.svh"

module td_redmule_streamer
  import td_redmule_pkg::*;
#(
  parameter int unsigned  Words          = 16,  // elements of a beat
  parameter int unsigned  ElemWidth      = 32,
  parameter int unsigned  MaxOutstanding = 16,
  localparam int unsigned PayloadWidth   = Words * ElemWidth,
  localparam int unsigned DataWidth      = PayloadWidth + 32
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,

  input  logic                             stop_i,  // choose no more beats
  output logic                             idle_o,  // nothing waits for a grant or a response
  output logic                             store_waits_o,

  // The streams' beats, indexed by stream_e.
  input  logic [3:0]                       valid_i,
  input  logic                             z_first_i,   // the reads serve the next job
  input  logic                             x_urgent_i,
  input  logic                             w_urgent_i,
  input  logic                             w_low_i,
  input  logic                             y_urgent_i,
  input  logic [3:0][31:0]                 addr_i,
  input  logic [3:0][BlockWidth-1:0]       words_i,
  input  tag_t [3:0]                       tag_i,  // without stream and offset
  input  logic [Words-1:0][ElemWidth-1:0]  z_data_i,
  output logic [3:0]                       take_o,

  // Responses.
  output logic                             response_o,
  output tag_t                             response_tag_o,
  output logic [Words-1:0][ElemWidth-1:0]  response_data_o,

  output logic                             tcdm_req_o,
  input  logic                             tcdm_gnt_i,
  output logic [31:0]                      tcdm_addr_o,
  output logic                             tcdm_we_o,
  output logic [DataWidth/8-1:0]           tcdm_be_o,
  output logic [DataWidth-1:0]             tcdm_wdata_o,
  input  logic                             tcdm_rvalid_i,
  input  logic [DataWidth-1:0]             tcdm_rdata_i
);

  localparam int unsigned PointerWidth = $clog2(MaxOutstanding);
  localparam int unsigned ElemBytes    = ElemWidth / 8;

  // Choice: W when the array is about to wait for it, then what the next tile needs, then results, then W ahead.
  logic    slot_free, read_room, chosen;
  stream_e choice;
  logic [3:0] may;
  assign slot_free = !tcdm_req_o || tcdm_gnt_i;
  assign may       = valid_i & {1'b1, {3{read_room}}};
  always_comb begin
    chosen = !stop_i && slot_free && |may;
    if (may[StreamZ] && z_first_i)       choice = StreamZ;
    else if (may[StreamW] && w_urgent_i) choice = StreamW;
    else if (may[StreamX] && x_urgent_i) choice = StreamX;
    else if (may[StreamY] && y_urgent_i) choice = StreamY;
    else if (may[StreamW] && w_low_i)    choice = StreamW;
    else if (may[StreamX])               choice = StreamX;
    else if (may[StreamY])               choice = StreamY;
    else if (may[StreamZ])               choice = StreamZ;
    else                                 choice = StreamW;
    take_o = '0;
    take_o[choice] = chosen;
  end

  // The beat: whole words from the aligned address on, and which of their bytes are meant.
  logic [31:0]                addr;
  logic [DataWidth-1:0]       wdata;
  logic [DataWidth/8-1:0]     be;
  logic [PayloadWidth/8-1:0]  payload_be;
  logic                       offset;
  assign addr = addr_i[choice];
  for (genvar w = 0; w < int'(Words); w++) begin : gen_be
    assign payload_be[w*ElemBytes+:ElemBytes] = {ElemBytes{BlockWidth'(w) < words_i[choice]}};
  end
  if (ElemWidth < 32) begin : gen_offset
    assign offset          = addr[1];
    assign be              = offset ? {2'b0, payload_be, 2'b0} : {4'b0, payload_be};
    assign wdata           = offset ? {16'b0, z_data_i, 16'b0} : {32'b0, z_data_i};
    assign response_data_o = response_tag_o.offset ? tcdm_rdata_i[16+:PayloadWidth] : tcdm_rdata_i[0+:PayloadWidth];
    logic unused_top_half;
    assign unused_top_half = ^tcdm_rdata_i[DataWidth-1-:16];
  end else begin : gen_aligned
    assign offset          = 1'b0;
    assign be              = {4'b0, payload_be};
    assign wdata           = {32'b0, z_data_i};
    assign response_data_o = tcdm_rdata_i[0+:PayloadWidth];
    logic unused_top_word;
    assign unused_top_word = ^{tcdm_rdata_i[PayloadWidth+:32], response_tag_o.offset, addr[1]};
  end
  logic unused_byte;
  assign unused_byte = addr[0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tcdm_req_o   <= 1'b0;
      tcdm_addr_o  <= '0;
      tcdm_we_o    <= 1'b0;
      tcdm_be_o    <= '0;
      tcdm_wdata_o <= '0;
    end else if (slot_free) begin
      tcdm_req_o <= chosen;
      if (chosen) begin
        tcdm_addr_o <= {addr[31:2], 2'b0};
        tcdm_we_o   <= choice == StreamZ;
        tcdm_be_o   <= be;
        if (choice == StreamZ) tcdm_wdata_o <= wdata;
      end
    end
  end

  // What the reads under way are for.
  tag_t                    tags_q[MaxOutstanding];
  logic [PointerWidth-1:0] head_q, tail_q;
  logic [PointerWidth:0]   count_q;
  logic                    push;
  tag_t                    tag;
  assign push      = chosen && choice != StreamZ;
  assign read_room = count_q != (PointerWidth + 1)'(MaxOutstanding);
  always_comb begin
    tag        = tag_i[choice];
    tag.stream = choice;
    tag.offset = offset;
  end

  function automatic logic [PointerWidth-1:0] successor(logic [PointerWidth-1:0] pointer);
    return (pointer == PointerWidth'(MaxOutstanding - 1)) ? '0 : pointer + PointerWidth'(1);
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q  <= '0;
      tail_q  <= '0;
      count_q <= '0;
    end else begin
      if (push) tail_q <= successor(tail_q);
      if (tcdm_rvalid_i) head_q <= successor(head_q);
      count_q <= count_q + (PointerWidth + 1)'(push) - (PointerWidth + 1)'(tcdm_rvalid_i);
    end
  end
  always_ff @(posedge clk_i) if (push) tags_q[tail_q] <= tag;

  assign response_o     = tcdm_rvalid_i;
  assign response_tag_o = tags_q[head_q];
  assign idle_o         = !tcdm_req_o && count_q == '0;
  assign store_waits_o  = tcdm_req_o && tcdm_we_o;

  `TD_ASSERT_HELD(a_request_held, tcdm_req_o, tcdm_gnt_i, {tcdm_addr_o, tcdm_we_o, tcdm_be_o, tcdm_wdata_o})
  `TD_ASSERT(a_response_expected, tcdm_rvalid_i |-> count_q != '0)
  `TD_ASSERT(a_beat_is_meant, tcdm_req_o |-> |tcdm_be_o)

endmodule
