// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// HyperBus controller with its own DMA channel: jobs from a queue move bytes between L3 (HyperRAM) and L2.
//
// A job of any byte address and length becomes one HyperBus transaction after the other; each ends where the device
// requires it (row boundary of a write, chip-select limit) and the next goes on from there.

`include "td_assert.svh"

module td_hyperbus
  import td_periph_pkg::*;
(
  input  logic                clk_i,
  input  logic                rst_ni,
  // Register target.
  input  logic                periph_req_i,
  output logic                periph_gnt_o,
  input  periph_a_t           periph_a_i,
  output logic                periph_rvalid_o,
  output periph_r_t           periph_r_o,
  // L2 initiator, 64 bit.
  output logic                l2_req_o,
  input  logic                l2_gnt_i,
  output logic [31:0]         l2_addr_o,
  output logic                l2_we_o,
  output logic [7:0]          l2_be_o,
  output logic [63:0]         l2_wdata_o,
  input  logic                l2_rvalid_i,
  input  logic [63:0]         l2_rdata_i,
  input  logic                l2_err_i,
  // HyperBus pins. hyper_ck_o and hyper_dq_o change together; the pad delays the clock by a quarter period.
  output logic                hyper_cs_no,
  output logic                hyper_ck_o,
  output logic                hyper_rwds_o,
  input  logic                hyper_rwds_i,
  output logic                hyper_rwds_oe_o,
  output logic [7:0]          hyper_dq_o,
  input  logic [7:0]          hyper_dq_i,
  output logic                hyper_dq_oe_o,
  output logic                hyper_reset_no,
  // A job is complete, one cycle; a bus error of a job, one cycle.
  output logic                evt_o,
  output logic                busy_o,
  output logic                fault_valid_o,
  output logic [31:0]         fault_addr_o
);

  // ---- Clock: stands still while there is no job and nobody asks; runs until the device's reset is over. ----
  logic clk, clk_en, ready_q;
  assign clk_en = periph_req_i || periph_rvalid_o || busy_o || evt_o || !ready_q;

  cv32e40p_clock_gate i_clock_gate (
    .clk_i,
    .en_i        (clk_en),
    .scan_cg_en_i(1'b0),
    .clk_o       (clk)
  );

  // The device's reset after ours: low for 200 ns, and as long again (and more) before the first access.
  localparam logic [7:0] ResetLow = 8'd80, ResetReady = 8'd240;
  logic [7:0] reset_count_q;

  always_ff @(posedge clk or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_count_q  <= '0;
      ready_q        <= 1'b0;
      hyper_reset_no <= 1'b0;
    end else if (!ready_q) begin
      reset_count_q  <= reset_count_q + 1;
      hyper_reset_no <= reset_count_q >= ResetLow;
      ready_q        <= reset_count_q >= ResetReady;
    end
  end

  logic        job_valid, job_to_l3, job_register, job_done;
  logic [31:0] job_l3_addr, job_l2_addr, job_len;
  logic        error, moved;
  logic [3:0]  latency;
  logic [15:0] cs_limit;
  logic [4:0]  boundary;
  logic [7:0]  recovery;

  td_hyperbus_regs i_regs (
    .clk_i(clk),
    .rst_ni,
    .periph_req_i,
    .periph_gnt_o,
    .periph_a_i,
    .periph_rvalid_o,
    .periph_r_o,
    .job_valid_o   (job_valid),
    .job_l3_addr_o (job_l3_addr),
    .job_l2_addr_o (job_l2_addr),
    .job_len_o     (job_len),
    .job_to_l3_o   (job_to_l3),
    .job_register_o(job_register),
    .job_done_i    (job_done),
    .error_i       (error),
    .moved_i       (moved),
    .busy_o,
    .latency_o     (latency),
    .cs_limit_o    (cs_limit),
    .boundary_o    (boundary),
    .recovery_o    (recovery)
  );

  // ---- Jobs: load, transactions until every byte is moved, then wait for L2. ----
  logic        active_q, progress_q, stuck;
  logic [31:0] l3_addr_q, bytes_q;
  logic        load, phy_start, phy_ready, phy_done, l2_idle, rvalid, rhold, wvalid, wready;
  logic [7:0]  rdata, wdata;

  assign load      = job_valid && !active_q && ready_q && job_len != '0;
  assign moved     = rvalid || wready;
  // A write into register space cannot be masked: it begins when its first byte is there.
  assign phy_start = active_q && bytes_q != '0 && phy_ready && !(job_to_l3 && job_register && !wvalid);
  // The device did not answer a read. Writes have no answer; one without a byte was waiting for L2, and is tried again.
  assign stuck     = phy_done && !progress_q && !moved && bytes_q != '0 && !job_to_l3;
  assign job_done  = (active_q && bytes_q == '0 && phy_ready && l2_idle) || (job_valid && !active_q && job_len == '0);

  always_ff @(posedge clk or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q   <= 1'b0;
      progress_q <= 1'b0;
      l3_addr_q  <= '0;
      bytes_q    <= '0;
      evt_o      <= 1'b0;
    end else begin
      evt_o <= job_done;
      if (load) begin
        active_q  <= 1'b1;
        l3_addr_q <= job_l3_addr;
        bytes_q   <= job_len;
      end else begin
        if (job_done) active_q <= 1'b0;
        if (moved) begin
          l3_addr_q <= l3_addr_q + 1;
          bytes_q   <= bytes_q - 1;
        end
        if (stuck) bytes_q <= '0;
      end
      if (phy_start) progress_q <= 1'b0;
      else if (moved) progress_q <= 1'b1;
    end
  end

  td_hyperbus_phy i_phy (
    .clk_i(clk),
    .rst_ni,
    .latency_i (latency),
    .cs_limit_i(cs_limit),
    .boundary_i(boundary),
    .recovery_i(recovery),
    .start_i   (phy_start),
    .ready_o   (phy_ready),
    .write_i   (job_to_l3),
    .register_i(job_register),
    .addr_i    (l3_addr_q),
    .bytes_i   (bytes_q),
    .done_o    (phy_done),
    .wvalid_i  (wvalid),
    .wready_o  (wready),
    .wdata_i   (wdata),
    .rvalid_o  (rvalid),
    .rdata_o   (rdata),
    .rhold_i   (rhold),
    .hyper_cs_no,
    .hyper_ck_o,
    .hyper_rwds_o,
    .hyper_rwds_i,
    .hyper_rwds_oe_o,
    .hyper_dq_o,
    .hyper_dq_i,
    .hyper_dq_oe_o
  );

  td_hyperbus_l2 i_l2 (
    .clk_i(clk),
    .rst_ni,
    .start_i (load),
    .to_l3_i (job_to_l3),
    .addr_i  (job_l2_addr),
    .bytes_i (job_len),
    .idle_o  (l2_idle),
    .rvalid_i(rvalid),
    .rdata_i (rdata),
    .rhold_o (rhold),
    .wvalid_o(wvalid),
    .wready_i(wready),
    .wdata_o (wdata),
    .l2_req_o,
    .l2_gnt_i,
    .l2_addr_o,
    .l2_we_o,
    .l2_be_o,
    .l2_wdata_o,
    .l2_rvalid_i,
    .l2_rdata_i
  );

  // ---- Faults: an L2 error, with the job's first L2 address, or a device that does not answer. ----
  assign error         = (l2_rvalid_i && l2_err_i) || stuck;
  assign fault_valid_o = error;
  assign fault_addr_o  = stuck ? l3_addr_q : job_l2_addr;

  `TD_ASSERT(a_job_while_active, active_q |-> job_valid, clk)

  // No work without a clock: the device is not selected, L2 owes nothing, and what was granted is answered.
  `TD_ASSERT(a_clock_under_job, !clk_en |-> hyper_cs_no && !l2_req_o && !l2_rvalid_i)
  `TD_ASSERT_ANSWERED(a_access_answered, periph_req_i, periph_gnt_o, periph_rvalid_o)

endmodule
