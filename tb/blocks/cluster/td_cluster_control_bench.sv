// SPDX-License-Identifier: Apache-2.0
// Bench of td_cluster_control: its register target as single signals, and what its counters count, as cocotb sets it.
module td_cluster_control_bench #(
  parameter int unsigned NumCores = 8
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                periph_req_i,
  output logic                periph_gnt_o,
  input  logic [11:0]         periph_addr_i,
  input  logic                periph_we_i,
  input  logic [31:0]         periph_wdata_i,
  output logic                periph_rvalid_o,
  output logic [31:0]         periph_rdata_o,
  output logic                periph_err_o,
  input  logic [NumCores-1:0] clk_en_i,
  input  logic [NumCores-1:0] load_stall_i,
  input  logic [NumCores-1:0] tcdm_conflict_i,
  input  logic [NumCores-1:0] fetch_stall_i,
  input  logic [NumCores-1:0] fpu_contention_i,
  input  logic                redmule_busy_i,
  input  logic                redmule_stall_i,
  input  logic                redmule_wait_i
);

  td_cluster_control #(.NumCores(NumCores)) i_dut (
    .clk_i,
    .rst_ni,
    .periph_req_i,
    .periph_gnt_o,
    .periph_a_i('{addr: periph_addr_i, we: periph_we_i, be: 4'hF, wdata: periph_wdata_i, id: '0}),
    .periph_rvalid_o,
    .periph_r_o({periph_rdata_o, periph_err_o}),
    .boot_addr_i      (32'h1C00_0080),
    .fetch_enable_i   (1'b1),
    .fetch_enable_o   (),
    .tcdm_wide_max_o  (),
    .tcdm_narrow_max_o(),
    .clk_en_i,
    .redmule_busy_i,
    .dma_busy_i       (1'b0),
    .load_stall_i,
    .tcdm_conflict_i,
    .fetch_stall_i,
    .fpu_contention_i,
    .redmule_stall_i,
    .redmule_wait_i
  );

endmodule
