// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The cluster: cores, shared FPUs, TCDM, event unit, RedMule, DMA, instruction cache and their peripheral bus.
module td_cluster
  import td_cluster_pkg::*;
  import td_periph_pkg::*;
  import td_dma_reg_pkg::TD_DMA_COMMIT_OFFSET;
  import td_platform_pkg::*;
  import td_redmule_reg_pkg::TD_REDMULE_TRIGGER_OFFSET;
#(
  parameter int unsigned Height     = 4,
  parameter int unsigned Rows       = 12,
  parameter int unsigned PipeRegs   = 3,
  parameter int unsigned TcdmBanks  = 32,
  parameter int unsigned NumFpus    = 4,
  parameter int unsigned FpuLatency = 1,
  localparam int unsigned NumCores  = TD_NUM_CORES,
  localparam int unsigned IdWidth   = $clog2(NumCores)
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [31:0] boot_addr_i,
  input  logic        fetch_enable_i,
  input  logic        hyper_evt_i,
  // Data of the cores to L2 and the SoC's peripherals
  output logic        data_req_o,
  input  logic        data_gnt_i,
  output logic [31:0] data_addr_o,
  output logic        data_we_o,
  output logic [3:0]  data_be_o,
  output logic [31:0] data_wdata_o,
  output logic [IdWidth-1:0] data_core_o,  // which core asks, and by which instruction
  output logic [31:0] data_pc_o,
  input  logic        data_rvalid_i,
  input  logic [31:0] data_rdata_i,
  input  logic        data_err_i,
  // DMA to L2
  output logic        dma_req_o,
  input  logic        dma_gnt_i,
  output logic [31:0] dma_addr_o,
  output logic        dma_we_o,
  output logic [7:0]  dma_be_o,
  output logic [63:0] dma_wdata_o,
  input  logic        dma_rvalid_i,
  input  logic [63:0] dma_rdata_i,
  input  logic        dma_err_i,
  // Instruction cache to L2
  output logic        icache_req_o,
  input  logic        icache_gnt_i,
  output logic [31:0] icache_addr_o,
  input  logic        icache_rvalid_i,
  input  logic [63:0] icache_rdata_i,
  input  logic        icache_err_i,
  // An access failed: source: the core's number, or a TD_FAULT_SOURCE; on whose behalf
  output logic        fault_valid_o,
  output logic [4:0]  fault_source_o,
  output logic [IdWidth-1:0] fault_core_o,
  output logic [31:0] fault_addr_o,
  output logic [31:0] fault_pc_o
);

  localparam int unsigned WideWords  = Height * (PipeRegs + 1) + 1;
  localparam int unsigned NumPorts   = NumCores + 2;  // cores, then the DMA's two
  localparam int unsigned TcdmWidth  = $clog2(TD_TCDM_SIZE);

  // Targets as indices
  localparam int unsigned Tcdm    = 32'(TargetTcdm);
  localparam int unsigned Event   = 32'(TargetEvent);
  localparam int unsigned Ext     = 32'(TargetExt);
  localparam int unsigned Control = 32'(TargetControl) - FirstPeriph;
  localparam int unsigned Timer   = 32'(TargetTimer) - FirstPeriph;
  localparam int unsigned Redmule = 32'(TargetRedmule) - FirstPeriph;
  localparam int unsigned Icache  = 32'(TargetIcache) - FirstPeriph;
  localparam int unsigned Dma     = 32'(TargetDma) - FirstPeriph;

  typedef logic [NumCores-1:0] cores_t;

  //////////////////////////////////////////////////////////////////////////////
  // Cores
  //////////////////////////////////////////////////////////////////////////////
  cores_t fetch_enable, clk_en, sleep;
  cores_t instr_req, instr_gnt, instr_rvalid;
  logic [NumCores-1:0][31:0] instr_addr, instr_rdata;

  logic [NumTargets-1:0]       core_req   [NumCores];
  logic [NumTargets-1:0]       core_gnt   [NumCores];
  logic [NumTargets-1:0]       core_rvalid[NumCores];
  logic [NumTargets-1:0]       core_err   [NumCores];
  logic [NumTargets-1:0][31:0] core_rdata [NumCores];
  logic [NumCores-1:0][31:0]   core_addr, core_wdata;
  logic [NumCores-1:0][3:0]    core_be;
  cores_t                      core_we, core_fault, data_wait, instr_wait, fpu_wait;
  logic [31:0]                 core_pc[NumCores], core_fault_addr[NumCores], core_fault_pc[NumCores];

  td_core_complex #(
    .NumCores  (NumCores),
    .NumFpus   (NumFpus),
    .FpuLatency(FpuLatency)
  ) i_cores (
    .clk_i,
    .rst_ni,
    .boot_addr_i,
    .fetch_enable_i(fetch_enable),
    .clk_en_i      (clk_en),
    .sleep_o       (sleep),
    .instr_req_o   (instr_req),
    .instr_gnt_i   (instr_gnt),
    .instr_addr_o  (instr_addr),
    .instr_rvalid_i(instr_rvalid),
    .instr_rdata_i (instr_rdata),
    .data_req_o    (core_req),
    .data_gnt_i    (core_gnt),
    .data_addr_o   (core_addr),
    .data_we_o     (core_we),
    .data_be_o     (core_be),
    .data_wdata_o  (core_wdata),
    .data_rvalid_i (core_rvalid),
    .data_rdata_i  (core_rdata),
    .data_err_i    (core_err),
    .data_pc_o     (core_pc),
    .fault_o       (core_fault),
    .fault_addr_o  (core_fault_addr),
    .fault_pc_o    (core_fault_pc),
    .data_wait_o   (data_wait),
    .instr_wait_o  (instr_wait),
    .fpu_wait_o    (fpu_wait)
  );

  //////////////////////////////////////////////////////////////////////////////
  // TCDM
  //////////////////////////////////////////////////////////////////////////////
  logic [7:0]                         tcdm_wide_max, tcdm_narrow_max;
  logic [NumPorts-1:0]                tcdm_req, tcdm_gnt, tcdm_we, tcdm_rvalid;
  logic [NumPorts-1:0][TcdmWidth-1:0] tcdm_addr;
  logic [NumPorts-1:0][3:0]           tcdm_be;
  logic [NumPorts-1:0][31:0]          tcdm_wdata, tcdm_rdata;

  logic [1:0]                         dma_tcdm_req, dma_tcdm_we;
  logic [1:0][31:0]                   dma_tcdm_addr, dma_tcdm_wdata;
  logic [1:0][3:0]                    dma_tcdm_be;

  logic                               wide_req, wide_gnt, wide_we, wide_rvalid;
  logic [31:0]                        wide_addr;
  logic [WideWords*4-1:0]             wide_be;
  logic [WideWords*32-1:0]            wide_wdata, wide_rdata;

  for (genvar c = 0; c < NumCores; c++) begin : gen_tcdm_port
    assign tcdm_req[c]   = core_req[c][Tcdm];
    assign tcdm_addr[c]  = core_addr[c][TcdmWidth-1:0];
    assign tcdm_we[c]    = core_we[c];
    assign tcdm_be[c]    = core_be[c];
    assign tcdm_wdata[c] = core_wdata[c];
    assign core_gnt[c][Tcdm]    = tcdm_gnt[c];
    assign core_rvalid[c][Tcdm] = tcdm_rvalid[c];
    assign core_rdata[c][Tcdm]  = tcdm_rdata[c];
    assign core_err[c][Tcdm]    = 1'b0;
  end
  for (genvar d = 0; d < 2; d++) begin : gen_tcdm_dma_port
    assign tcdm_req[NumCores+d]   = dma_tcdm_req[d];
    assign tcdm_addr[NumCores+d]  = dma_tcdm_addr[d][TcdmWidth-1:0];
    assign tcdm_we[NumCores+d]    = dma_tcdm_we[d];
    assign tcdm_be[NumCores+d]    = dma_tcdm_be[d];
    assign tcdm_wdata[NumCores+d] = dma_tcdm_wdata[d];
  end

  // What RedMule asks for outside TCDM is neither read nor written, and a fault.
  logic [WideWords*4-1:0] wide_inside;

  for (genvar w = 0; w < int'(WideWords); w++) begin : gen_wide_inside
    assign wide_inside[4*w+:4] = {4{td_in_region(wide_addr + 4 * w, TD_TCDM_BASE, TD_TCDM_SIZE)}};
  end

  td_tcdm #(
    .NumPorts (NumPorts),
    .NumBanks (TcdmBanks),
    .WideWords(WideWords),
    .Bytes    (TD_TCDM_SIZE)
  ) i_tcdm (
    .clk_i,
    .rst_ni,
    .wide_max_i   (tcdm_wide_max),
    .narrow_max_i (tcdm_narrow_max),
    .req_i        (tcdm_req),
    .gnt_o        (tcdm_gnt),
    .addr_i       (tcdm_addr),
    .we_i         (tcdm_we),
    .be_i         (tcdm_be),
    .wdata_i      (tcdm_wdata),
    .rvalid_o     (tcdm_rvalid),
    .rdata_o      (tcdm_rdata),
    .wide_req_i   (wide_req),
    .wide_gnt_o   (wide_gnt),
    .wide_addr_i  (wide_addr[TcdmWidth-1:0]),
    .wide_we_i    (wide_we),
    .wide_be_i    (wide_be & wide_inside),
    .wide_wdata_i (wide_wdata),
    .wide_rvalid_o(wide_rvalid),
    .wide_rdata_o (wide_rdata)
  );

  //////////////////////////////////////////////////////////////////////////////
  // Event unit
  //////////////////////////////////////////////////////////////////////////////
  cores_t                    event_req, event_gnt, event_rvalid, event_err;
  logic [NumCores-1:0][9:0]  event_addr;
  logic [NumCores-1:0][31:0] event_rdata;
  cores_t                    dma_evt, redmule_evt;

  for (genvar c = 0; c < NumCores; c++) begin : gen_event_port
    // Its region is 2 KB, half of it used.
    assign event_req[c]  = core_req[c][Event];
    assign event_addr[c] = core_addr[c][9:0];
    assign core_gnt[c][Event]    = event_gnt[c];
    assign core_rvalid[c][Event] = event_rvalid[c];
    assign core_rdata[c][Event]  = event_rdata[c];
    assign core_err[c][Event]    = event_err[c];
  end

  td_event_unit #(
    .NumCores(NumCores)
  ) i_event_unit (
    .clk_i,
    .rst_ni,
    .req_i        (event_req),
    .gnt_o        (event_gnt),
    .addr_i       (event_addr),
    .we_i         (core_we),
    .wdata_i      (core_wdata),
    .rvalid_o     (event_rvalid),
    .rdata_o      (event_rdata),
    .err_o        (event_err),
    .dma_evt_i    (dma_evt),
    .redmule_evt_i(redmule_evt),
    .hyper_evt_i,
    .sleep_i      (sleep),
    .clk_en_o     (clk_en)
  );

  //////////////////////////////////////////////////////////////////////////////
  // Peripherals, and the way out to L2 and SoC
  //////////////////////////////////////////////////////////////////////////////
  logic [NumPeriphs-1:0] periph_req, periph_gnt, periph_rvalid;
  periph_a_t             periph_a[NumPeriphs];
  periph_r_t             periph_r[NumPeriphs];
  logic [NumPeriphs:0]   bus_req[NumCores], bus_gnt[NumCores], bus_rvalid[NumCores];
  logic [NumPeriphs:0]   bus_err;
  logic [NumPeriphs:0][31:0] bus_rdata;

  for (genvar c = 0; c < NumCores; c++) begin : gen_bus_port
    assign bus_req[c] = core_req[c][Ext:FirstPeriph];
    assign core_gnt[c][Ext:FirstPeriph]    = bus_gnt[c];
    assign core_rvalid[c][Ext:FirstPeriph] = bus_rvalid[c];
    assign core_rdata[c][Ext:FirstPeriph]  = bus_rdata;
    assign core_err[c][Ext:FirstPeriph]    = bus_err;
  end

  td_periph_bus #(
    .NumCores(NumCores)
  ) i_periph_bus (
    .clk_i,
    .rst_ni,
    .core_req_i     (bus_req),
    .core_gnt_o     (bus_gnt),
    .core_addr_i    (core_addr),
    .core_we_i      (core_we),
    .core_be_i      (core_be),
    .core_wdata_i   (core_wdata),
    .core_rvalid_o  (bus_rvalid),
    .core_err_o     (bus_err),
    .core_rdata_o   (bus_rdata),
    .periph_req_o   (periph_req),
    .periph_gnt_i   (periph_gnt),
    .periph_a_o     (periph_a),
    .periph_rvalid_i(periph_rvalid),
    .periph_r_i     (periph_r),
    .ext_req_o      (data_req_o),
    .ext_gnt_i      (data_gnt_i),
    .ext_addr_o     (data_addr_o),
    .ext_we_o       (data_we_o),
    .ext_be_o       (data_be_o),
    .ext_wdata_o    (data_wdata_o),
    .ext_id_o       (data_core_o),
    .ext_rvalid_i   (data_rvalid_i),
    .ext_rdata_i    (data_rdata_i),
    .ext_err_i      (data_err_i)
  );

  assign data_pc_o = core_pc[data_core_o];

  logic redmule_busy, redmule_stall, dma_busy;

  td_cluster_control #(
    .NumCores(NumCores)
  ) i_control (
    .clk_i,
    .rst_ni,
    .periph_req_i     (periph_req[Control]),
    .periph_gnt_o     (periph_gnt[Control]),
    .periph_a_i       (periph_a[Control]),
    .periph_rvalid_o  (periph_rvalid[Control]),
    .periph_r_o       (periph_r[Control]),
    .boot_addr_i,
    .fetch_enable_i,
    .fetch_enable_o   (fetch_enable),
    .tcdm_wide_max_o  (tcdm_wide_max),
    .tcdm_narrow_max_o(tcdm_narrow_max),
    .clk_en_i         (clk_en),
    .redmule_busy_i   (redmule_busy),
    .dma_busy_i       (dma_busy),
    .load_stall_i     (data_wait),
    .tcdm_conflict_i  (tcdm_req[NumCores-1:0] & ~tcdm_gnt[NumCores-1:0]),
    .fetch_stall_i    (instr_wait),
    .fpu_contention_i (fpu_wait),
    .redmule_stall_i  (redmule_stall),
    .redmule_wait_i   (wide_req && !wide_gnt)
  );

  td_timer i_timer (
    .clk_i,
    .rst_ni,
    .periph_req_i   (periph_req[Timer]),
    .periph_gnt_o   (periph_gnt[Timer]),
    .periph_a_i     (periph_a[Timer]),
    .periph_rvalid_o(periph_rvalid[Timer]),
    .periph_r_o     (periph_r[Timer])
  );

  td_redmule #(
    .Height  (Height),
    .Rows    (Rows),
    .PipeRegs(PipeRegs),
    .NumCores(NumCores)
  ) i_redmule (
    .clk_i,
    .rst_ni,
    .periph_req_i   (periph_req[Redmule]),
    .periph_gnt_o   (periph_gnt[Redmule]),
    .periph_a_i     (periph_a[Redmule]),
    .periph_rvalid_o(periph_rvalid[Redmule]),
    .periph_r_o     (periph_r[Redmule]),
    .tcdm_req_o     (wide_req),
    .tcdm_gnt_i     (wide_gnt),
    .tcdm_addr_o    (wide_addr),
    .tcdm_we_o      (wide_we),
    .tcdm_be_o      (wide_be),
    .tcdm_wdata_o   (wide_wdata),
    .tcdm_rvalid_i  (wide_rvalid),
    .tcdm_rdata_i   (wide_rdata),
    .evt_o          (redmule_evt),
    .busy_o         (redmule_busy),
    .stall_o        (redmule_stall)
  );

  logic               icache_fault, dma_fault;
  logic [31:0]        icache_fault_addr, dma_fault_addr;
  logic [IdWidth-1:0] icache_fault_core;
  logic [4:0]         dma_fault_slot;

  td_icache #(
    .NumCores(NumCores)
  ) i_icache (
    .clk_i,
    .rst_ni,
    .instr_req_i    (instr_req),
    .instr_gnt_o    (instr_gnt),
    .instr_addr_i   (instr_addr),
    .instr_rvalid_o (instr_rvalid),
    .instr_rdata_o  (instr_rdata),
    .periph_req_i   (periph_req[Icache]),
    .periph_gnt_o   (periph_gnt[Icache]),
    .periph_a_i     (periph_a[Icache]),
    .periph_rvalid_o(periph_rvalid[Icache]),
    .periph_r_o     (periph_r[Icache]),
    .l2_req_o       (icache_req_o),
    .l2_gnt_i       (icache_gnt_i),
    .l2_addr_o      (icache_addr_o),
    .l2_rvalid_i    (icache_rvalid_i),
    .l2_rdata_i     (icache_rdata_i),
    .l2_err_i       (icache_err_i),
    .fault_valid_o  (icache_fault),
    .fault_addr_o   (icache_fault_addr),
    .fault_core_o   (icache_fault_core)
  );

  td_dma #(
    .NumCores(NumCores)
  ) i_dma (
    .clk_i,
    .rst_ni,
    .periph_req_i   (periph_req[Dma]),
    .periph_gnt_o   (periph_gnt[Dma]),
    .periph_a_i     (periph_a[Dma]),
    .periph_rvalid_o(periph_rvalid[Dma]),
    .periph_r_o     (periph_r[Dma]),
    .tcdm_req_o     (dma_tcdm_req),
    .tcdm_gnt_i     (tcdm_gnt[NumCores+:2]),
    .tcdm_addr_o    (dma_tcdm_addr),
    .tcdm_we_o      (dma_tcdm_we),
    .tcdm_be_o      (dma_tcdm_be),
    .tcdm_wdata_o   (dma_tcdm_wdata),
    .tcdm_rvalid_i  (tcdm_rvalid[NumCores+:2]),
    .tcdm_rdata_i   (tcdm_rdata[NumCores+:2]),
    .l2_req_o       (dma_req_o),
    .l2_gnt_i       (dma_gnt_i),
    .l2_addr_o      (dma_addr_o),
    .l2_we_o        (dma_we_o),
    .l2_be_o        (dma_be_o),
    .l2_wdata_o     (dma_wdata_o),
    .l2_rvalid_i    (dma_rvalid_i),
    .l2_rdata_i     (dma_rdata_i),
    .l2_err_i       (dma_err_i),
    .evt_o          (dma_evt),
    .busy_o         (dma_busy),
    .fault_valid_o  (dma_fault),
    .fault_addr_o   (dma_fault_addr),
    .fault_slot_o   (dma_fault_slot)
  );

  //////////////////////////////////////////////////////////////////////////////
  // Faults
  //////////////////////////////////////////////////////////////////////////////
  td_fault_select #(
    .NumCores(NumCores)
  ) i_fault_select (
    .clk_i,
    .rst_ni,
    .core_fault_i     (core_fault),
    .core_addr_i      (core_fault_addr),
    .core_pc_i        (core_fault_pc),
    .dma_commit_i     (periph_req[Dma] && periph_gnt[Dma] && !periph_a[Dma].we
                       && periph_a[Dma].addr[9:0] == TD_DMA_COMMIT_OFFSET[9:0]),
    .dma_commit_core_i(periph_a[Dma].id),
    .dma_commit_pc_i  (core_pc[periph_a[Dma].id]),
    .dma_fault_i      (dma_fault),
    .dma_addr_i       (dma_fault_addr),
    .dma_slot_i       (dma_fault_slot),
    .job_i            (periph_req[Redmule] && periph_gnt[Redmule] && periph_a[Redmule].we
                       && periph_a[Redmule].addr[9:0] == TD_REDMULE_TRIGGER_OFFSET[9:0]),
    .job_core_i       (periph_a[Redmule].id),
    .job_pc_i         (core_pc[periph_a[Redmule].id]),
    .redmule_fault_i  (wide_req && wide_gnt && (wide_be & ~wide_inside) != '0),
    .redmule_addr_i   (wide_addr),
    .icache_fault_i   (icache_fault),
    .icache_addr_i    (icache_fault_addr),
    .icache_core_i    (icache_fault_core),
    .valid_o          (fault_valid_o),
    .source_o         (fault_source_o),
    .core_o           (fault_core_o),
    .addr_o           (fault_addr_o),
    .pc_o             (fault_pc_o)
  );

  logic unused;
  assign unused = ^{dma_tcdm_addr[0][31:TcdmWidth], dma_tcdm_addr[1][31:TcdmWidth]};

endmodule
