// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// RedMule: matrix engine, Z = Y + X.W, with Height x Rows fused multiply-adders.
//
// X is M x N, W is N x K, Y and Z are M x K. Each element of Z is a chain of fused multiply-adds in ascending n that
// starts from Y. docs/reference/redmule.md describes the engine; registers: redmule.rdl.
module td_redmule
  import td_periph_pkg::*;
  import td_redmule_pkg::*;
  import td_redmule_reg_pkg::*;
#(
  parameter int unsigned           Height    = 4,   // H: elements in a chain
  parameter int unsigned           Rows      = 12,  // L: rows of Z computed at once
  parameter int unsigned           PipeRegs  = 3,   // P: pipeline registers of an element
  parameter fpnew_pkg::fp_format_e FpFormat  = fpnew_pkg::FP32,
  parameter int unsigned           NumCores  = 8,
  localparam int unsigned          ElemWidth = fpnew_pkg::fp_width(FpFormat),
  localparam int unsigned          Columns   = Height * (PipeRegs + 1),
  localparam int unsigned          DataWidth = Columns * ElemWidth + 32
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic                   periph_req_i,
  output logic                   periph_gnt_o,
  input  periph_a_t              periph_a_i,
  output logic                   periph_rvalid_o,
  output periph_r_t              periph_r_o,

  output logic                   tcdm_req_o,
  input  logic                   tcdm_gnt_i,
  output logic [31:0]            tcdm_addr_o,
  output logic                   tcdm_we_o,
  output logic [DataWidth/8-1:0] tcdm_be_o,
  output logic [DataWidth-1:0]   tcdm_wdata_o,
  input  logic                   tcdm_rvalid_i,
  input  logic [DataWidth-1:0]   tcdm_rdata_i,

  output logic [NumCores-1:0]    evt_o,  // one cycle: the committing core's job is done
  output logic                   busy_o,
  output logic                   stall_o  // a job is at work and the array stands still
);

  if (Height < 1 || Rows < 1 || Rows > Columns || Columns > 128 || Rows > 128) begin : gen_bad_shape
    $error("td_redmule: Height %0d, Rows %0d, PipeRegs %0d: needs 1 <= Rows <= Height * (PipeRegs + 1) <= 128", Height,
           Rows, PipeRegs);
  end
  if (FpFormat != fpnew_pkg::FP32 && FpFormat != fpnew_pkg::FP16) begin : gen_bad_format
    $error("td_redmule: FpFormat must be FP32 or FP16");
  end

  // X stays for all k tiles while the reduction is not longer than 32 (or two chunks).
  localparam int unsigned XBanks = (Columns >= 16) ? 2 : (Columns > 10) ? 3 : 4;

  // Registers and queue
  logic   clear, job_valid, next_valid, done;
  job_t   job, next;
  redmule_refusal_e error;

  td_redmule_regs #(
    .NumCores(NumCores)
  ) i_regs (
    .clk_i,
    .rst_ni,
    .periph_req_i,
    .periph_gnt_o,
    .periph_a_i,
    .periph_rvalid_o,
    .periph_r_o,
    .evt_o,
    .busy_o,
    .clear_o     (clear),
    .job_valid_o (job_valid),
    .job_o       (job),
    .next_valid_o(next_valid),
    .next_o      (next),
    .done_i      (done),
    .error_i     (error)
  );

  logic              active, load, load_gemm, load_x_shared, load_busy, ahead;
  logic              store, store_busy, stop, port_idle, flush;
  job_t              load_job;
  stream_cfg_t [3:0] load_streams;
  stream_cfg_t       store_stream;

  td_redmule_control #(
    .Rows(Rows), .Columns(Columns), .XBanks(XBanks), .FpFormat(FpFormat)
  ) i_control (
    .clk_i,
    .rst_ni,
    .clear_i        (clear),
    .job_valid_i    (job_valid),
    .job_i          (job),
    .next_valid_i   (next_valid),
    .next_i         (next),
    .done_o         (done),
    .error_o        (error),
    .active_o       (active),
    .load_o         (load),
    .load_job_o     (load_job),
    .load_streams_o (load_streams),
    .load_gemm_o    (load_gemm),
    .load_x_shared_o(load_x_shared),
    .load_busy_i    (load_busy),
    .ahead_o        (ahead),
    .store_o        (store),
    .store_stream_o (store_stream),
    .store_busy_i   (store_busy),
    .stop_o         (stop),
    .port_idle_i    (port_idle),
    .flush_o        (flush)
  );

  logic step;
  assign stall_o = active && !step;

  logic unused_fields;  // the plan has what the other fields say
  assign unused_fields = ^load_job;

  // The datapath sleeps while there is no job.
  logic clk_engine;
  cv32e40p_clock_gate i_engine_gate (
    .clk_i,
    .en_i        (active),
    .scan_cg_en_i(1'b0),
    .clk_o       (clk_engine)
  );

  td_redmule_datapath #(
    .Height(Height), .Rows(Rows), .PipeRegs(PipeRegs), .XBanks(XBanks), .FpFormat(FpFormat)
  ) i_datapath (
    .clk_i          (clk_engine),
    .clk_free_i     (clk_i),
    .rst_ni,
    .stop_i         (stop),
    .flush_i        (flush),
    .port_idle_o    (port_idle),
    .step_o         (step),
    .load_i         (load),
    .load_m_i       (load_job.m),
    .load_n_i       (load_job.n),
    .load_k_i       (load_job.k),
    .load_streams_i (load_streams),
    .load_gemm_i    (load_gemm),
    .load_x_shared_i(load_x_shared),
    .load_busy_o    (load_busy),
    .ahead_i        (ahead),
    .store_i        (store),
    .store_m_i      (job.m),
    .store_k_i      (job.k),
    .store_stream_i (store_stream),
    .store_busy_o   (store_busy),
    .tcdm_req_o,
    .tcdm_gnt_i,
    .tcdm_addr_o,
    .tcdm_we_o,
    .tcdm_be_o,
    .tcdm_wdata_o,
    .tcdm_rvalid_i,
    .tcdm_rdata_i
  );

endmodule
