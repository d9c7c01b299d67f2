// SPDX-License-Identifier: SHL-2.1
// HyperBus controller with its own DMA channel between L3 and L2 (stub: ports only).
module td_hyperbus (
  input  logic                clk_i,
  input  logic                rst_ni,
  // Register target.
  input  logic                periph_req_i,
  output logic                periph_gnt_o,
  input  logic [11:0]         periph_addr_i,
  input  logic                periph_we_i,
  input  logic [3:0]          periph_be_i,
  input  logic [31:0]         periph_wdata_i,
  output logic                periph_rvalid_o,
  output logic [31:0]         periph_rdata_o,
  output logic                periph_err_o,
  // L2 initiator, 64 bit.
  output logic                l2_req_o,
  input  logic                l2_gnt_i,
  output logic [31:0]         l2_addr_o,
  output logic                l2_we_o,
  output logic [7:0]          l2_be_o,
  output logic [63:0]         l2_wdata_o,
  input  logic                l2_rvalid_i,
  input  logic [63:0]         l2_rdata_i,
  input  logic                l2_err_i,
  // HyperBus pins. hyper_ck_o and hyper_dq_o change together; the pad delays the clock by a quarter period.
  output logic                hyper_cs_no,
  output logic                hyper_ck_o,
  output logic                hyper_rwds_o,
  input  logic                hyper_rwds_i,
  output logic                hyper_rwds_oe_o,
  output logic [7:0]          hyper_dq_o,
  input  logic [7:0]          hyper_dq_i,
  output logic                hyper_dq_oe_o,
  output logic                hyper_reset_no,
  // A job is complete, one cycle; a bus error of a job, one cycle.
  output logic                evt_o,
  output logic                busy_o,
  output logic                fault_valid_o,
  output logic [31:0]         fault_addr_o
);

  assign {periph_gnt_o, periph_rvalid_o, periph_rdata_o, periph_err_o, l2_req_o, l2_addr_o, l2_we_o, l2_be_o, l2_wdata_o, hyper_cs_no, hyper_ck_o, hyper_rwds_o, hyper_rwds_oe_o, hyper_dq_o, hyper_dq_oe_o, hyper_reset_no, evt_o, busy_o, fault_valid_o, fault_addr_o} = '0;

endmodule
