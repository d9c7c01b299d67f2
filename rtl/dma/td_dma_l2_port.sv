// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The DMA's 64-bit accesses on the L2 bus, pipelined; remembers what each response belongs to.

`include "td_assert.svh"

module td_dma_l2_port
  import td_dma_pkg::*;
#(
  localparam int unsigned Outstanding = 16
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // Access, held until ready_o.
  input  logic        valid_i,
  output logic        ready_o,
  input  tag_t        tag_i,
  input  logic [63:0] wdata_i,
  // Responses, reads and writes, in order.
  output logic        rsp_valid_o,
  output tag_t        rsp_tag_o,
  output logic [63:0] rsp_data_o,
  output logic        rsp_err_o,
  // L2.
  output logic        l2_req_o,
  input  logic        l2_gnt_i,
  output logic [31:0] l2_addr_o,
  output logic        l2_we_o,
  output logic [7:0]  l2_be_o,
  output logic [63:0] l2_wdata_o,
  input  logic        l2_rvalid_i,
  input  logic [63:0] l2_rdata_i,
  input  logic        l2_err_i
);

  logic full, empty;

  assign l2_req_o    = valid_i && !full;
  assign l2_addr_o   = {tag_i.beat.addr[31:3], 3'b000};
  assign l2_we_o     = tag_i.we;
  assign l2_be_o     = byte_enables(tag_i.beat.addr[2:0], tag_i.beat.bytes);
  assign l2_wdata_o  = wdata_i;
  assign ready_o     = l2_gnt_i && !full;

  assign rsp_valid_o = l2_rvalid_i;
  assign rsp_data_o  = l2_rdata_i;
  assign rsp_err_o   = l2_rvalid_i && l2_err_i;

  td_fifo #(.Width($bits(tag_t)), .Depth(Outstanding)) i_tags (
    .clk_i,
    .rst_ni,
    .push_i (l2_req_o && l2_gnt_i),
    .data_i (tag_i),
    .pop_i  (l2_rvalid_i),
    .data_o (rsp_tag_o),
    .empty_o(empty),
    .full_o (full)
  );

  `TD_ASSERT(a_response_expected, l2_rvalid_i |-> !empty)
  `TD_ASSERT_HELD(a_request_held, l2_req_o, l2_gnt_i, {l2_addr_o, l2_we_o, l2_be_o})

endmodule
