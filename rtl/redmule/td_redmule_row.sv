// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// One row of the array: Height computing elements in a chain that is closed to a ring.
//
// An element adds one product and hands the partial sum on PipeRegs + 1 cycles later, so Height * (PipeRegs + 1)
// partial sums (the columns of a tile) are under way: the pipeline is the accumulator. The row has its own gated
// clock; everything in it moves in lock step with the other rows.
module td_redmule_row #(
  parameter int unsigned           Height   = 4,
  parameter int unsigned           PipeRegs = 3,
  parameter fpnew_pkg::fp_format_e FpFormat = fpnew_pkg::FP32,
  localparam int unsigned          Width    = fpnew_pkg::fp_width(FpFormat)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [Height-1:0]            x_load_i,  // elements that take x_i and keep it
  input  logic [Width-1:0]             x_i,
  input  logic [Height-1:0][Width-1:0] w_i,
  input  logic                         y_load_i,  // begin a sum with y_i; otherwise go on with the last element's
  input  logic [Width-1:0]             y_i,
  output logic [Width-1:0]             z_o        // the last element's sum
);

  logic [Height-1:0][Width-1:0] x_q, acc_q, sum;

  for (genvar h = 0; h < int'(Height); h++) begin : gen_element
    td_redmule_fma #(
      .PipeRegs(PipeRegs),
      .FpFormat(FpFormat)
    ) i_fma (
      .clk_i,
      .rst_ni,
      .x_i(x_q[h]),
      .w_i(w_i[h]),
      .y_i(acc_q[h]),
      .z_o(sum[h])
    );
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      x_q   <= '0;
      acc_q <= '0;
    end else begin
      for (int unsigned h = 0; h < Height; h++) if (x_load_i[h]) x_q[h] <= x_i;
      acc_q[0] <= y_load_i ? y_i : sum[Height-1];
      for (int unsigned h = 1; h < Height; h++) acc_q[h] <= sum[h-1];
    end
  end

  assign z_o = sum[Height-1];

endmodule
