// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Address generator of one side of a DMA transfer: rows and planes cut into accesses within aligned 64-bit words, one a
// cycle. Going to the next row, plane or transfer costs no cycle: what follows the present beat is computed ahead of it.
module td_dma_agen
  import td_dma_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  // Next transfer, taken when load_i and ready_o.
  input  logic        load_i,
  output logic        ready_o,
  input  side_t       side_i,
  input  size_t       size_i,
  // Present beat.
  output logic        valid_o,
  output beat_t       beat_o,
  input  logic        advance_i
);

  logic        valid_q;
  logic [31:0] addr_q, left_q;            // next byte and bytes left in the row
  logic [31:0] row_q, plane_q;            // first byte of the row and of the plane
  logic [31:0] rows_left_q, planes_left_q;  // after the present ones
  logic [31:0] stride_q, stride2_q, len_q, rows_q;

  logic [3:0]  room;  // bytes up to the end of the 64-bit word
  logic [3:0]  bytes;
  logic        row_end, plane_end, last;
  logic [31:0] row_next, plane_next;

  assign room      = 4'd8 - {1'b0, addr_q[2:0]};
  assign row_end   = left_q <= 32'(room);
  assign bytes     = row_end ? left_q[3:0] : room;
  assign plane_end = row_end && rows_left_q == '0;
  assign last      = plane_end && planes_left_q == '0;

  assign row_next   = row_q + stride_q;
  assign plane_next = plane_q + stride2_q;

  assign valid_o = valid_q;
  assign beat_o  = '{addr: addr_q, bytes: bytes, last: last};
  assign ready_o = !valid_q || (advance_i && last);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
    end else begin
      if (load_i && ready_o) valid_q <= 1'b1;
      else if (advance_i && last) valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load_i && ready_o) begin
      addr_q        <= side_i.base;
      row_q         <= side_i.base;
      plane_q       <= side_i.base;
      stride_q      <= side_i.stride;
      stride2_q     <= side_i.stride2;
      left_q        <= size_i.len;
      len_q         <= size_i.len;
      rows_q        <= size_i.rows - 1;
      rows_left_q   <= size_i.rows - 1;
      planes_left_q <= size_i.planes - 1;
    end else if (advance_i) begin
      if (plane_end) begin
        addr_q        <= plane_next;
        row_q         <= plane_next;
        plane_q       <= plane_next;
        left_q        <= len_q;
        rows_left_q   <= rows_q;
        planes_left_q <= planes_left_q - 1;
      end else if (row_end) begin
        addr_q        <= row_next;
        row_q         <= row_next;
        left_q        <= len_q;
        rows_left_q   <= rows_left_q - 1;
      end else begin
        addr_q        <= addr_q + 32'(room);
        left_q        <= left_q - 32'(room);
      end
    end
  end

  assert property (@(posedge clk_i) disable iff (!rst_ni) advance_i |-> valid_o);
  assert property (@(posedge clk_i) disable iff (!rst_ni) load_i |-> size_i.len != '0 && size_i.rows != '0 && size_i.planes != '0);

endmodule
