// SPDX-License-Identifier: Apache-2.0
// Simulation model of the one memory wrapper: a single-port synchronous SRAM, data one cycle after the request.
//
// With HostRegion >= 0 the words live in host memory (tb/models/host_memory.cpp), where the bench reads them as NumPy
// arrays without copying; word addr_i of bank Bank out of NumBanks is word addr_i * NumBanks + Bank of the region, so
// that interleaved banks form one linear image. With HostRegion < 0 they live in a SystemVerilog array (cache arrays).
module td_sram #(
  parameter int unsigned NumWords   = 1024,
  parameter int unsigned DataWidth  = 32,  // 32 or 64 when host-backed, any multiple of 8 otherwise
  parameter int          HostRegion = -1,  // 0: TCDM, 1: L2
  parameter int unsigned NumBanks   = 1,
  parameter int unsigned Bank       = 0,
  localparam int unsigned AddrWidth = (NumWords > 1) ? $clog2(NumWords) : 1
) (
  input  logic                   clk_i,
  input  logic                   req_i,
  input  logic                   we_i,
  input  logic [AddrWidth-1:0]   addr_i,
  input  logic [DataWidth-1:0]   wdata_i,
  input  logic [DataWidth/8-1:0] be_i,
  output logic [DataWidth-1:0]   rdata_o
);

  if (HostRegion >= 0) begin : gen_host
    import "DPI-C" function int unsigned td_host_read32(input int region, input int unsigned index);
    import "DPI-C" function longint unsigned td_host_read64(input int region, input int unsigned index);
    import "DPI-C" function void td_host_write32(input int region, input int unsigned index, input int unsigned data,
                                                 input int unsigned be);
    import "DPI-C" function void td_host_write64(
      input int region, input int unsigned index, input longint unsigned data, input int unsigned be);
    wire [31:0] index = 32'(addr_i) * NumBanks + Bank;
    if (DataWidth == 32) begin : gen_32
      always_ff @(posedge clk_i) begin
        if (req_i) begin
          if (we_i) td_host_write32(HostRegion, index, wdata_i, 32'(be_i));
          else rdata_o <= td_host_read32(HostRegion, index);
        end
      end
    end else begin : gen_64
      always_ff @(posedge clk_i) begin
        if (req_i) begin
          if (we_i) td_host_write64(HostRegion, index, wdata_i, 32'(be_i));
          else rdata_o <= td_host_read64(HostRegion, index);
        end
      end
    end
  end else begin : gen_array
    logic [DataWidth-1:0] mem[NumWords];
    always_ff @(posedge clk_i) begin
      if (req_i) begin
        if (we_i) begin
          for (int unsigned b = 0; b < DataWidth / 8; b++) if (be_i[b]) mem[addr_i][8*b+:8] <= wdata_i[8*b+:8];
        end else rdata_o <= mem[addr_i];
      end
    end
  end

endmodule
