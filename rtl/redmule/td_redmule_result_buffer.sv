// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Result buffer: two banks of a tile of Z. The array writes columns, the port stores rows.

`include "td_assert.svh"

module td_redmule_result_buffer
  import td_redmule_pkg::*;
#(
  parameter int unsigned Columns   = 16,
  parameter int unsigned Rows      = 12,
  parameter int unsigned ElemWidth = 32
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              clear_i,

  output logic                              free_o,        // a column may be written
  input  logic                              write_i,
  input  logic [BlockWidth-1:0]             write_column_i,
  input  logic                              write_last_i,  // of the tile
  input  logic [Rows-1:0][ElemWidth-1:0]    write_data_i,

  output logic                              full_o,        // a tile is ready to be stored
  input  logic [BlockWidth-1:0]             read_row_i,
  output logic [Columns-1:0][ElemWidth-1:0] read_data_o,
  input  logic                              release_i      // its last row has been taken
);

  localparam int unsigned ColumnWidth = (Columns > 1) ? $clog2(Columns) : 1;
  localparam int unsigned RowWidth    = (Rows > 1) ? $clog2(Rows) : 1;

  logic [Rows-1:0][ElemWidth-1:0] mem_q[2][Columns];
  logic [1:0]                     full_q;  // banks
  logic                           write_bank_q, read_bank_q, filled;

  assign free_o = full_q != 2'd2;
  assign full_o = full_q != 2'd0;
  assign filled = write_i && write_last_i;

  for (genvar c = 0; c < int'(Columns); c++) begin : gen_read
    assign read_data_o[c] = mem_q[read_bank_q][c][RowWidth'(read_row_i)];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      full_q       <= '0;
      write_bank_q <= 1'b0;
      read_bank_q  <= 1'b0;
    end else if (clear_i) begin
      full_q       <= '0;
      write_bank_q <= 1'b0;
      read_bank_q  <= 1'b0;
    end else begin
      full_q <= full_q + 2'(filled) - 2'(release_i);
      if (filled) write_bank_q <= !write_bank_q;
      if (release_i) read_bank_q <= !read_bank_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (write_i) mem_q[write_bank_q][ColumnWidth'(write_column_i)] <= write_data_i;
  end

  logic unused_index;
  assign unused_index = ^{write_column_i, read_row_i};

  `TD_ASSERT(a_write_free, write_i |-> free_o)
  `TD_ASSERT(a_release_full, release_i |-> full_o)

endmodule
