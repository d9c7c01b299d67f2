// SPDX-License-Identifier: Apache-2.0
// Bench of td_hyperbus: its register target for cocotb, the HyperRAM model on its pins, L2 with random stalls.
module td_hyperbus_bench (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        req_i,
  output logic        gnt_o,
  input  logic [11:0] addr_i,
  input  logic        we_i,
  input  logic [31:0] wdata_i,
  output logic        rvalid_o,
  output logic [31:0] rdata_o,
  output logic        err_o,
  input  logic [6:0]  stall_i,
  input  logic [6:0]  delay_i,
  input  logic        unplug_i,       // the device does not answer
  output logic        busy_o,
  output logic [31:0] events_o,
  output logic [31:0] faults_o,
  output logic [31:0] violations_o,
  output logic [31:0] transactions_o,  // chip select fell
  output logic [31:0] busy_cycles_o,  // of the last busy time
  // Functional coverage, one bit a bin; td_hyperbus_coverage.sv says which.
  output logic [15:0] last_o,
  output logic [11:0] left_o,
  output logic [15:0] split_o,
  output logic [3:0]  half_o,
  output logic [3:0]  still_o,
  output logic [7:0]  value_o,
  output logic [3:0]  row_o,
  output logic [31:0] over_o          // most cycles of chip select low beyond the limit
);

  logic        l2_req, l2_gnt, l2_we, l2_rvalid, l2_err;
  logic [31:0] l2_addr;
  logic [7:0]  l2_be;
  logic [63:0] l2_wdata, l2_rdata;
  logic        cs_n, ck, rwds_ctrl, rwds_ctrl_oe, rwds_dev, rwds_dev_oe, dq_ctrl_oe, dq_dev_oe, reset_n;
  logic [7:0]  dq_ctrl, dq_dev;
  logic        evt, fault, busy_q, cs_n_q;
  logic [31:0] unused_fault_addr;

  td_hyperbus i_dut (
    .clk_i,
    .rst_ni,
    .periph_req_i   (req_i),
    .periph_gnt_o   (gnt_o),
    .periph_a_i     ('{addr: addr_i, we: we_i, be: 4'hF, wdata: wdata_i, id: '0}),
    .periph_rvalid_o(rvalid_o),
    .periph_r_o     ({rdata_o, err_o}),
    .l2_req_o       (l2_req),
    .l2_gnt_i       (l2_gnt),
    .l2_addr_o      (l2_addr),
    .l2_we_o        (l2_we),
    .l2_be_o        (l2_be),
    .l2_wdata_o     (l2_wdata),
    .l2_rvalid_i    (l2_rvalid),
    .l2_rdata_i     (l2_rdata),
    .l2_err_i       (l2_err),
    .hyper_cs_no    (cs_n),
    .hyper_ck_o     (ck),
    .hyper_rwds_o   (rwds_ctrl),
    .hyper_rwds_i   (rwds_dev_oe ? rwds_dev : rwds_ctrl),
    .hyper_rwds_oe_o(rwds_ctrl_oe),
    .hyper_dq_o     (dq_ctrl),
    .hyper_dq_i     (dq_dev_oe ? dq_dev : dq_ctrl),
    .hyper_dq_oe_o  (dq_ctrl_oe),
    .hyper_reset_no (reset_n),
    .evt_o          (evt),
    .busy_o,
    .fault_valid_o  (fault),
    .fault_addr_o   (unused_fault_addr)
  );

  td_hyperram i_hyperram (
    .clk_i,
    .reset_ni (reset_n),
    .cs_ni    (cs_n || unplug_i),
    .ck_i     (ck && !unplug_i),
    .rwds_i   (rwds_ctrl),
    .rwds_oe_i(rwds_ctrl_oe),
    .rwds_o   (rwds_dev),
    .rwds_oe_o(rwds_dev_oe),
    .dq_i     (dq_ctrl),
    .dq_oe_i  (dq_ctrl_oe),
    .dq_o     (dq_dev),
    .dq_oe_o  (dq_dev_oe)
  );

  td_stall_memory #(
    .DataWidth(64), .HostRegion(1), .Base(td_platform_pkg::TD_L2_BASE), .Bytes(td_platform_pkg::TD_L2_SIZE), .Latency(4)
  ) i_l2 (
    .clk_i,
    .rst_ni,
    .stall_i,
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

  wire reading = i_dut.i_phy.state_q == i_dut.i_phy.Read;
  wire writing = i_dut.i_phy.state_q == i_dut.i_phy.Write;

  td_hyperbus_coverage i_coverage (
    .clk_i,
    .rst_ni,
    .cs_ni        (cs_n),
    .register_i   (i_dut.job_register),
    .write_i      (i_dut.job_to_l3),
    .command_end_i(i_dut.i_phy.state_q == i_dut.i_phy.Command && i_dut.i_phy.count_q == 1),
    .rwds_i       (i_dut.i_phy.rwds_in_q),
    .limit_i      (i_dut.i_phy.limit && (reading || writing)),
    .flows_i      (reading ? i_dut.i_phy.strobe : i_dut.wvalid),
    .cs_limit_i   (i_dut.cs_limit),
    .low_i        (i_dut.i_phy.low_q),
    .start_i      (i_dut.phy_start),
    .moved_i      (i_dut.moved),
    .done_i       (i_dut.phy_done),
    .addr_i       (i_dut.l3_addr_q),
    .bytes_i      (i_dut.bytes_q),
    .last_o,
    .left_o,
    .split_o,
    .half_o,
    .still_o,
    .value_o,
    .row_o,
    .over_o
  );

  assign violations_o = i_hyperram.violations;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_cycles_o <= '0;
      busy_q        <= 1'b0;
      cs_n_q        <= 1'b1;
      transactions_o <= '0;
      events_o      <= '0;
      faults_o      <= '0;
    end else begin
      busy_q <= busy_o;
      cs_n_q <= cs_n;
      if (cs_n_q && !cs_n) transactions_o <= transactions_o + 1;
      if (busy_o) busy_cycles_o <= busy_q ? busy_cycles_o + 1 : 32'd1;
      if (evt) events_o <= events_o + 1;
      if (fault) faults_o <= faults_o + 1;
    end
  end

endmodule
