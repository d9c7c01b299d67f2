// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The cluster's FPUs: consecutive cores share one (NumFpus < NumCores), or each has its own (NumFpus = NumCores).
module td_fpu_share
  import cv32e40p_apu_core_pkg::*;
#(
  parameter int unsigned NumCores = 8,
  parameter int unsigned NumFpus  = 4,
  parameter int unsigned Latency  = 1   // of a pipelined operation
) (
  input  logic                                         clk_i,
  input  logic                                         rst_ni,
  input  logic [NumCores-1:0]                          req_i,
  output logic [NumCores-1:0]                          gnt_o,
  input  logic [NumCores-1:0][APU_NARGS_CPU-1:0][31:0] operands_i,
  input  logic [NumCores-1:0][APU_WOP_CPU-1:0]         op_i,
  input  logic [NumCores-1:0][APU_NDSFLAGS_CPU-1:0]    flags_i,
  output logic [NumCores-1:0]                          rvalid_o,
  output logic [NumCores-1:0][31:0]                    result_o,
  output logic [NumCores-1:0][APU_NUSFLAGS_CPU-1:0]    status_o
);

  localparam int unsigned Share = NumCores / NumFpus;

  if (NumFpus == 0 || NumCores % NumFpus != 0) begin : gen_check
    $error("td_fpu_share: NumFpus must divide NumCores");
  end

  for (genvar f = 0; f < NumFpus; f++) begin : gen_fpu
    td_fpu #(
      .NumPorts(Share),
      .Latency (Latency)
    ) i_fpu (
      .clk_i,
      .rst_ni,
      .req_i     (req_i[f*Share+:Share]),
      .gnt_o     (gnt_o[f*Share+:Share]),
      .operands_i(operands_i[f*Share+:Share]),
      .op_i      (op_i[f*Share+:Share]),
      .flags_i   (flags_i[f*Share+:Share]),
      .rvalid_o  (rvalid_o[f*Share+:Share]),
      .result_o  (result_o[f*Share+:Share]),
      .status_o  (status_o[f*Share+:Share])
    );
  end

endmodule
