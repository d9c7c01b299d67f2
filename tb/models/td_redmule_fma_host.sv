// SPDX-License-Identifier: Apache-2.0
// Replaces rtl/redmule/td_redmule_fma.sv in builds with ARITHMETIC=host: the same ports, FP32 by the host. FP16 is refused.
module td_redmule_fma #(
  parameter int unsigned           PipeRegs = 3,
  parameter fpnew_pkg::fp_format_e FpFormat = fpnew_pkg::FP32,
  localparam int unsigned          Width    = fpnew_pkg::fp_width(FpFormat)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] x_i,
  input  logic [Width-1:0] w_i,
  input  logic [Width-1:0] y_i,
  output logic [Width-1:0] z_o
);

  if (FpFormat != fpnew_pkg::FP32) begin : gen_bad_format
    $error("td_redmule_fma: the host's arithmetic is FP32 only; build with the RTL's");
  end

  td_host_fma #(
    .PipeRegs(PipeRegs)
  ) i_fma (
    .clk_i,
    .rst_ni,
    .x_i,
    .w_i,
    .y_i,
    .z_o
  );

endmodule
