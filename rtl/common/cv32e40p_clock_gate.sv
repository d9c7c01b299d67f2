// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The clock gate of the platform, under the name that CV32E40P instantiates.
//
// The enable is sampled at the falling edge, so that the gated clock has no glitch; a technology cell replaces the
// module in silicon. A flop instead of the customary latch leaves Verilator nothing to iterate over.
module cv32e40p_clock_gate (
  input  logic clk_i,
  input  logic en_i,
  input  logic scan_cg_en_i,
  output logic clk_o
);

  logic en_q;

  always_ff @(negedge clk_i) en_q <= en_i | scan_cg_en_i;

  assign clk_o = clk_i & en_q;

endmodule
