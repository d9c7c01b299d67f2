// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Which failed access of a cycle is announced: the cores' first, the lowest core of several, then DMA, RedMule and
// instruction fetch. The recorder in the SoC control keeps the first fault of a run and counts all announced ones.
//
// Each fault is traced to a core and an instruction: the one that made the access, fetched, or committed the DMA's
// transfer, or triggered RedMule's newest job. Transfers are known by the low bits of their number (slot); far fewer than
// 32 are under way.
module td_fault_select
  import td_platform_pkg::*;
#(
  parameter  int unsigned NumCores = 8,
  localparam int unsigned IdWidth  = $clog2(NumCores)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [NumCores-1:0] core_fault_i,
  input  logic [31:0]         core_addr_i[NumCores],
  input  logic [31:0]         core_pc_i  [NumCores],
  input  logic                dma_commit_i,
  input  logic [IdWidth-1:0]  dma_commit_core_i,
  input  logic [31:0]         dma_commit_pc_i,
  input  logic                dma_fault_i,
  input  logic [31:0]         dma_addr_i,
  input  logic [4:0]          dma_slot_i,
  input  logic                job_i,
  input  logic [IdWidth-1:0]  job_core_i,
  input  logic [31:0]         job_pc_i,
  input  logic                redmule_fault_i,
  input  logic [31:0]         redmule_addr_i,
  input  logic                icache_fault_i,
  input  logic [31:0]         icache_addr_i,
  input  logic [IdWidth-1:0]  icache_core_i,
  output logic                valid_o,
  output logic [4:0]          source_o,  // the core's number, or a TD_FAULT_SOURCE
  output logic [IdWidth-1:0]  core_o,
  output logic [31:0]         addr_o,
  output logic [31:0]         pc_o
);

  // Who committed the DMA's transfers.
  logic [4:0]         slot_q;
  logic [IdWidth-1:0] origin_core_q[32];
  logic [31:0]        origin_pc_q[32];
  logic [IdWidth-1:0] job_core_q;
  logic [31:0]        job_pc_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) slot_q <= 5'd1;  // transfers count from 1
    else if (dma_commit_i) slot_q <= slot_q + 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (job_i) begin
      job_core_q <= job_core_i;
      job_pc_q   <= job_pc_i;
    end
    if (dma_commit_i) begin
      origin_core_q[slot_q] <= dma_commit_core_i;
      origin_pc_q[slot_q]   <= dma_commit_pc_i;
    end
  end

  always_comb begin
    valid_o  = 1'b0;
    source_o = '0;
    core_o   = '0;
    addr_o   = '0;
    pc_o     = '0;
    if (core_fault_i != '0) begin
      valid_o = 1'b1;
      for (int unsigned c = NumCores; c > 0; c--) begin
        if (core_fault_i[c-1]) begin
          source_o = 5'(c - 1);
          core_o   = IdWidth'(c - 1);
          addr_o   = core_addr_i[c-1];
          pc_o     = core_pc_i[c-1];
        end
      end
    end else if (dma_fault_i) begin
      valid_o  = 1'b1;
      source_o = 5'(TD_FAULT_SOURCE_DMA);
      core_o   = origin_core_q[dma_slot_i];
      addr_o   = dma_addr_i;
      pc_o     = origin_pc_q[dma_slot_i];
    end else if (redmule_fault_i) begin
      valid_o  = 1'b1;
      source_o = 5'(TD_FAULT_SOURCE_REDMULE);
      core_o   = job_core_q;
      addr_o   = redmule_addr_i;
      pc_o     = job_pc_q;
    end else if (icache_fault_i) begin
      valid_o  = 1'b1;
      source_o = 5'(TD_FAULT_SOURCE_FETCH);
      core_o   = icache_core_i;
      addr_o   = icache_addr_i;
      pc_o     = icache_addr_i;
    end
  end

endmodule
