// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The byte stream between the DMA's read and write side, and with it the realigner: up to eight bytes enter from any lane
// of a 64-bit word and up to eight leave into any lane, in every cycle. A circular buffer of 64-bit words with byte
// pointers; two funnel shifters are all the alignment logic there is.

`include "td_assert.svh"

module td_dma_buffer #(
  parameter  int unsigned Words      = 16,
  localparam int unsigned PtrWidth   = $clog2(Words) + 3,
  // A push writes whole words without regard to the bytes after its last one, so two words are never filled.
  localparam int unsigned Capacity   = 8 * (Words - 2)
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // Room for bytes that are still to be read is taken when the read is issued.
  input  logic        reserve_i,
  input  logic [3:0]  reserve_bytes_i,
  output logic        reserve_ready_o,
  // Bytes from memory.
  input  logic        push_i,
  input  logic [63:0] push_data_i,
  input  logic [2:0]  push_lane_i,
  input  logic [3:0]  push_bytes_i,
  // Bytes to memory.
  input  logic [2:0]  pop_lane_i,
  input  logic [3:0]  pop_bytes_i,
  output logic        pop_valid_o,
  output logic [63:0] pop_data_o,
  input  logic        pop_i
);

  localparam int unsigned WordWidth = PtrWidth - 3;

  logic [63:0]         mem_q[Words];
  logic [PtrWidth-1:0] wptr_q, rptr_q;
  logic [PtrWidth-1:0] fill_q, reserved_q;  // bytes present; bytes present or expected

  logic [WordWidth-1:0] wword, rword;
  logic [5:0]           wshift, rshift;
  logic [63:0]          stream;
  logic                 spill;

  assign wword  = wptr_q[PtrWidth-1:3];
  assign wshift = {wptr_q[2:0], 3'b000};
  assign stream = push_data_i >> {push_lane_i, 3'b000};
  assign spill  = {1'b0, wptr_q[2:0]} + push_bytes_i > 4'd8;

  assign rword  = rptr_q[PtrWidth-1:3];
  assign rshift = {rptr_q[2:0], 3'b000};

  // A shift by 64 - n is a shift by 63 - n and one more, so that n = 0 gives zero.
  assign pop_data_o = ((mem_q[rword] >> rshift) | ((mem_q[rword + 1'b1] << (6'd63 - rshift)) << 1))
                      << {pop_lane_i, 3'b000};
  assign pop_valid_o     = fill_q >= PtrWidth'(pop_bytes_i);
  assign reserve_ready_o = reserved_q <= PtrWidth'(Capacity) - PtrWidth'(reserve_bytes_i);

  always_ff @(posedge clk_i) begin
    if (push_i) begin
      mem_q[wword] <= (mem_q[wword] & ~(64'hFFFF_FFFF_FFFF_FFFF << wshift)) | (stream << wshift);
      if (spill) mem_q[wword + 1'b1] <= (stream >> (6'd63 - wshift)) >> 1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wptr_q     <= '0;
      rptr_q     <= '0;
      fill_q     <= '0;
      reserved_q <= '0;
    end else begin
      if (push_i) wptr_q <= wptr_q + PtrWidth'(push_bytes_i);
      if (pop_i) rptr_q <= rptr_q + PtrWidth'(pop_bytes_i);
      if (push_i || pop_i) begin
        fill_q <= fill_q + (push_i ? PtrWidth'(push_bytes_i) : '0) - (pop_i ? PtrWidth'(pop_bytes_i) : '0);
      end
      if (reserve_i || pop_i) begin
        reserved_q <= reserved_q + (reserve_i ? PtrWidth'(reserve_bytes_i) : '0)
                      - (pop_i ? PtrWidth'(pop_bytes_i) : '0);
      end
    end
  end

  `TD_ASSERT(a_pop_has_bytes, pop_i |-> pop_valid_o)
  `TD_ASSERT(a_reserve_has_room, reserve_i |-> reserve_ready_o)
  `TD_ASSERT(a_filled_is_reserved, fill_q <= reserved_q)

endmodule
