// SPDX-License-Identifier: Apache-2.0
// Simulation model of a 32 MB HyperRAM on its pins (stub: ports only). Runs on the one cluster clock, clk_i.
module td_hyperram (
  input  logic       clk_i,
  input  logic       reset_ni,
  input  logic       cs_ni,
  input  logic       ck_i,
  input  logic       rwds_i,
  input  logic       rwds_oe_i,  // the controller drives RWDS
  output logic       rwds_o,
  output logic       rwds_oe_o,
  input  logic [7:0] dq_i,
  input  logic       dq_oe_i,    // the controller drives DQ
  output logic [7:0] dq_o,
  output logic       dq_oe_o
);

  assign {rwds_o, rwds_oe_o, dq_o, dq_oe_o} = '0;

endmodule
