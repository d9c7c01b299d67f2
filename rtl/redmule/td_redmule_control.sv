// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Control: starts jobs, lets the next one read ahead, ends them, and clears the engine.
//
// A job has two halves: its reads and computation, and its stores. The next job's first half begins when all reads of
// the running one are out, unless it might read what the running one has yet to store. Stores are strictly one job
// after the other. A soft clear stops new beats, waits until none is under way, and then resets all blocks.

`include "td_assert.svh"

module td_redmule_control
  import td_redmule_pkg::*;
  import td_redmule_reg_pkg::*;
#(
  parameter int unsigned           Rows     = 12,
  parameter int unsigned           Columns  = 16,
  parameter int unsigned           XBanks   = 2,
  parameter fpnew_pkg::fp_format_e FpFormat = fpnew_pkg::FP32
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,

  input  logic                 job_valid_i,
  input  job_t                 job_i,
  input  logic                 next_valid_i,
  input  job_t                 next_i,
  output logic                 done_o,
  output redmule_refusal_e               error_o,
  output logic                 active_o,        // the datapath needs its clock

  output logic                 load_o,          // begin a job's first half
  output job_t                 load_job_o,
  output stream_cfg_t [3:0]    load_streams_o,
  output logic                 load_gemm_o,
  output logic                 load_x_shared_o,
  input  logic                 load_busy_i,     // reads are left to be chosen
  output logic                 ahead_o,         // the reads are the next job's

  output logic                 store_o,         // begin the running job's stores
  output stream_cfg_t          store_stream_o,
  input  logic                 store_busy_i,    // stores are left to be chosen or granted

  output logic                 stop_o,          // choose no more beats
  input  logic                 port_idle_i,
  output logic                 flush_o
);

  logic running_q;   // the oldest job is at work
  logic storing_q;   // and its stores have been started
  logic ahead_q;     // the next job is at work too
  logic clearing_q;

  logic quiet, load_empty, load_first, load_next, independent;
  redmule_refusal_e load_error;
  assign quiet = !clear_i && !clearing_q;

  assign load_job_o = running_q ? next_i : job_i;
  td_redmule_plan #(
    .Rows(Rows), .Columns(Columns), .XBanks(XBanks), .FpFormat(FpFormat)
  ) i_load_plan (
    .job_i     (load_job_o),
    .streams_o (load_streams_o),
    .gemm_o    (load_gemm_o),
    .x_shared_o(load_x_shared_o),
    .empty_o   (load_empty),
    .error_o   (load_error)
  );

  stream_cfg_t [3:0] running_streams;
  td_redmule_plan #(
    .Rows(Rows), .Columns(Columns), .XBanks(XBanks), .FpFormat(FpFormat)
  ) i_store_plan (
    .job_i     (job_i),
    .streams_o (running_streams),
    .gemm_o    (),
    .x_shared_o(),
    .empty_o   (),
    .error_o   ()
  );
  assign store_stream_o = running_streams[StreamZ];
  logic unused_streams;
  assign unused_streams = ^running_streams;

  td_redmule_hazard #(
    .ElemWidth(fpnew_pkg::fp_width(FpFormat))
  ) i_hazard (
    .clk_i,
    .rst_ni,
    .enable_i      (running_q && next_valid_i && !done_o && quiet),
    .job_i,
    .z_i           (store_stream_o),
    .next_i,
    .next_streams_i(load_streams_o),
    .next_gemm_i   (load_gemm_o),
    .independent_o (independent)
  );

  logic legal;
  assign legal      = !load_empty && load_error == RedmuleRefusalNone;
  assign load_first = quiet && !running_q && job_valid_i;
  assign load_next  = quiet && running_q && !ahead_q && !load_busy_i && independent && legal && !done_o;
  assign load_o     = (load_first && legal) || load_next;
  assign store_o    = quiet && running_q && !storing_q;
  assign done_o     = quiet && ((load_first && !legal) || (running_q && storing_q && !store_busy_i));
  assign error_o    = running_q ? RedmuleRefusalNone : load_error;
  assign ahead_o    = ahead_q;
  assign stop_o     = !quiet;
  assign flush_o    = clearing_q && port_idle_i;
  assign active_o   = job_valid_i || running_q || clearing_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {running_q, storing_q, ahead_q, clearing_q} <= '0;
    end else begin
      if (load_first && legal) running_q <= 1'b1;
      if (load_next) ahead_q <= 1'b1;
      if (store_o) storing_q <= 1'b1;
      if (running_q && done_o) begin
        running_q <= ahead_q;
        ahead_q   <= 1'b0;
        storing_q <= 1'b0;
      end
      if (clear_i) clearing_q <= 1'b1;
      else if (flush_o) {running_q, storing_q, ahead_q, clearing_q} <= '0;
    end
  end

  `TD_ASSERT(a_ahead_behind_running, ahead_q |-> running_q)

endmodule
