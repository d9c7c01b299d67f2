// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The arithmetic of a computing element: z = x * w + y, fused, round to nearest even, PipeRegs cycles later.
//
// The only module that knows the floating-point unit (CVFPU); a build that wants other arithmetic replaces this file.
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

  // One register in front of the multiplier, one behind the adder, one behind the rounding; further ones likewise.
  fpnew_fma #(
    .FpFormat   (FpFormat),
    .NumPipeRegs(PipeRegs),
    .PipeConfig (fpnew_pkg::DISTRIBUTED)
  ) i_fma (
    .clk_i,
    .rst_ni,
    .operands_i     ({y_i, w_i, x_i}),
    .is_boxed_i     (3'b111),
    .rnd_mode_i     (fpnew_pkg::RNE),
    .op_i           (fpnew_pkg::FMADD),
    .op_mod_i       (1'b0),
    .tag_i          (1'b0),
    .mask_i         (1'b1),
    .aux_i          (1'b0),
    .in_valid_i     (1'b1),
    .in_ready_o     (),
    .flush_i        (1'b0),
    .result_o       (z_o),
    .status_o       (),
    .extension_bit_o(),
    .tag_o          (),
    .mask_o         (),
    .aux_o          (),
    .out_valid_o    (),
    .out_ready_i    (1'b1),
    .busy_o         (),
    .reg_ena_i      ('0)
  );

endmodule
