// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Round-robin choice: one-hot pick among requests, first those after the last winner.
//
// after_q marks the requesters above the last winner; x & -x isolates the lowest set bit. A pick that its owner does
// not take (take_i) is held, so that what is offered downstream stays stable.

`include "td_assert.svh"

module td_rr_pick #(
  parameter int unsigned Num = 8
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic [Num-1:0] req_i,
  input  logic           take_i,
  output logic [Num-1:0] pick_o  // one-hot, or zero without requests
);

  logic [Num-1:0] after_q, held_q, high;

  assign high   = req_i & after_q;
  assign pick_o = (held_q != '0) ? held_q : (high != '0) ? (high & -high) : (req_i & -req_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      after_q <= '0;
      held_q  <= '0;
    end else if (take_i) begin
      after_q <= ~(pick_o | (pick_o - Num'(1)));
      held_q  <= '0;
    end else begin
      held_q <= pick_o;
    end
  end

  `TD_ASSERT(a_take_one_requester, take_i |-> $onehot(pick_o) && (pick_o & ~req_i) == '0)

endmodule
