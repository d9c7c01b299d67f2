// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Which failed access of a cycle is announced: the cores' first, the lowest core of several, then DMA, then instruction
// fetch. The recorder in the SoC control keeps the first fault of a run and counts all announced ones.
module td_fault_select #(
  parameter int unsigned NumCores = 8
) (
  input  logic [NumCores-1:0] core_fault_i,
  input  logic [31:0]         core_addr_i[NumCores],
  input  logic                dma_fault_i,
  input  logic [31:0]         dma_addr_i,
  input  logic                icache_fault_i,
  input  logic [31:0]         icache_addr_i,
  output logic                valid_o,
  output logic [4:0]          source_o,  // 0-7 data access of a core, 8 DMA, 10 instruction fetch
  output logic [31:0]         addr_o
);

  localparam logic [4:0] SourceDma    = 5'd8;
  localparam logic [4:0] SourceIcache = 5'd10;

  always_comb begin
    valid_o  = 1'b0;
    source_o = '0;
    addr_o   = '0;
    if (core_fault_i != '0) begin
      valid_o = 1'b1;
      for (int unsigned c = NumCores; c > 0; c--) begin
        if (core_fault_i[c-1]) begin
          source_o = 5'(c - 1);
          addr_o   = core_addr_i[c-1];
        end
      end
    end else if (dma_fault_i) begin
      valid_o  = 1'b1;
      source_o = SourceDma;
      addr_o   = dma_addr_i;
    end else if (icache_fault_i) begin
      valid_o  = 1'b1;
      source_o = SourceIcache;
      addr_o   = icache_addr_i;
    end
  end

endmodule
