// SPDX-License-Identifier: Apache-2.0
// Bench of the choice among the faults of a cycle: td_fault_select with packed ports, for cocotb.
module td_fault_bench #(
  parameter int unsigned NumCores = 8
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic [NumCores-1:0]       core_fault_i,
  input  logic [NumCores-1:0][31:0] core_addr_i,
  input  logic [NumCores-1:0][31:0] core_pc_i,
  input  logic                      dma_commit_i,
  input  logic [2:0]                dma_commit_core_i,
  input  logic [31:0]               dma_commit_pc_i,
  input  logic                      dma_fault_i,
  input  logic [31:0]               dma_addr_i,
  input  logic [4:0]                dma_slot_i,
  input  logic                      job_i,
  input  logic [2:0]                job_core_i,
  input  logic [31:0]               job_pc_i,
  input  logic                      redmule_fault_i,
  input  logic [31:0]               redmule_addr_i,
  input  logic                      icache_fault_i,
  input  logic [31:0]               icache_addr_i,
  input  logic [2:0]                icache_core_i,
  output logic                      valid_o,
  output logic [4:0]                source_o,
  output logic [2:0]                core_o,
  output logic [31:0]               addr_o,
  output logic [31:0]               pc_o
);

  logic [31:0] core_addr[NumCores], core_pc[NumCores];
  for (genvar c = 0; c < NumCores; c++) begin : gen_core
    assign core_addr[c] = core_addr_i[c];
    assign core_pc[c]   = core_pc_i[c];
  end

  td_fault_select #(.NumCores(NumCores)) i_dut (
    .clk_i,
    .rst_ni,
    .core_fault_i,
    .core_addr_i(core_addr),
    .core_pc_i  (core_pc),
    .dma_commit_i,
    .dma_commit_core_i,
    .dma_commit_pc_i,
    .dma_fault_i,
    .dma_addr_i,
    .dma_slot_i,
    .job_i,
    .job_core_i,
    .job_pc_i,
    .redmule_fault_i,
    .redmule_addr_i,
    .icache_fault_i,
    .icache_addr_i,
    .icache_core_i,
    .valid_o,
    .source_o,
    .core_o,
    .addr_o,
    .pc_o
  );

endmodule
