// SPDX-License-Identifier: Apache-2.0
// Bench of td_l2: a traffic agent on each of its ports (0 DMA, 1 instruction cache, 2 HyperBus, 3 cores).
module td_l2_bench (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [3:0][2:0]  mode_i,
  input  logic [1:0]       owner_i,
  output logic [3:0][31:0] accesses_o,
  output logic [3:0][31:0] fastest_o,
  output logic [3:0][31:0] slowest_o,
  output logic             idle_o,
  // Functional coverage, one bit a bin; td_l2_coverage.sv says which.
  output logic [39:0]      place_o,
  output logic [43:0]      strobes_o,
  output logic [31:0]      sequence_o,
  output logic [31:0]      next_o,
  output logic [11:0]      queue_o,
  output logic [15:0]      held_o,
  output logic [31:0]      served_o,
  output logic [63:0]      pair_o,
  output logic [255:0]     robin_o,
  output logic [15:0]      waited_o,
  output logic [3:0]       banks_o,
  output logic [3:0]       answers_o,
  output logic [3:0]       beside_o
);

  logic [3:0]  req, gnt, we, rvalid, err, idle;
  logic [31:0] addr[4];
  logic [7:0]  be[4];
  logic [63:0] wdata[4], rdata[4];

  for (genvar p = 0; p < 4; p++) begin : gen_port
    localparam int unsigned Width = p == 3 ? 32 : 64;
    logic [Width-1:0]   port_wdata;
    logic [Width/8-1:0] port_be;
    assign wdata[p] = 64'(port_wdata);
    assign be[p]    = 8'(port_be);
    td_l2_agent #(.Port(p), .DataWidth(Width), .ReadOnly(p == 1)) i_agent (
      .clk_i,
      .rst_ni,
      .mode_i    (mode_i[p]),
      .owner_i,
      .req_o     (req[p]),
      .gnt_i     (gnt[p]),
      .addr_o    (addr[p]),
      .we_o      (we[p]),
      .be_o      (port_be),
      .wdata_o   (port_wdata),
      .rvalid_i  (rvalid[p]),
      .rdata_i   (rdata[p][Width-1:0]),
      .err_i     (err[p]),
      .accesses_o(accesses_o[p]),
      .fastest_o (fastest_o[p]),
      .slowest_o (slowest_o[p]),
      .idle_o    (idle[p])
    );
  end

  assign idle_o       = &idle;
  assign rdata[3][63:32] = '0;

  td_l2 i_dut (
    .clk_i,
    .rst_ni,
    .dma_req_i      (req[0]),
    .dma_gnt_o      (gnt[0]),
    .dma_addr_i     (addr[0]),
    .dma_we_i       (we[0]),
    .dma_be_i       (be[0]),
    .dma_wdata_i    (wdata[0]),
    .dma_rvalid_o   (rvalid[0]),
    .dma_rdata_o    (rdata[0]),
    .dma_err_o      (err[0]),
    .icache_req_i   (req[1]),
    .icache_gnt_o   (gnt[1]),
    .icache_addr_i  (addr[1]),
    .icache_rvalid_o(rvalid[1]),
    .icache_rdata_o (rdata[1]),
    .icache_err_o   (err[1]),
    .hyper_req_i    (req[2]),
    .hyper_gnt_o    (gnt[2]),
    .hyper_addr_i   (addr[2]),
    .hyper_we_i     (we[2]),
    .hyper_be_i     (be[2]),
    .hyper_wdata_i  (wdata[2]),
    .hyper_rvalid_o (rvalid[2]),
    .hyper_rdata_o  (rdata[2]),
    .hyper_err_o    (err[2]),
    .core_req_i     (req[3]),
    .core_gnt_o     (gnt[3]),
    .core_addr_i    (addr[3]),
    .core_we_i      (we[3]),
    .core_be_i      (be[3][3:0]),
    .core_wdata_i   (wdata[3][31:0]),
    .core_rvalid_o  (rvalid[3]),
    .core_rdata_o   (rdata[3][31:0]),
    .core_err_o     (err[3])
  );

  // ---- Coverage. ----
  logic [3:0]      head_we, head_err;
  logic [3:0][3:0] want, grant, last;

  for (genvar n = 0; n < 4; n++) begin : gen_inside
    assign head_we[n]  = i_dut.port_head[n].we;
    assign head_err[n] = i_dut.port_head[n].err;
    assign want[n]     = i_dut.gen_bank[n].want;
    assign grant[n]    = i_dut.bank_grant[n];
    assign last[n]     = i_dut.gen_bank[n].last_q;
  end

  td_l2_coverage i_coverage (
    .clk_i,
    .rst_ni,
    .req_i     (req),
    .gnt_i     (gnt),
    .we_i      (we),
    .addr_i    (addr),
    .be_i      (be),
    .rvalid_i  (rvalid),
    .err_i     (err),
    .empty_i   (i_dut.port_empty),
    .pop_i     (i_dut.port_pop),
    .head_we_i (head_we),
    .head_err_i(head_err),
    .want_i    (want),
    .grant_i   (grant),
    .last_i    (last),
    .place_o,
    .strobes_o,
    .sequence_o,
    .next_o,
    .queue_o,
    .held_o,
    .served_o,
    .pair_o,
    .robin_o,
    .waited_o,
    .banks_o,
    .answers_o,
    .beside_o
  );

endmodule
