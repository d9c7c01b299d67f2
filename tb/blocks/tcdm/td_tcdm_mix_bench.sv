// SPDX-License-Identifier: Apache-2.0
// Bench of the TCDM under its real load: td_redmule on the wide port, td_dma on two narrow ports, and eight ports that ask
// like cores: a free port sends with probability core_percent_i/100 a cycle, to any bank; writes go to the scratch area only.
//
// cocotb programs the two engines; everything is counted while RedMule is busy.
module td_tcdm_mix_bench #(
  parameter int unsigned Height   = 4,
  parameter int unsigned Rows     = 12,
  parameter int unsigned PipeRegs = 3,
  parameter int unsigned NumBanks = 32
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [7:0]       wide_max_i,
  input  logic [7:0]       narrow_max_i,
  input  logic [6:0]       core_percent_i,
  input  logic             one_bank_i,        // the cores' addresses lie in the bank of the scratch area's first word
  input  logic [16:0]      scratch_i,         // first byte of the area that cores write
  input  logic [16:0]      scratch_bytes_i,
  // Register targets of RedMule and DMA.
  input  logic             redmule_req_i,
  output logic             redmule_gnt_o,
  input  logic [11:0]      redmule_addr_i,
  input  logic             redmule_we_i,
  input  logic [31:0]      redmule_wdata_i,
  output logic             redmule_rvalid_o,
  output logic [31:0]      redmule_rdata_o,
  output logic             redmule_err_o,
  input  logic             dma_req_i,
  output logic             dma_gnt_o,
  input  logic [11:0]      dma_addr_i,
  input  logic             dma_we_i,
  input  logic [31:0]      dma_wdata_i,
  output logic             dma_rvalid_o,
  output logic [31:0]      dma_rdata_o,
  output logic             dma_err_o,
  // Counts since RedMule was idle last.
  output logic             busy_o,
  output logic [31:0]      busy_cycles_o,
  output logic [31:0]      beats_o,           // granted to the wide port
  output logic [31:0]      conflicts_o,       // cycles in which both sides wanted a bank
  output logic [31:0]      conflicts_lost_o,  // of these, lost by the wide port
  output logic [31:0]      wide_wait_o,       // longest wait of the wide port
  output logic [31:0]      dma_words_o,       // granted to the DMA
  output logic [31:0]      core_wait_o,       // longest wait of a core
  output logic [7:0][31:0] core_grants_o
);

  localparam int unsigned WideWords = Height * (PipeRegs + 1) + 1;

  logic [9:0]              req, gnt, we, rvalid;
  logic [9:0][16:0]        addr;
  logic [9:0][3:0]         be;
  logic [9:0][31:0]        wdata, rdata;
  logic                    wide_req, wide_gnt, wide_we, wide_rvalid;
  logic [31:0]             wide_addr;
  logic [WideWords*4-1:0]  wide_be;
  logic [WideWords*32-1:0] wide_wdata, wide_rdata;
  logic [1:0][31:0]        dma_tcdm_addr;
  logic                    l2_req, l2_gnt, l2_we, l2_rvalid, l2_err;
  logic [31:0]             l2_addr;
  logic [7:0]              l2_be;
  logic [63:0]             l2_wdata, l2_rdata;

  td_redmule #(.Height(Height), .Rows(Rows), .PipeRegs(PipeRegs)) i_redmule (
    .clk_i,
    .rst_ni,
    .periph_req_i   (redmule_req_i),
    .periph_gnt_o   (redmule_gnt_o),
    .periph_a_i     ('{addr: redmule_addr_i, we: redmule_we_i, be: 4'hF, wdata: redmule_wdata_i, id: '0}),
    .periph_rvalid_o(redmule_rvalid_o),
    .periph_r_o     ({redmule_rdata_o, redmule_err_o}),
    .tcdm_req_o     (wide_req),
    .tcdm_gnt_i     (wide_gnt),
    .tcdm_addr_o    (wide_addr),
    .tcdm_we_o      (wide_we),
    .tcdm_be_o      (wide_be),
    .tcdm_wdata_o   (wide_wdata),
    .tcdm_rvalid_i  (wide_rvalid),
    .tcdm_rdata_i   (wide_rdata),
    .evt_o          (),
    .busy_o
  );

  td_dma i_dma (
    .clk_i,
    .rst_ni,
    .periph_req_i   (dma_req_i),
    .periph_gnt_o   (dma_gnt_o),
    .periph_a_i     ('{addr: dma_addr_i, we: dma_we_i, be: 4'hF, wdata: dma_wdata_i, id: '0}),
    .periph_rvalid_o(dma_rvalid_o),
    .periph_r_o     ({dma_rdata_o, dma_err_o}),
    .tcdm_req_o     (req[9:8]),
    .tcdm_gnt_i     (gnt[9:8]),
    .tcdm_addr_o    (dma_tcdm_addr),
    .tcdm_we_o      (we[9:8]),
    .tcdm_be_o      (be[9:8]),
    .tcdm_wdata_o   (wdata[9:8]),
    .tcdm_rvalid_i  (rvalid[9:8]),
    .tcdm_rdata_i   (rdata[9:8]),
    .l2_req_o       (l2_req),
    .l2_gnt_i       (l2_gnt),
    .l2_addr_o      (l2_addr),
    .l2_we_o        (l2_we),
    .l2_be_o        (l2_be),
    .l2_wdata_o     (l2_wdata),
    .l2_rvalid_i    (l2_rvalid),
    .l2_rdata_i     (l2_rdata),
    .l2_err_i       (l2_err),
    .evt_o          (),
    .busy_o         (),
    .fault_valid_o  (),
    .fault_addr_o   ()
  );

  td_stall_memory #(
    .DataWidth(64), .HostRegion(1), .Base(td_platform_pkg::TD_L2_BASE), .Bytes(td_platform_pkg::TD_L2_SIZE), .Latency(5)
  ) i_l2 (
    .clk_i,
    .rst_ni,
    .stall_i (7'd0),
    .delay_i (7'd0),
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

  td_tcdm #(.NumPorts(10), .NumBanks(NumBanks), .WideWords(WideWords)) i_tcdm (
    .clk_i,
    .rst_ni,
    .wide_max_i,
    .narrow_max_i,
    .req_i        (req),
    .gnt_o        (gnt),
    .addr_i       (addr),
    .we_i         (we),
    .be_i         (be),
    .wdata_i      (wdata),
    .rvalid_o     (rvalid),
    .rdata_o      (rdata),
    .wide_req_i   (wide_req),
    .wide_gnt_o   (wide_gnt),
    .wide_addr_i  (wide_addr[16:0]),
    .wide_we_i    (wide_we),
    .wide_be_i    (wide_be),
    .wide_wdata_i (wide_wdata),
    .wide_rvalid_o(wide_rvalid),
    .wide_rdata_o (wide_rdata)
  );

  for (genvar p = 0; p < 2; p++) begin : gen_dma_port
    assign addr[8+p] = dma_tcdm_addr[p][16:0];
  end

  // Cores.
  logic [7:0]        core_req_q, core_we_q;
  logic [7:0][16:0]  core_addr_q;
  logic [7:0][31:0]  core_wdata_q, waited_q;

  assign req[7:0]   = core_req_q;
  assign we[7:0]    = core_we_q;
  assign addr[7:0]  = core_addr_q;
  assign be[7:0]    = '1;
  assign wdata[7:0] = core_wdata_q;

  function automatic logic [16:0] address(logic write);
    if (one_bank_i) return scratch_i + 17'($urandom_range(3) * NumBanks * 4);
    if (write) return (scratch_i + 17'($urandom_range(32'(scratch_bytes_i) - 4))) & ~17'd3;
    return 17'($urandom) & ~17'd3;
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      core_req_q       <= '0;
      waited_q         <= '0;
      busy_cycles_o    <= '0;
      beats_o          <= '0;
      conflicts_o      <= '0;
      conflicts_lost_o <= '0;
      wide_wait_o      <= '0;
      dma_words_o      <= '0;
      core_wait_o      <= '0;
      core_grants_o    <= '0;
    end else begin
      for (int unsigned c = 0; c < 8; c++) begin
        if (!core_req_q[c] || gnt[c]) begin
          automatic logic write = $urandom_range(3) == 0;
          core_req_q[c]   <= $urandom_range(99) < 32'(core_percent_i);
          core_we_q[c]    <= write;
          core_addr_q[c]  <= address(write);
          core_wdata_q[c] <= $urandom;
        end
        waited_q[c] <= core_req_q[c] && !gnt[c] ? waited_q[c] + 1 : '0;
      end
      if (redmule_req_i) begin  // a job begins after its last register access
        busy_cycles_o    <= '0;
        beats_o          <= '0;
        conflicts_o      <= '0;
        conflicts_lost_o <= '0;
        wide_wait_o      <= '0;
        dma_words_o      <= '0;
        core_wait_o      <= '0;
        core_grants_o    <= '0;
      end else if (busy_o) begin
        busy_cycles_o <= busy_cycles_o + 1;
        beats_o       <= beats_o + 32'(wide_gnt);
        dma_words_o   <= dma_words_o + 32'($countones(gnt[9:8]));
        if (i_tcdm.conflict) begin
          conflicts_o      <= conflicts_o + 1;
          conflicts_lost_o <= conflicts_lost_o + 32'(!wide_gnt);
        end
        wide_wait_q <= wide_req && !wide_gnt ? wide_wait_q + 1 : '0;
        if (wide_wait_q > wide_wait_o) wide_wait_o <= wide_wait_q;
        for (int unsigned c = 0; c < 8; c++) begin
          core_grants_o[c] <= core_grants_o[c] + 32'(gnt[c]);
        end
        core_wait_o <= longest;
      end
    end
  end

  logic [31:0] wide_wait_q, longest;
  always_comb begin
    longest = core_wait_o;
    for (int unsigned c = 0; c < 8; c++) if (waited_q[c] > longest) longest = waited_q[c];
  end

endmodule
