// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// L2 memory: 64-bit banks, interleaved, shared by cluster DMA, instruction cache, HyperBus channel and cores.
//
// A request goes through a two-entry queue at its port, is arbitrated round robin at its bank, accesses the bank and
// returns through response registers: rvalid comes 4 cycles after the grant, one access a cycle and port, more only when
// another port takes the bank. Addresses outside the memory are answered with an error and change nothing. The low
// address bits below the port's word are ignored.

`include "td_assert.svh"

module td_l2
  import td_platform_pkg::*;
#(
  parameter logic [31:0] Base     = TD_L2_BASE,
  parameter int unsigned Bytes    = TD_L2_SIZE,
  parameter int unsigned NumBanks = 4                 // a power of two, at least 2
) (
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

  localparam int unsigned NumPorts  = 4;
  localparam int unsigned Dma = 0, Icache = 1, Hyper = 2, Core = 3;
  localparam int unsigned BankWidth = $clog2(NumBanks);
  localparam int unsigned WordWidth = $clog2(Bytes / 8);

  typedef struct packed {
    logic                 err;   // not in this memory
    logic                 high;  // a 32-bit port's word is the upper half
    logic [WordWidth-1:0] word;
    logic                 we;
    logic [7:0]           be;
    logic [63:0]          wdata;
  } request_t;

  typedef struct packed {
    logic                 valid;
    logic                 err;
    logic                 high;
    logic [BankWidth-1:0] bank;
  } stage_t;

  function automatic request_t request(logic [31:0] addr, logic we, logic [7:0] be, logic [63:0] wdata);
    return '{
      err:   !td_in_region(addr, Base, Bytes),
      high:  addr[2],
      word:  addr[3+:WordWidth],
      we:    we,
      be:    be,
      wdata: wdata
    };
  endfunction

  logic     [NumPorts-1:0] port_req, port_full, port_empty, port_pop;
  request_t                port_in[NumPorts], port_head[NumPorts];

  assign port_req = {core_req_i, hyper_req_i, icache_req_i, dma_req_i};
  assign {core_gnt_o, hyper_gnt_o, icache_gnt_o, dma_gnt_o} = ~port_full;

  always_comb begin
    port_in[Dma]    = request(dma_addr_i, dma_we_i, dma_be_i, dma_wdata_i);
    port_in[Icache] = request(icache_addr_i, 1'b0, '0, '0);
    port_in[Hyper]  = request(hyper_addr_i, hyper_we_i, hyper_be_i, hyper_wdata_i);
    port_in[Core]   = request(core_addr_i, core_we_i, core_addr_i[2] ? {core_be_i, 4'h0} : {4'h0, core_be_i},
                              {core_wdata_i, core_wdata_i});
  end

  // ---- Ports: request queue, and the stages that a response passes. ----
  logic [63:0] bank_rdata[NumBanks];
  logic [63:0] rdata_q[NumPorts];
  stage_t      access_q[NumPorts], respond_q[NumPorts];  // bank is being read; response leaves

  for (genvar p = 0; p < int'(NumPorts); p++) begin : gen_port
    td_fifo #(.Width($bits(request_t)), .Depth(2)) i_queue (
      .clk_i,
      .rst_ni,
      .push_i (port_req[p] && !port_full[p]),
      .data_i (port_in[p]),
      .pop_i  (port_pop[p]),
      .data_o (port_head[p]),
      .empty_o(port_empty[p]),
      .full_o (port_full[p])
    );

    stage_t latch_q;  // bank data latched
    logic [63:0] latch_data_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        access_q[p]  <= '0;
        latch_q      <= '0;
        respond_q[p] <= '0;
      end else begin
        if (port_pop[p] || access_q[p].valid) begin
          access_q[p] <= '{
            valid: port_pop[p],
            err:   port_head[p].err,
            high:  port_head[p].high,
            bank:  port_head[p].word[BankWidth-1:0]
          };
        end
        if (access_q[p].valid || latch_q.valid) latch_q <= access_q[p];
        if (latch_q.valid || respond_q[p].valid) respond_q[p] <= latch_q;
      end
    end

    always_ff @(posedge clk_i) begin
      if (access_q[p].valid) latch_data_q <= access_q[p].err ? '0 : bank_rdata[access_q[p].bank];
      if (latch_q.valid) rdata_q[p] <= latch_data_q;
    end
  end

  // ---- Banks: round robin among the ports whose oldest request is for the bank. ----
  logic [NumPorts-1:0] bank_grant[NumBanks];

  for (genvar b = 0; b < int'(NumBanks); b++) begin : gen_bank
    logic [NumPorts-1:0]         want, above;
    logic [NumPorts-1:0]         last_q;  // one hot: the port that was served last
    logic [$clog2(NumPorts)-1:0] winner;

    for (genvar p = 0; p < int'(NumPorts); p++) begin : gen_want
      assign want[p] = !port_empty[p] && !port_head[p].err && port_head[p].word[BankWidth-1:0] == BankWidth'(b);
    end

    // The lowest wanting port above the last one, else the lowest.
    assign above         = want & ~(last_q | (last_q - 1'b1));
    assign bank_grant[b] = above != '0 ? above & (~above + 1'b1) : want & (~want + 1'b1);

    always_comb begin
      winner = '0;
      for (int unsigned p = 0; p < NumPorts; p++) if (bank_grant[b][p]) winner = 2'(p);
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) last_q <= NumPorts'(1);
      else if (want != '0) last_q <= bank_grant[b];
    end

    td_sram #(
      .NumWords  (Bytes / 8 / NumBanks),
      .DataWidth (64),
      .HostRegion(1),
      .NumBanks  (NumBanks),
      .Bank      (b)
    ) i_sram (
      .clk_i,
      .req_i  (want != '0),
      .we_i   (port_head[winner].we),
      .addr_i (port_head[winner].word[WordWidth-1:BankWidth]),
      .wdata_i(port_head[winner].wdata),
      .be_i   (port_head[winner].be),
      .rdata_o(bank_rdata[b])
    );
  end

  always_comb begin
    for (int unsigned p = 0; p < NumPorts; p++) begin
      port_pop[p] = !port_empty[p] && (port_head[p].err || bank_grant[port_head[p].word[BankWidth-1:0]][p]);
    end
  end

  // ---- Responses. ----
  assign dma_rvalid_o    = respond_q[Dma].valid;
  assign dma_err_o       = respond_q[Dma].valid && respond_q[Dma].err;
  assign dma_rdata_o     = rdata_q[Dma];
  assign icache_rvalid_o = respond_q[Icache].valid;
  assign icache_err_o    = respond_q[Icache].valid && respond_q[Icache].err;
  assign icache_rdata_o  = rdata_q[Icache];
  assign hyper_rvalid_o  = respond_q[Hyper].valid;
  assign hyper_err_o     = respond_q[Hyper].valid && respond_q[Hyper].err;
  assign hyper_rdata_o   = rdata_q[Hyper];
  assign core_rvalid_o   = respond_q[Core].valid;
  assign core_err_o      = respond_q[Core].valid && respond_q[Core].err;
  assign core_rdata_o    = respond_q[Core].high ? rdata_q[Core][63:32] : rdata_q[Core][31:0];

  // At most one port a bank and cycle; what a port asks for is held until it is granted.
  for (genvar b = 0; b < int'(NumBanks); b++) begin : gen_bank_check
    `TD_ASSERT(a_one_port_a_bank, $onehot0(bank_grant[b]))
  end
  `TD_ASSERT_HELD(a_dma_request_held, dma_req_i, dma_gnt_o, dma_addr_i)
  `TD_ASSERT_HELD(a_icache_request_held, icache_req_i, icache_gnt_o, icache_addr_i)
  `TD_ASSERT_HELD(a_hyper_request_held, hyper_req_i, hyper_gnt_o, hyper_addr_i)
  `TD_ASSERT_HELD(a_core_request_held, core_req_i, core_gnt_o, core_addr_i)

endmodule
