// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Address generator of one side of a DMA transfer: rows and planes cut into accesses within aligned 64-bit words, one a
// cycle. Going to the next row, plane or transfer costs no cycle: what follows the present beat is computed ahead of it.
//
// With Padding, bytes outside the image that the rows lie in come as beats of up to eight bytes without an access.

`include "td_assert.svh"

module td_dma_agen
  import td_dma_pkg::*;
#(
  parameter bit Padding = 0
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // Next transfer, taken when load_i and ready_o.
  input  logic        load_i,
  output logic        ready_o,
  input  side_t       side_i,
  input  size_t       size_i,
  input  pad_t        pad_i,
  // Present beat.
  output logic        valid_o,
  output beat_t       beat_o,
  output logic [31:0] pad_value_o,  // of a beat of padding: its first four bytes, repeated
  input  logic        advance_i
);

  logic        valid_q;
  logic [31:0] addr_q, left_q;            // next byte and bytes left in the row
  logic [31:0] row_q, plane_q;            // first byte of the row and of the plane
  logic [31:0] rows_left_q, planes_left_q;  // after the present ones
  logic [31:0] stride_q, stride2_q, len_q, rows_q;

  logic [31:0] segment;  // bytes from here on that are alike: to the end of the row or to the image's border
  logic [3:0]  room;     // bytes up to the end of the 64-bit word
  logic [3:0]  bytes;
  logic        row_end, plane_end, last, pad;
  logic [31:0] row_next, plane_next;

  if (Padding) begin : gen_padding
    logic signed [31:0] x_q, y_q, row_x_q, first_y_q, step_q;
    logic        [31:0] width_q, height_q, value_q;
    logic        [1:0]  phase_q;  // byte of the value that comes next

    always_comb begin
      pad     = 1'b0;
      segment = left_q;
      if (width_q != '0) begin
        if (y_q < 0 || unsigned'(y_q) >= height_q || (x_q >= 0 && unsigned'(x_q) >= width_q)) begin
          pad = 1'b1;
        end else if (x_q < 0) begin
          pad = 1'b1;
          if (unsigned'(-x_q) < left_q) segment = unsigned'(-x_q);
        end else if (width_q - unsigned'(x_q) < left_q) begin
          segment = width_q - unsigned'(x_q);
        end
      end
    end

    always_ff @(posedge clk_i) begin
      if (load_i && ready_o) begin
        width_q   <= pad_i.width;
        height_q  <= pad_i.height;
        value_q   <= pad_i.value;
        step_q    <= pad_i.step;
        x_q       <= pad_i.x;
        row_x_q   <= pad_i.x;
        y_q       <= pad_i.y;
        first_y_q <= pad_i.y;
        phase_q   <= '0;
      end else if (advance_i) begin
        phase_q <= row_end ? '0 : phase_q + bytes[1:0];
        if (plane_end) begin
          x_q     <= row_x_q + step_q;
          row_x_q <= row_x_q + step_q;
          y_q     <= first_y_q;
        end else if (row_end) begin
          x_q <= row_x_q;
          y_q <= y_q + 1;
        end else begin
          x_q <= x_q + 32'(bytes);
        end
      end
    end

    assign pad_value_o = 32'({value_q, value_q} >> {phase_q, 3'b000});
  end else begin : gen_no_padding
    assign pad         = 1'b0;
    assign segment     = left_q;
    assign pad_value_o = '0;
    logic unused_pad;
    assign unused_pad = ^pad_i;
  end

  assign room    = pad ? 4'd8 : 4'd8 - {1'b0, addr_q[2:0]};
  assign bytes   = segment <= 32'(room) ? segment[3:0] : room;
  assign row_end = left_q == 32'(bytes);
  assign plane_end = row_end && rows_left_q == '0;
  assign last      = plane_end && planes_left_q == '0;

  assign row_next   = row_q + stride_q;
  assign plane_next = plane_q + stride2_q;

  assign valid_o = valid_q;
  assign beat_o  = '{addr: addr_q, bytes: bytes, last: last, pad: pad};
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
        addr_q        <= addr_q + 32'(bytes);
        left_q        <= left_q - 32'(bytes);
      end
    end
  end

  `TD_ASSERT(a_advance_in_transfer, advance_i |-> valid_o)
  `TD_ASSERT(a_load_not_empty, load_i |-> size_i.len != '0 && size_i.rows != '0 && size_i.planes != '0)

endmodule
