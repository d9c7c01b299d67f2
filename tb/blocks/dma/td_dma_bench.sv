// SPDX-License-Identifier: Apache-2.0
// Bench of td_dma: its register target for cocotb, memories with random stalls at its other ports.
module td_dma_bench #(
  parameter int unsigned NumCores = 8
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                req_i,
  output logic                gnt_o,
  input  logic [11:0]         addr_i,
  input  logic                we_i,
  input  logic [31:0]         wdata_i,
  input  logic [2:0]          id_i,
  output logic                rvalid_o,
  output logic [31:0]         rdata_o,
  output logic                err_o,
  input  logic [6:0]          stall_i,       // TCDM
  input  logic [6:0]          stall_l2_i,
  input  logic [6:0]          delay_i,
  output logic                busy_o,
  output logic                fault_o,
  output logic [31:0]         fault_addr_o,
  output logic [31:0]         cycle_o,
  output logic [31:0]         busy_cycles_o,  // since the last commit of a transfer while idle
  output logic [7:0][31:0]    events_o        // counted per core
);

  logic [1:0]       tcdm_req, tcdm_gnt, tcdm_we, tcdm_rvalid;
  logic [1:0][31:0] tcdm_addr, tcdm_wdata, tcdm_rdata;
  logic [1:0][3:0]  tcdm_be;
  logic             l2_req, l2_gnt, l2_we, l2_rvalid, l2_err;
  logic [31:0]      l2_addr;
  logic [7:0]       l2_be;
  logic [63:0]      l2_wdata, l2_rdata;
  logic [7:0]       evt;
  logic             fault, busy_q;
  logic [1:0]       unused_err;

  td_dma #(.NumCores(NumCores)) i_dut (
    .clk_i,
    .rst_ni,
    .periph_req_i   (req_i),
    .periph_gnt_o   (gnt_o),
    .periph_a_i     ('{addr: addr_i, we: we_i, be: 4'hF, wdata: wdata_i, id: id_i}),
    .periph_rvalid_o(rvalid_o),
    .periph_r_o     ({rdata_o, err_o}),
    .tcdm_req_o     (tcdm_req),
    .tcdm_gnt_i     (tcdm_gnt),
    .tcdm_addr_o    (tcdm_addr),
    .tcdm_we_o      (tcdm_we),
    .tcdm_be_o      (tcdm_be),
    .tcdm_wdata_o   (tcdm_wdata),
    .tcdm_rvalid_i  (tcdm_rvalid),
    .tcdm_rdata_i   (tcdm_rdata),
    .l2_req_o       (l2_req),
    .l2_gnt_i       (l2_gnt),
    .l2_addr_o      (l2_addr),
    .l2_we_o        (l2_we),
    .l2_be_o        (l2_be),
    .l2_wdata_o     (l2_wdata),
    .l2_rvalid_i    (l2_rvalid),
    .l2_rdata_i     (l2_rdata),
    .l2_err_i       (l2_err),
    .evt_o          (evt),
    .busy_o,
    .fault_valid_o  (fault),
    .fault_addr_o
  );

  for (genvar p = 0; p < 2; p++) begin : gen_tcdm
    td_stall_memory #(
      .DataWidth(32), .HostRegion(0), .Base(td_platform_pkg::TD_TCDM_BASE), .Bytes(td_platform_pkg::TD_TCDM_SIZE),
      .Latency(1)
    ) i_tcdm (
      .clk_i,
      .rst_ni,
      .stall_i,
      .delay_i,
      .req_i   (tcdm_req[p]),
      .gnt_o   (tcdm_gnt[p]),
      .addr_i  (tcdm_addr[p]),
      .we_i    (tcdm_we[p]),
      .be_i    (tcdm_be[p]),
      .wdata_i (tcdm_wdata[p]),
      .rvalid_o(tcdm_rvalid[p]),
      .rdata_o (tcdm_rdata[p]),
      .err_o   (unused_err[p])
    );
  end

  td_stall_memory #(
    .DataWidth(64), .HostRegion(1), .Base(td_platform_pkg::TD_L2_BASE), .Bytes(td_platform_pkg::TD_L2_SIZE), .Latency(5)
  ) i_l2 (
    .clk_i,
    .rst_ni,
    .stall_i (stall_l2_i),
    .delay_i,
    .req_i   (l2_req),
    .gnt_o   (l2_gnt),
    .addr_i  (l2_addr),
    .we_i    (l2_we),
    .be_i    (l2_be),
    .wdata_i (l2_wdata),
    .rvalid_o(l2_rvalid),
    .rdata_o (l2_rdata),
    .err_o   (l2_err)
  );

  assign fault_o = fault;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycle_o       <= '0;
      busy_cycles_o <= '0;
      busy_q        <= 1'b0;
      events_o      <= '0;
    end else begin
      cycle_o <= cycle_o + 1;
      busy_q  <= busy_o;
      if (busy_o) busy_cycles_o <= busy_q ? busy_cycles_o + 1 : 32'd1;
      for (int unsigned c = 0; c < 8; c++) if (evt[c]) events_o[c] <= events_o[c] + 1;
    end
  end

endmodule
