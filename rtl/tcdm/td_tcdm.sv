// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The TCDM: word-interleaved banks, and the single-cycle interconnect of narrow ports (cores, DMA) and RedMule's wide one.
//
// A bank grants one narrow port a cycle, round robin. The wide port asks for WideWords neighbouring words, of which
// those with a byte enable count (reads too), and gets all of them or none: word i of a beat lies in bank
// (first + i) mod NumBanks, so data rotate by the first bank's number.
// When waiting narrow requests and the wide request want the same bank, one side wins the cycle (only the narrow
// requests at banks of the beat lose): wide wins at most wide_max_i such conflicts in a row, narrow at most
// narrow_max_i, then the other side wins. A narrow request therefore waits at most
// (wide_max_i + 1) * NumPorts - 1 cycles, a wide one narrow_max_i.

`include "td_assert.svh"

module td_tcdm #(
  parameter int unsigned NumPorts  = 10,
  parameter int unsigned NumBanks  = 32,
  parameter int unsigned WideWords = 17,
  parameter int unsigned Bytes     = 128 * 1024,
  localparam int unsigned AddrWidth = $clog2(Bytes),  // byte addresses within the TCDM
  localparam int unsigned BankWidth = $clog2(NumBanks),
  localparam int unsigned RowWidth  = AddrWidth - 2 - BankWidth
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
  // Wide port; only reads are answered, and what they return for words without a byte enable is undefined.
  input  logic                                wide_req_i,
  output logic                                wide_gnt_o,
  input  logic [AddrWidth-1:0]                wide_addr_i,
  input  logic                                wide_we_i,
  input  logic [WideWords*4-1:0]              wide_be_i,
  input  logic [WideWords*32-1:0]             wide_wdata_i,
  output logic                                wide_rvalid_o,
  output logic [WideWords*32-1:0]             wide_rdata_o
);

  typedef logic [BankWidth-1:0] bank_t;
  typedef logic [NumPorts-1:0]  ports_t;

  if (NumBanks != 2 ** BankWidth || WideWords > NumBanks) begin : gen_check
    $error("td_tcdm: NumBanks must be a power of two and at least WideWords");
  end

  // Who wants which bank.
  bank_t               port_bank[NumPorts];
  ports_t              wanted[NumBanks];
  logic [NumBanks-1:0] narrow_banks, wide_banks;
  bank_t               wide_first;

  for (genvar p = 0; p < NumPorts; p++) begin : gen_port_bank
    assign port_bank[p] = addr_i[p][2+:BankWidth];
  end

  always_comb begin
    wanted       = '{default: '0};
    narrow_banks = '0;
    for (int unsigned p = 0; p < NumPorts; p++) begin
      if (req_i[p]) begin
        wanted[port_bank[p]][p]    = 1'b1;
        narrow_banks[port_bank[p]] = 1'b1;
      end
    end
  end

  assign wide_first = wide_addr_i[2+:BankWidth];

  always_comb begin
    wide_banks = '0;
    if (wide_req_i) begin
      for (int unsigned i = 0; i < WideWords; i++) begin
        if (wide_be_i[4*i+:4] != '0) wide_banks[bank_t'(32'(wide_first) + i)] = 1'b1;
      end
    end
  end

  // Which side wins a conflict.
  logic       conflict, favour_narrow_q;
  logic [7:0] wins_q;  // conflicts in a row that the favoured side has won

  assign conflict   = (wide_banks & narrow_banks) != '0;
  assign wide_gnt_o = wide_req_i && !(conflict && favour_narrow_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      favour_narrow_q <= 1'b0;
      wins_q          <= '0;
    end else if (conflict) begin
      if (9'(wins_q) + 9'd1 >= 9'(favour_narrow_q ? narrow_max_i : wide_max_i)) begin
        favour_narrow_q <= !favour_narrow_q;
        wins_q          <= '0;
      end else begin
        wins_q <= wins_q + 8'd1;
      end
    end
  end

  // One narrow winner a bank, round robin: after_q holds the ports above the bank's last winner.
  ports_t              after_q[NumBanks];
  ports_t              winner[NumBanks];
  logic [NumBanks-1:0] narrow_won;

  assign narrow_won = narrow_banks & ~(wide_gnt_o ? wide_banks : '0);

  always_comb begin
    ports_t high;
    winner = '{default: '0};
    gnt_o  = '0;
    high   = '0;
    if (narrow_won != '0) begin
      for (int unsigned b = 0; b < NumBanks; b++) begin
        if (narrow_won[b]) begin
          high      = wanted[b] & after_q[b];
          winner[b] = (high != '0) ? (high & -high) : (wanted[b] & -wanted[b]);
          gnt_o    |= winner[b];
        end
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      after_q <= '{default: '0};
    end else begin
      for (int unsigned b = 0; b < NumBanks; b++) begin
        if (narrow_won[b]) after_q[b] <= ~(winner[b] | (winner[b] - ports_t'(1)));
      end
    end
  end

  // Banks: request in one cycle, data in the next.
  logic [NumBanks-1:0] bank_req;
  logic                bank_we   [NumBanks];
  logic [RowWidth-1:0] bank_addr [NumBanks];
  logic [3:0]          bank_be   [NumBanks];
  logic [31:0]         bank_wdata[NumBanks];
  logic [31:0]         bank_rdata[NumBanks];

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

  assign bank_req = narrow_won | (wide_gnt_o ? wide_banks : '0);

  always_comb begin
    bank_we    = '{default: '0};
    bank_addr  = '{default: '0};
    bank_be    = '{default: '0};
    bank_wdata = '{default: '0};
    for (int unsigned p = 0; p < NumPorts; p++) begin
      if (gnt_o[p]) begin
        bank_we[port_bank[p]]    = we_i[p];
        bank_addr[port_bank[p]]  = addr_i[p][AddrWidth-1:2+BankWidth];
        bank_be[port_bank[p]]    = be_i[p];
        bank_wdata[port_bank[p]] = wdata_i[p];
      end
    end
    if (wide_gnt_o) begin
      for (int unsigned i = 0; i < WideWords; i++) begin
        // A word without a byte enable leaves its bank to a narrow port.
        if (wide_be_i[4*i+:4] != '0) begin
          bank_we[bank_t'(32'(wide_first) + i)]    = wide_we_i;
          // Banks below the first one hold the next row.
          bank_addr[bank_t'(32'(wide_first) + i)]  = RowWidth'(wide_addr_i[AddrWidth-1:2+BankWidth])
                                                  + RowWidth'(32'(wide_first) + i >= NumBanks);
          bank_be[bank_t'(32'(wide_first) + i)]    = wide_be_i[4*i+:4];
          bank_wdata[bank_t'(32'(wide_first) + i)] = wide_wdata_i[32*i+:32];
        end
      end
    end
  end

  // Responses.
  bank_t  port_bank_q[NumPorts];
  bank_t  wide_first_q;
  logic   wide_rvalid_q;
  ports_t rvalid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rvalid_q      <= '0;
      wide_rvalid_q <= 1'b0;
    end else begin
      rvalid_q      <= gnt_o;
      wide_rvalid_q <= wide_gnt_o && !wide_we_i;
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned p = 0; p < NumPorts; p++) if (gnt_o[p]) port_bank_q[p] <= port_bank[p];
    if (wide_gnt_o) wide_first_q <= wide_first;
  end

  assign rvalid_o      = rvalid_q;
  assign wide_rvalid_o = wide_rvalid_q;

  always_comb begin
    rdata_o = '0;
    for (int unsigned p = 0; p < NumPorts; p++) if (rvalid_q[p]) rdata_o[p] = bank_rdata[port_bank_q[p]];
  end

  always_comb begin
    wide_rdata_o = '0;
    if (wide_rvalid_q) begin
      for (int unsigned i = 0; i < WideWords; i++) begin
        wide_rdata_o[32*i+:32] = bank_rdata[bank_t'(32'(wide_first_q) + i)];
      end
    end
  end

  `TD_ASSERT(a_grants_of_requests, (gnt_o & ~req_i) == '0 && (req_i == '0 || bank_req != '0))
  `TD_ASSERT_ANSWERED(a_access_answered, req_i, gnt_o, rvalid_o)
  `TD_ASSERT_ANSWERED(a_wide_read_answered, wide_req_i && !wide_we_i, wide_gnt_o, wide_rvalid_o)
  `TD_ASSERT(a_wide_gets_all_banks, wide_gnt_o |-> wide_req_i && (bank_req & wide_banks) == wide_banks)
  for (genvar p = 0; p < NumPorts; p++) begin : gen_assert
    `TD_ASSERT_HELD(a_request_held, req_i[p], gnt_o[p], {addr_i[p], we_i[p], be_i[p], wdata_i[p] & {32{we_i[p]}}})
  end
  `TD_ASSERT_HELD(a_wide_request_held, wide_req_i, wide_gnt_o, {wide_addr_i, wide_we_i, wide_be_i})
  `TD_ASSERT(a_bank_given_once, wide_gnt_o |-> (wide_banks & narrow_won) == '0)

endmodule
