// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Completion in order: a transfer is complete when its last write is answered, and all before it are complete.
//
// The two memories answer independently. A last write that is answered before an older transfer's is counted for its
// memory, and waits there until it is that transfer's turn.

`include "td_assert.svh"

module td_dma_order #(
  parameter int unsigned NumCores  = 8,
  parameter int unsigned CoreWidth = 3
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // A transfer ends: its last write is issued, or it has no bytes.
  input  logic                 push_i,
  input  logic                 empty_i,  // it has no bytes
  input  logic                 l2_i,     // its last write goes to L2
  input  logic [CoreWidth-1:0] core_i,   // who committed it
  output logic                 full_o,
  // A last write is answered, by TCDM (0) or L2 (1).
  input  logic [1:0]           ack_i,
  // Complete transfers: the newest one's number, and a pulse for its core.
  output logic [31:0]          done_id_o,
  output logic [NumCores-1:0]  evt_o
);

  typedef struct packed {
    logic                 empty;
    logic                 l2;
    logic [CoreWidth-1:0] core;
  } order_t;

  order_t     order_head;
  logic       order_empty, complete;
  logic [4:0] acks_q[2];  // last writes answered that still wait for an older transfer

  assign complete = !order_empty && (order_head.empty || acks_q[order_head.l2] != '0);

  td_fifo #(.Width($bits(order_t)), .Depth(16)) i_order (
    .clk_i,
    .rst_ni,
    .push_i,
    .data_i ({empty_i, l2_i, core_i}),
    .pop_i  (complete),
    .data_o (order_head),
    .empty_o(order_empty),
    .full_o
  );

  for (genvar p = 0; p < 2; p++) begin : gen_ack
    logic used;
    assign used = complete && !order_head.empty && order_head.l2 == 1'(p);
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) acks_q[p] <= '0;
      else if (ack_i[p] != used) acks_q[p] <= used ? acks_q[p] - 1'b1 : acks_q[p] + 1'b1;
    end
    `TD_ASSERT(a_ack_is_counted, used |-> acks_q[p] != '0)
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      done_id_o <= '0;
      evt_o     <= '0;
    end else begin
      if (complete) done_id_o <= done_id_o + 1;
      if (complete || evt_o != '0) evt_o <= complete ? NumCores'(1) << order_head.core : '0;
    end
  end

endmodule
