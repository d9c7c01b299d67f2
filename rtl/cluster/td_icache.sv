// SPDX-License-Identifier: SHL-2.1
// Instruction cache: private L0 per core, shared L1.5 refilled from L2 (stub: ports only).
module td_icache #(
  parameter  int unsigned NumCores = 8,
  localparam int unsigned IdWidth  = (NumCores > 1) ? $clog2(NumCores) : 1
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  // Instruction fetch, one port a core.
  input  logic [NumCores-1:0]       instr_req_i,
  output logic [NumCores-1:0]       instr_gnt_o,
  input  logic [NumCores-1:0][31:0] instr_addr_i,
  output logic [NumCores-1:0]       instr_rvalid_o,
  output logic [NumCores-1:0][31:0] instr_rdata_o,
  // Register target; the core that accesses is periph_id_i.
  input  logic                periph_req_i,
  output logic                periph_gnt_o,
  input  logic [11:0]         periph_addr_i,
  input  logic                periph_we_i,
  input  logic [3:0]          periph_be_i,
  input  logic [31:0]         periph_wdata_i,
  input  logic [IdWidth-1:0]  periph_id_i,
  output logic                periph_rvalid_o,
  output logic [31:0]         periph_rdata_o,
  output logic                periph_err_o,
  // L2 initiator, 64 bit, read only.
  output logic                      l2_req_o,
  input  logic                      l2_gnt_i,
  output logic [31:0]               l2_addr_o,
  input  logic                      l2_rvalid_i,
  input  logic [63:0]               l2_rdata_i,
  input  logic                      l2_err_i,
  // A fetch from an unmapped address, one cycle; the fetch itself reads 0, an illegal instruction.
  output logic                      fault_valid_o,
  output logic [31:0]               fault_addr_o
);

  assign {instr_gnt_o, instr_rvalid_o, instr_rdata_o, periph_gnt_o, periph_rvalid_o, periph_rdata_o, periph_err_o, l2_req_o, l2_addr_o, fault_valid_o, fault_addr_o} = '0;

endmodule
