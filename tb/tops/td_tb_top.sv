// SPDX-License-Identifier: Apache-2.0
// The simulated board: the SoC, its HyperRAM, and the few signals that the bench drives and watches.
//
// Clock and reset come from cocotb. Everything that Python may see is declared here and made public by name
// (tb/build/simulator.py), so that the SoC itself is optimised freely.
module td_tb_top #(
  parameter int unsigned Height     = 4,
  parameter int unsigned Rows       = 12,
  parameter int unsigned PipeRegs   = 3,
  parameter int unsigned TcdmBanks  = 32,
  parameter int unsigned NumFpus    = 4,
  parameter int unsigned FpuLatency = 1
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        fetch_enable_i,
  input logic [31:0] boot_addr_i,
  input logic        dump_on_i
);

  // HyperBus: a line carries what its driver says, 0 when nobody drives.
  logic [7:0] dq, soc_dq, ram_dq;
  logic       rwds, soc_rwds, ram_rwds;
  logic       soc_dq_oe, soc_rwds_oe, ram_dq_oe, ram_rwds_oe;
  logic       cs_n, ck, reset_n;

  assign dq   = ram_dq_oe ? ram_dq : soc_dq_oe ? soc_dq : '0;
  assign rwds = ram_rwds_oe ? ram_rwds : soc_rwds_oe & soc_rwds;

  localparam int unsigned NumCores = td_platform_pkg::TD_NUM_CORES;

  logic        mailbox_valid, eoc, fault;
  logic [31:0] mailbox_data, eoc_value;

  td_soc #(
    .Height    (Height),
    .Rows      (Rows),
    .PipeRegs  (PipeRegs),
    .TcdmBanks (TcdmBanks),
    .NumFpus   (NumFpus),
    .FpuLatency(FpuLatency)
  ) u_soc (
    .clk_i,
    .rst_ni,
    .boot_addr_i,
    .fetch_enable_i,
    .hyper_cs_no    (cs_n),
    .hyper_ck_o     (ck),
    .hyper_rwds_o   (soc_rwds),
    .hyper_rwds_i   (rwds),
    .hyper_rwds_oe_o(soc_rwds_oe),
    .hyper_dq_o     (soc_dq),
    .hyper_dq_i     (dq),
    .hyper_dq_oe_o  (soc_dq_oe),
    .hyper_reset_no (reset_n),
    .mailbox_valid_o(mailbox_valid),
    .mailbox_data_o (mailbox_data),
    .eoc_o          (eoc),
    .eoc_value_o    (eoc_value),
    .fault_o        (fault)
  );

  td_hyperram u_hyperram (
    .clk_i,
    .reset_ni (reset_n),
    .cs_ni    (cs_n),
    .ck_i     (ck),
    .rwds_i   (rwds),
    .rwds_oe_i(soc_rwds_oe),
    .rwds_o   (ram_rwds),
    .rwds_oe_o(ram_rwds_oe),
    .dq_i     (dq),
    .dq_oe_i  (soc_dq_oe),
    .dq_o     (ram_dq),
    .dq_oe_o  (ram_dq_oe)
  );

  // What a hung run is diagnosed with, and when the first instruction was fetched.
  logic [NumCores-1:0][31:0] core_pc;
  logic [NumCores-1:0]       core_sleep;
  logic [2:0]                engine_busy;  // HyperBus, DMA, RedMule
  logic                      fetch;
  logic [4:0]                fault_source, fault_core;
  logic [31:0]               fault_addr, fault_pc;

  td_probe #(.NumCores(NumCores)) u_probe (
    .pc_o          (core_pc),
    .sleep_o       (core_sleep),
    .busy_o        (engine_busy),
    .fetch_o       (fetch),
    .fault_source_o(fault_source),
    .fault_core_o  (fault_core),
    .fault_addr_o  (fault_addr),
    .fault_pc_o    (fault_pc)
  );

  logic first_fetch;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) first_fetch <= 1'b0;
    else if (fetch) first_fetch <= 1'b1;
  end

  // Waveforms begin and end where the bench says so (a build with tracing only).
  always_ff @(posedge dump_on_i) begin
    $dumpfile("dump.fst");
    $dumpvars(0, td_tb_top);
  end
`ifdef TD_WAVES
  always_ff @(negedge dump_on_i) $c("vlSymsp->_traceDumpClose();");  // $dumpoff is ignored by the simulator
`endif

endmodule
