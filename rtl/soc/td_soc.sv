// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The top: cluster, L2, HyperBus controller and SoC control.
module td_soc
  import td_periph_pkg::*;
  import td_hyperbus_reg_pkg::TD_HYPERBUS_COMMIT_OFFSET;
  import td_platform_pkg::*;
#(
  parameter int unsigned Height     = 4,   // RedMule: reduction chain
  parameter int unsigned Rows       = 12,  // RedMule: rows of Z at once
  parameter int unsigned PipeRegs   = 3,   // RedMule: pipeline registers of a computing element
  parameter int unsigned TcdmBanks  = 32,
  parameter int unsigned NumFpus    = 4,
  parameter int unsigned FpuLatency = 1    // cores: cycles of a pipelined floating-point operation
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [31:0] boot_addr_i,
  input  logic        fetch_enable_i,   // the cores start when it rises
  // HyperBus
  output logic        hyper_cs_no,
  output logic        hyper_ck_o,
  output logic        hyper_rwds_o,
  input  logic        hyper_rwds_i,
  output logic        hyper_rwds_oe_o,
  output logic [7:0]  hyper_dq_o,
  input  logic [7:0]  hyper_dq_i,
  output logic        hyper_dq_oe_o,
  output logic        hyper_reset_no,
  // To the bench: mailbox_valid_o toggles at each word
  output logic        mailbox_valid_o,
  output logic [31:0] mailbox_data_o,
  output logic        eoc_o,
  output logic [31:0] eoc_value_o,
  output logic        fault_o          // a fault is recorded
);

  localparam int unsigned NumCores = TD_NUM_CORES;

  logic        data_req, data_gnt, data_we, data_rvalid, data_err;
  logic [31:0] data_addr, data_wdata, data_rdata, data_pc;
  logic [2:0]  data_core;
  logic [3:0]  data_be;

  logic        dma_req, dma_gnt, dma_we, dma_rvalid, dma_err;
  logic [31:0] dma_addr;
  logic [7:0]  dma_be;
  logic [63:0] dma_wdata, dma_rdata;

  logic        icache_req, icache_gnt, icache_rvalid, icache_err;
  logic [31:0] icache_addr;
  logic [63:0] icache_rdata;

  logic        l2_req, l2_gnt, l2_we, l2_rvalid, l2_err;
  logic [31:0] l2_addr;
  logic [7:0]  l2_be;
  logic [63:0] l2_wdata, l2_rdata;

  logic        hyper_evt, hyper_fault, hyper_busy;
  logic [31:0] hyper_fault_addr;
  logic        cluster_fault;
  logic [4:0]  cluster_fault_source;
  logic [31:0] cluster_fault_addr, cluster_fault_pc, hyper_fault_pc;
  logic [2:0]  cluster_fault_core, hyper_fault_core;

  // The pins are sampled once, so that nothing inside depends on them within a cycle.
  logic [31:0] boot_addr_q;
  logic        fetch_enable_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      boot_addr_q    <= '0;
      fetch_enable_q <= 1'b0;
    end else begin
      boot_addr_q    <= boot_addr_i;
      fetch_enable_q <= fetch_enable_i;
    end
  end

  td_cluster #(
    .Height    (Height),
    .Rows      (Rows),
    .PipeRegs  (PipeRegs),
    .TcdmBanks (TcdmBanks),
    .NumFpus   (NumFpus),
    .FpuLatency(FpuLatency)
  ) i_cluster (
    .clk_i,
    .rst_ni,
    .boot_addr_i    (boot_addr_q),
    .fetch_enable_i (fetch_enable_q),
    .hyper_evt_i    (hyper_evt),
    .data_req_o     (data_req),
    .data_gnt_i     (data_gnt),
    .data_addr_o    (data_addr),
    .data_we_o      (data_we),
    .data_be_o      (data_be),
    .data_wdata_o   (data_wdata),
    .data_core_o    (data_core),
    .data_pc_o      (data_pc),
    .data_rvalid_i  (data_rvalid),
    .data_rdata_i   (data_rdata),
    .data_err_i     (data_err),
    .dma_req_o      (dma_req),
    .dma_gnt_i      (dma_gnt),
    .dma_addr_o     (dma_addr),
    .dma_we_o       (dma_we),
    .dma_be_o       (dma_be),
    .dma_wdata_o    (dma_wdata),
    .dma_rvalid_i   (dma_rvalid),
    .dma_rdata_i    (dma_rdata),
    .dma_err_i      (dma_err),
    .icache_req_o   (icache_req),
    .icache_gnt_i   (icache_gnt),
    .icache_addr_o  (icache_addr),
    .icache_rvalid_i(icache_rvalid),
    .icache_rdata_i (icache_rdata),
    .icache_err_i   (icache_err),
    .fault_valid_o  (cluster_fault),
    .fault_source_o (cluster_fault_source),
    .fault_core_o   (cluster_fault_core),
    .fault_addr_o   (cluster_fault_addr),
    .fault_pc_o     (cluster_fault_pc)
  );

  //////////////////////////////////////////////////////////////////////////////
  // Data bus of the cores: L2, HyperBus registers, SoC control
  //////////////////////////////////////////////////////////////////////////////
  localparam int unsigned NumTargets = 3;
  typedef enum logic [1:0] {
    L2,
    HyperRegs,
    Control,
    Nothing
  } target_e;

  target_e                     target;
  logic [NumTargets-1:0]       target_req, target_gnt, target_rvalid, target_err;
  logic [NumTargets-1:0][31:0] target_rdata;
  logic                        unmapped;

  always_comb begin
    target = Nothing;
    if (td_in_region(data_addr, TD_L2_BASE, TD_L2_SIZE)) target = L2;
    if (td_in_region(data_addr, TD_SOC_CONTROL_BASE, TD_SOC_CONTROL_SIZE)) target = Control;
    if (td_in_region(data_addr, TD_HYPERBUS_BASE, TD_HYPERBUS_SIZE)) target = HyperRegs;
  end

  periph_a_t periph_a;  // of the SoC's registers
  assign periph_a = '{addr: data_addr[11:0], we: data_we, be: data_be, wdata: data_wdata, id: data_core};

  td_obi_demux #(
    .NumTargets    (NumTargets),
    .MaxOutstanding(8)
  ) i_demux (
    .clk_i,
    .rst_ni,
    .req_i   (data_req),
    .sel_i   (target),
    .gnt_o   (data_gnt),
    .rvalid_o(data_rvalid),
    .rdata_o (data_rdata),
    .err_o   (data_err),
    .fault_o (unmapped),
    .req_o   (target_req),
    .gnt_i   (target_gnt),
    .rvalid_i(target_rvalid),
    .rdata_i (target_rdata),
    .err_i   (target_err)
  );

  td_l2 i_l2 (
    .clk_i,
    .rst_ni,
    .dma_req_i      (dma_req),
    .dma_gnt_o      (dma_gnt),
    .dma_addr_i     (dma_addr),
    .dma_we_i       (dma_we),
    .dma_be_i       (dma_be),
    .dma_wdata_i    (dma_wdata),
    .dma_rvalid_o   (dma_rvalid),
    .dma_rdata_o    (dma_rdata),
    .dma_err_o      (dma_err),
    .icache_req_i   (icache_req),
    .icache_gnt_o   (icache_gnt),
    .icache_addr_i  (icache_addr),
    .icache_rvalid_o(icache_rvalid),
    .icache_rdata_o (icache_rdata),
    .icache_err_o   (icache_err),
    .hyper_req_i    (l2_req),
    .hyper_gnt_o    (l2_gnt),
    .hyper_addr_i   (l2_addr),
    .hyper_we_i     (l2_we),
    .hyper_be_i     (l2_be),
    .hyper_wdata_i  (l2_wdata),
    .hyper_rvalid_o (l2_rvalid),
    .hyper_rdata_o  (l2_rdata),
    .hyper_err_o    (l2_err),
    .core_req_i     (target_req[L2]),
    .core_gnt_o     (target_gnt[L2]),
    .core_addr_i    (data_addr),
    .core_we_i      (data_we),
    .core_be_i      (data_be),
    .core_wdata_i   (data_wdata),
    .core_rvalid_o  (target_rvalid[L2]),
    .core_rdata_o   (target_rdata[L2]),
    .core_err_o     (target_err[L2])
  );

  td_hyperbus i_hyperbus (
    .clk_i,
    .rst_ni,
    .periph_req_i   (target_req[HyperRegs]),
    .periph_gnt_o   (target_gnt[HyperRegs]),
    .periph_a_i     (periph_a),
    .periph_rvalid_o(target_rvalid[HyperRegs]),
    .periph_r_o     ({target_rdata[HyperRegs], target_err[HyperRegs]}),
    .l2_req_o       (l2_req),
    .l2_gnt_i       (l2_gnt),
    .l2_addr_o      (l2_addr),
    .l2_we_o        (l2_we),
    .l2_be_o        (l2_be),
    .l2_wdata_o     (l2_wdata),
    .l2_rvalid_i    (l2_rvalid),
    .l2_rdata_i     (l2_rdata),
    .l2_err_i       (l2_err),
    .hyper_cs_no,
    .hyper_ck_o,
    .hyper_rwds_o,
    .hyper_rwds_i,
    .hyper_rwds_oe_o,
    .hyper_dq_o,
    .hyper_dq_i,
    .hyper_dq_oe_o,
    .hyper_reset_no,
    .evt_o          (hyper_evt),
    .busy_o         (hyper_busy),
    .fault_valid_o  (hyper_fault),
    .fault_addr_o   (hyper_fault_addr)
  );

  // Who committed the HyperBus jobs: the oldest is the one at work until its event.
  logic hyper_commit, unused_origin_empty, unused_origin_full;
  assign hyper_commit = target_req[HyperRegs] && target_gnt[HyperRegs] && !data_we
                     && data_addr[9:0] == TD_HYPERBUS_COMMIT_OFFSET[9:0];

  td_fifo #(
    .Width(3 + 32),
    .Depth(16)
  ) i_hyper_origin (
    .clk_i,
    .rst_ni,
    .push_i (hyper_commit),
    .data_i ({data_core, data_pc}),
    .pop_i  (hyper_evt),
    .data_o ({hyper_fault_core, hyper_fault_pc}),
    .empty_o(unused_origin_empty),
    .full_o (unused_origin_full)
  );

  td_soc_ctrl #(
    .NumCores(NumCores)
  ) i_soc_ctrl (
    .clk_i,
    .rst_ni,
    .periph_req_i   (target_req[Control]),
    .periph_gnt_o   (target_gnt[Control]),
    .periph_a_i     (periph_a),
    .periph_rvalid_o(target_rvalid[Control]),
    .periph_r_o     ({target_rdata[Control], target_err[Control]}),
    .boot_addr_i    (boot_addr_q),
    .mailbox_valid_o,
    .mailbox_data_o,
    .eoc_o,
    .eoc_value_o,
    .fault_valid_i  (cluster_fault || hyper_fault),
    .fault_source_i (cluster_fault ? cluster_fault_source : 5'(TD_FAULT_SOURCE_HYPERBUS)),
    .fault_addr_i   (cluster_fault ? cluster_fault_addr : hyper_fault_addr),
    .fault_core_i   (cluster_fault ? 5'(cluster_fault_core) : 5'(hyper_fault_core)),
    .fault_pc_i     (cluster_fault ? cluster_fault_pc : hyper_fault_pc),
    .fault_o
  );

  logic unused;
  assign unused = ^{unmapped, hyper_busy, unused_origin_empty, unused_origin_full};

endmodule
