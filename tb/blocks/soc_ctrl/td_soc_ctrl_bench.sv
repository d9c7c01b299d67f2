// SPDX-License-Identifier: Apache-2.0
// Bench of td_soc_ctrl: its register target as single signals, for cocotb.
module td_soc_ctrl_bench (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        periph_req_i,
  output logic        periph_gnt_o,
  input  logic [11:0] periph_addr_i,
  input  logic        periph_we_i,
  input  logic [3:0]  periph_be_i,
  input  logic [31:0] periph_wdata_i,
  output logic        periph_rvalid_o,
  output logic [31:0] periph_rdata_o,
  output logic        periph_err_o,
  input  logic [31:0] boot_addr_i,
  output logic        mailbox_valid_o,
  output logic [31:0] mailbox_data_o,
  output logic        eoc_o,
  output logic [31:0] eoc_value_o,
  input  logic        fault_valid_i,
  input  logic [4:0]  fault_source_i,
  input  logic [4:0]  fault_core_i,
  input  logic [31:0] fault_addr_i,
  input  logic [31:0] fault_pc_i,
  output logic        fault_o
);

  td_soc_ctrl i_dut (
    .clk_i,
    .rst_ni,
    .periph_req_i,
    .periph_gnt_o,
    .periph_a_i('{addr: periph_addr_i, we: periph_we_i, be: periph_be_i, wdata: periph_wdata_i, id: '0}),
    .periph_rvalid_o,
    .periph_r_o({periph_rdata_o, periph_err_o}),
    .boot_addr_i,
    .mailbox_valid_o,
    .mailbox_data_o,
    .eoc_o,
    .eoc_value_o,
    .fault_valid_i,
    .fault_source_i,
    .fault_core_i,
    .fault_addr_i,
    .fault_pc_i,
    .fault_o
  );

endmodule
