// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// A 64-bit access as two 32-bit TCDM accesses, which may be granted and answered in different cycles; the next access
// starts when both are granted. Words without an enabled byte are not accessed.

`include "td_assert.svh"

module td_dma_tcdm_port
  import td_dma_pkg::*;
#(
  localparam int unsigned Outstanding = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  // Access, held until ready_o.
  input  logic             valid_i,
  output logic             ready_o,
  input  tag_t             tag_i,
  input  logic [63:0]      wdata_i,
  // Responses, reads and writes, in order.
  output logic             rsp_valid_o,
  output tag_t             rsp_tag_o,
  output logic [63:0]      rsp_data_o,
  // TCDM.
  output logic [1:0]       tcdm_req_o,
  input  logic [1:0]       tcdm_gnt_i,
  output logic [1:0][31:0] tcdm_addr_o,
  output logic [1:0]       tcdm_we_o,
  output logic [1:0][3:0]  tcdm_be_o,
  output logic [1:0][31:0] tcdm_wdata_o,
  input  logic [1:0]       tcdm_rvalid_i,
  input  logic [1:0][31:0] tcdm_rdata_i
);

  logic [7:0] be;
  logic [1:0] need, done_d, done_q;
  logic       tags_full, tags_empty, accept;

  assign be   = byte_enables(tag_i.beat.addr[2:0], tag_i.beat.bytes);
  assign need = {|be[7:4], |be[3:0]};

  assign tcdm_req_o = {2{valid_i && !tags_full}} & need & ~done_q;
  assign ready_o    = !tags_full && (need & ~done_q & ~tcdm_gnt_i) == '0;
  assign accept     = valid_i && ready_o;
  assign done_d     = accept ? '0 : done_q | (tcdm_req_o & tcdm_gnt_i);

  for (genvar p = 0; p < 2; p++) begin : gen_port
    assign tcdm_addr_o[p]  = {tag_i.beat.addr[31:3], 1'(p), 2'b00};
    assign tcdm_we_o[p]    = tag_i.we;
    assign tcdm_be_o[p]    = be[4*p+:4];
    assign tcdm_wdata_o[p] = wdata_i[32*p+:32];
  end

  td_fifo #(.Width($bits(tag_t)), .Depth(Outstanding)) i_tags (
    .clk_i,
    .rst_ni,
    .push_i (accept),
    .data_i (tag_i),
    .pop_i  (rsp_valid_o),
    .data_o (rsp_tag_o),
    .empty_o(tags_empty),
    .full_o (tags_full)
  );

  // Early responses of one word wait for those of the other.
  logic [1:0]       held_empty, rsp_need;
  logic [1:0][31:0] held_data;
  logic [7:0]       rsp_be;

  assign rsp_be      = byte_enables(rsp_tag_o.beat.addr[2:0], rsp_tag_o.beat.bytes);
  assign rsp_need    = {|rsp_be[7:4], |rsp_be[3:0]};
  assign rsp_valid_o = !tags_empty && (rsp_need & held_empty & ~tcdm_rvalid_i) == '0;

  for (genvar p = 0; p < 2; p++) begin : gen_held
    logic take, bypass, held_full;
    assign take   = rsp_valid_o && rsp_need[p];
    assign bypass = take && held_empty[p];
    assign rsp_data_o[32*p+:32] = held_empty[p] ? tcdm_rdata_i[p] : held_data[p];
    td_fifo #(.Width(32), .Depth(Outstanding)) i_held (
      .clk_i,
      .rst_ni,
      .push_i (tcdm_rvalid_i[p] && !bypass),
      .data_i (tcdm_rdata_i[p]),
      .pop_i  (take && !bypass),
      .data_o (held_data[p]),
      .empty_o(held_empty[p]),
      .full_o (held_full)
    );
    // Not more words are on their way than tags.
    `TD_ASSERT(a_word_has_room, !(held_full && tcdm_rvalid_i[p] && !take))
    // A request is held until granted.
    `TD_ASSERT_HELD(a_request_held, tcdm_req_o[p], tcdm_gnt_i[p], {tcdm_addr_o[p], tcdm_we_o[p]})
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) done_q <= '0;
    else done_q <= done_d;
  end

endmodule
