// SPDX-License-Identifier: SHL-2.1
// Cluster DMA between TCDM and L2 (stub: ports only).
module td_dma #(
  parameter  int unsigned NumCores = 8,
  localparam int unsigned IdWidth  = (NumCores > 1) ? $clog2(NumCores) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
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
  // TCDM initiators: even (0) and odd (1) word of a 64-bit beat.
  output logic [1:0]          tcdm_req_o,
  input  logic [1:0]          tcdm_gnt_i,
  output logic [1:0][31:0]    tcdm_addr_o,
  output logic [1:0]          tcdm_we_o,
  output logic [1:0][3:0]     tcdm_be_o,
  output logic [1:0][31:0]    tcdm_wdata_o,
  input  logic [1:0]          tcdm_rvalid_i,
  input  logic [1:0][31:0]    tcdm_rdata_i,
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
  // Completion, one cycle, to the core that committed the transfer; a bus error of a transfer, one cycle.
  output logic [NumCores-1:0] evt_o,
  output logic                busy_o,
  output logic                fault_valid_o,
  output logic [31:0]         fault_addr_o
);

  assign {periph_gnt_o, periph_rvalid_o, periph_rdata_o, periph_err_o, tcdm_req_o, tcdm_addr_o, tcdm_we_o, tcdm_be_o, tcdm_wdata_o, l2_req_o, l2_addr_o, l2_we_o, l2_be_o, l2_wdata_o, evt_o, busy_o, fault_valid_o, fault_addr_o} = '0;

endmodule
