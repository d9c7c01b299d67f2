// SPDX-License-Identifier: SHL-2.1
// L2 memory: four interleaved 64-bit banks shared by DMA, instruction cache, HyperBus and cores (stub: ports only).
module td_l2 (
  input  logic        clk_i,
  input  logic        rst_ni,
  // Cluster DMA, 64 bit.
  input  logic        dma_req_i,
  output logic        dma_gnt_o,
  input  logic [31:0] dma_addr_i,
  input  logic        dma_we_i,
  input  logic [7:0]  dma_be_i,
  input  logic [63:0] dma_wdata_i,
  output logic        dma_rvalid_o,
  output logic [63:0] dma_rdata_o,
  output logic        dma_err_o,
  // Instruction cache, 64 bit, read only.
  input  logic        icache_req_i,
  output logic        icache_gnt_o,
  input  logic [31:0] icache_addr_i,
  output logic        icache_rvalid_o,
  output logic [63:0] icache_rdata_o,
  output logic        icache_err_o,
  // HyperBus DMA channel, 64 bit.
  input  logic        hyper_req_i,
  output logic        hyper_gnt_o,
  input  logic [31:0] hyper_addr_i,
  input  logic        hyper_we_i,
  input  logic [7:0]  hyper_be_i,
  input  logic [63:0] hyper_wdata_i,
  output logic        hyper_rvalid_o,
  output logic [63:0] hyper_rdata_o,
  output logic        hyper_err_o,
  // Cores, 32 bit.
  input  logic        core_req_i,
  output logic        core_gnt_o,
  input  logic [31:0] core_addr_i,
  input  logic        core_we_i,
  input  logic [3:0]  core_be_i,
  input  logic [31:0] core_wdata_i,
  output logic        core_rvalid_o,
  output logic [31:0] core_rdata_o,
  output logic        core_err_o
);

  assign {dma_gnt_o, dma_rvalid_o, dma_rdata_o, dma_err_o, icache_gnt_o, icache_rvalid_o, icache_rdata_o, icache_err_o, hyper_gnt_o, hyper_rvalid_o, hyper_rdata_o, hyper_err_o, core_gnt_o, core_rvalid_o, core_rdata_o, core_err_o} = '0;

endmodule
