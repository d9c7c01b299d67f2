// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The array: Rows rows in lock step, and the registers that give each column of elements its row of W.
//
// Nothing has a clock unless the sequencer says step; rows without work have none at all. Padding multiplies -0 by +0:
// the only product that changes no sum, not even a zero's sign.
module td_redmule_array
  import td_redmule_pkg::*;
#(
  parameter int unsigned           Height   = 4,
  parameter int unsigned           Rows     = 12,
  parameter int unsigned           PipeRegs = 3,
  parameter fpnew_pkg::fp_format_e FpFormat = fpnew_pkg::FP32,
  localparam int unsigned          Columns  = Height * (PipeRegs + 1),
  localparam int unsigned          Width    = fpnew_pkg::fp_width(FpFormat)
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              step_i,
  input  logic [Rows-1:0]                   row_enable_i,

  input  logic [Height-1:0]                 load_i,    // elements that begin with the next n
  input  logic                              pad_i,     // there is no such n
  input  logic [Rows-1:0][Width-1:0]        x_i,       // X[:, n]
  input  logic [Columns-1:0][Width-1:0]     w_i,       // W[n, :]
  input  logic [Height-1:0][BlockWidth-1:0] column_i,  // which column of its row of W an element takes
  input  logic                              y_load_i,
  input  logic [Rows-1:0][Width-1:0]        y_i,       // Y[:, column]
  output logic [Rows-1:0][Width-1:0]        z_o
);

  localparam int unsigned ColumnWidth = (Columns > 1) ? $clog2(Columns) : 1;

  logic clk_array;
  cv32e40p_clock_gate i_array_gate (
    .clk_i,
    .en_i        (step_i),
    .scan_cg_en_i(1'b0),
    .clk_o       (clk_array)
  );

  logic [Columns-1:0][Width-1:0] w_row_q[Height];
  logic [Height-1:0][Width-1:0]  w_q;
  logic [Columns-1:0][Width-1:0] w_row;
  assign w_row = pad_i ? '0 : w_i;

  always_ff @(posedge clk_array) begin
    for (int unsigned h = 0; h < Height; h++) begin
      if (load_i[h]) begin
        w_row_q[h] <= w_row;
        w_q[h]     <= w_row[0];
      end else begin
        w_q[h] <= w_row_q[h][ColumnWidth'(column_i[h])];
      end
    end
  end

  localparam logic [Width-1:0] MinusZero = {1'b1, {Width - 1{1'b0}}};

  for (genvar l = 0; l < int'(Rows); l++) begin : gen_row
    logic clk_row;
    cv32e40p_clock_gate i_gate (
      .clk_i,
      .en_i        (step_i & row_enable_i[l]),
      .scan_cg_en_i(1'b0),
      .clk_o       (clk_row)
    );
    td_redmule_row #(
      .Height  (Height),
      .PipeRegs(PipeRegs),
      .FpFormat(FpFormat)
    ) i_row (
      .clk_i   (clk_row),
      .rst_ni,
      .x_load_i(load_i),
      .x_i     (pad_i ? MinusZero : x_i[l]),
      .w_i     (w_q),
      .y_load_i,
      .y_i     (y_i[l]),
      .z_o     (z_o[l])
    );
  end

endmodule
