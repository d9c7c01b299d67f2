// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The TCDM: interconnect and banks.
module td_tcdm #(
  parameter int unsigned NumPorts  = 10,
  parameter int unsigned NumBanks  = 32,
  parameter int unsigned WideWords = 17,
  parameter int unsigned Bytes     = 128 * 1024,
  localparam int unsigned AddrWidth = $clog2(Bytes),
  localparam int unsigned RowWidth  = AddrWidth - 2 - $clog2(NumBanks)
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic [7:0]                          wide_max_i,
  input  logic [7:0]                          narrow_max_i,
  // Narrow ports
  input  logic [NumPorts-1:0]                 req_i,
  output logic [NumPorts-1:0]                 gnt_o,
  input  logic [NumPorts-1:0][AddrWidth-1:0]  addr_i,
  input  logic [NumPorts-1:0]                 we_i,
  input  logic [NumPorts-1:0][3:0]            be_i,
  input  logic [NumPorts-1:0][31:0]           wdata_i,
  output logic [NumPorts-1:0]                 rvalid_o,
  output logic [NumPorts-1:0][31:0]           rdata_o,
  // Wide port
  input  logic                                wide_req_i,
  output logic                                wide_gnt_o,
  input  logic [AddrWidth-1:0]                wide_addr_i,
  input  logic                                wide_we_i,
  input  logic [WideWords*4-1:0]              wide_be_i,
  input  logic [WideWords*32-1:0]             wide_wdata_i,
  output logic                                wide_rvalid_o,
  output logic [WideWords*32-1:0]             wide_rdata_o
);

  logic [NumBanks-1:0] bank_req;
  logic                bank_we   [NumBanks];
  logic [RowWidth-1:0] bank_addr [NumBanks];
  logic [3:0]          bank_be   [NumBanks];
  logic [31:0]         bank_wdata[NumBanks];
  logic [31:0]         bank_rdata[NumBanks];

  td_tcdm_interconnect #(
    .NumPorts (NumPorts),
    .NumBanks (NumBanks),
    .WideWords(WideWords),
    .AddrWidth(AddrWidth)
  ) i_interconnect (
    .clk_i,
    .rst_ni,
    .wide_max_i,
    .narrow_max_i,
    .req_i,
    .gnt_o,
    .addr_i,
    .we_i,
    .be_i,
    .wdata_i,
    .rvalid_o,
    .rdata_o,
    .wide_req_i,
    .wide_gnt_o,
    .wide_addr_i,
    .wide_we_i,
    .wide_be_i,
    .wide_wdata_i,
    .wide_rvalid_o,
    .wide_rdata_o,
    .bank_req_o  (bank_req),
    .bank_we_o   (bank_we),
    .bank_addr_o (bank_addr),
    .bank_be_o   (bank_be),
    .bank_wdata_o(bank_wdata),
    .bank_rdata_i(bank_rdata)
  );

  for (genvar b = 0; b < NumBanks; b++) begin : gen_bank
    td_sram #(
      .NumWords  (Bytes / 4 / NumBanks),
      .DataWidth (32),
      .HostRegion(0),
      .NumBanks  (NumBanks),
      .Bank      (b)
    ) i_bank (
      .clk_i,
      .req_i  (bank_req[b]),
      .we_i   (bank_we[b]),
      .addr_i (bank_addr[b]),
      .wdata_i(bank_wdata[b]),
      .be_i   (bank_be[b]),
      .rdata_o(bank_rdata[b])
    );
  end

endmodule
