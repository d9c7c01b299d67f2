// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// First-in first-out queue; data pushed in one cycle can be popped in the next.

`include "td_assert.svh"

module td_fifo #(
  parameter  int unsigned Width      = 32,
  parameter  int unsigned Depth      = 4,  // a power of two
  localparam int unsigned CountWidth = $clog2(Depth) + 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  push_i,
  input  logic [Width-1:0]      data_i,
  input  logic                  pop_i,
  output logic [Width-1:0]      data_o,  // the oldest entry, if there is one
  output logic                  empty_o,
  output logic                  full_o
);

  localparam int unsigned PtrWidth = $clog2(Depth);

  logic [Width-1:0]      mem_q[Depth];
  logic [CountWidth-1:0] wptr_q, rptr_q;  // one bit more than the index: tells full from empty

  assign empty_o = wptr_q == rptr_q;
  assign full_o  = wptr_q == (rptr_q ^ CountWidth'(Depth));
  assign data_o  = mem_q[rptr_q[PtrWidth-1:0]];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wptr_q <= '0;
      rptr_q <= '0;
    end else begin
      if (push_i) wptr_q <= wptr_q + 1'b1;
      if (pop_i) rptr_q <= rptr_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (push_i) mem_q[wptr_q[PtrWidth-1:0]] <= data_i;
  end

  // A push into a full queue is allowed only together with a pop.
  `TD_ASSERT(a_push_has_room, push_i |-> !full_o || pop_i)
  `TD_ASSERT(a_pop_has_data, pop_i |-> !empty_o)

endmodule
