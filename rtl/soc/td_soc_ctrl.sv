// SPDX-License-Identifier: SHL-2.1
// SoC control: mailbox, end of computation, platform information, fault recorder (stub: ports only).
module td_soc_ctrl #(
  parameter int unsigned NumCores = 8
) (
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
  input  logic [31:0]         boot_addr_i,
  // To the bench: toggles at each write of the mailbox, data held until the next write.
  output logic                mailbox_valid_o,
  output logic [31:0]         mailbox_data_o,
  output logic                eoc_o,
  output logic [31:0]         eoc_value_o,
  // Fault recorder: the first fault is kept, all are counted. Source: 0-7 data access of a core, 8 DMA, 9 HyperBus,
  // 10 instruction fetch; pc is 0 where there is none.
  input  logic                fault_valid_i,
  input  logic [4:0]          fault_source_i,
  input  logic [31:0]         fault_addr_i,
  input  logic [31:0]         fault_pc_i,
  output logic                fault_o
);

  assign {periph_gnt_o, periph_rvalid_o, periph_rdata_o, periph_err_o, mailbox_valid_o, mailbox_data_o, eoc_o, eoc_value_o, fault_o} = '0;

endmodule
