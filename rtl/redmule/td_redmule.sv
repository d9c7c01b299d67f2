// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// RedMule: matrix engine, Z = Y + X.W, with Height x Rows fused multiply-adders.
//
// X is M x N, W is N x K, Y and Z are M x K. Each element of Z is a chain of fused multiply-adds in ascending n that
// starts from Y. docs/redmule.md describes the engine; registers: rtl/regs/redmule.rdl.
module td_redmule
  import td_redmule_pkg::*;
#(
  parameter int unsigned           Height    = 4,   // H: elements in a chain
  parameter int unsigned           Rows      = 12,  // L: rows of Z computed at once
  parameter int unsigned           PipeRegs  = 3,   // P: pipeline registers of an element
  parameter fpnew_pkg::fp_format_e FpFormat  = fpnew_pkg::FP32,
  parameter int unsigned           NumCores  = 8,
  localparam int unsigned          IdWidth   = (NumCores > 1) ? $clog2(NumCores) : 1,
  localparam int unsigned          ElemWidth = fpnew_pkg::fp_width(FpFormat),
  localparam int unsigned          Columns   = Height * (PipeRegs + 1),
  localparam int unsigned          DataWidth = Columns * ElemWidth + 32
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic                   periph_req_i,
  output logic                   periph_gnt_o,
  input  logic [11:0]            periph_addr_i,
  input  logic                   periph_we_i,
  input  logic [3:0]             periph_be_i,
  input  logic [31:0]            periph_wdata_i,
  input  logic [IdWidth-1:0]     periph_id_i,
  output logic                   periph_rvalid_o,
  output logic [31:0]            periph_rdata_o,
  output logic                   periph_err_o,

  output logic                   tcdm_req_o,
  input  logic                   tcdm_gnt_i,
  output logic [31:0]            tcdm_addr_o,
  output logic                   tcdm_we_o,
  output logic [DataWidth/8-1:0] tcdm_be_o,
  output logic [DataWidth-1:0]   tcdm_wdata_o,
  input  logic                   tcdm_rvalid_i,
  input  logic [DataWidth-1:0]   tcdm_rdata_i,

  output logic [NumCores-1:0]    evt_o,  // one cycle: the committing core's job is done
  output logic                   busy_o
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
  logic   clear, job_valid, job_done, clearing_q;
  job_t   job;
  error_e job_error;

  td_redmule_regs #(
    .NumCores(NumCores)
  ) i_regs (
    .clk_i,
    .rst_ni,
    .periph_req_i,
    .periph_gnt_o,
    .periph_addr_i,
    .periph_we_i,
    .periph_be_i,
    .periph_wdata_i,
    .periph_id_i,
    .periph_rvalid_o,
    .periph_rdata_o,
    .periph_err_o,
    .evt_o,
    .busy_o,
    .clear_o    (clear),
    .job_valid_o(job_valid),
    .job_o      (job),
    .done_i     (job_done),
    .error_i    (job_error)
  );

  // Everything below sleeps while there is no job.
  logic clk_engine, running_q, streamer_idle;
  cv32e40p_clock_gate i_engine_gate (
    .clk_i,
    .en_i        (job_valid | running_q | clearing_q),
    .scan_cg_en_i(1'b0),
    .clk_o       (clk_engine)
  );

  stream_cfg_t [3:0] plan;
  logic              plan_gemm, plan_x_shared, plan_empty;
  error_e            plan_error;
  td_redmule_plan #(
    .Rows    (Rows),
    .Columns (Columns),
    .XBanks  (XBanks),
    .FpFormat(FpFormat)
  ) i_plan (
    .job_i     (job),
    .streams_o (plan),
    .gemm_o    (plan_gemm),
    .x_shared_o(plan_x_shared),
    .empty_o   (plan_empty),
    .error_o   (plan_error)
  );

  // A job starts when the one before has ended and a soft clear, if any, has drained the port.
  logic [3:0] agu_busy;
  logic       flush, begin_job, start, sequencer_busy;
  assign begin_job = job_valid && !running_q && !clear && !clearing_q;
  assign start     = begin_job && !plan_empty && plan_error == ErrNone;
  assign flush     = clearing_q && streamer_idle;
  assign job_done  = (begin_job && !start) || (running_q && !clear && !clearing_q && agu_busy == '0 && streamer_idle
                                               && !sequencer_busy);
  assign job_error = running_q ? ErrNone : plan_error;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q  <= 1'b0;
      clearing_q <= 1'b0;
    end else begin
      if (start) running_q <= 1'b1;
      else if (job_done || flush) running_q <= 1'b0;
      if (clear) clearing_q <= 1'b1;
      else if (flush) clearing_q <= 1'b0;
    end
  end

  // Streams
  logic [3:0]                 beat_valid, take, first, last;
  logic [3:0][31:0]           beat_addr;
  logic [3:0][BlockWidth-1:0] beat_words, beat_line;
  tag_t [3:0]                 beat_tag;
  logic [3:0]                 room;
  logic [3:0][1:0]            bank;

  for (genvar s = 0; s < 4; s++) begin : gen_agu
    td_redmule_agu #(
      .Rows   (Rows),
      .Columns(Columns)
    ) i_agu (
      .clk_i   (clk_engine),
      .rst_ni,
      .clear_i (flush),
      .start_i (start && (s != int'(StreamY) || plan_gemm)),
      .cfg_i   (plan[s]),
      .m_i     (job.m),
      .n_i     (job.n),
      .k_i     (job.k),
      .busy_o  (agu_busy[s]),
      .take_i  (take[s]),
      .addr_o  (beat_addr[s]),
      .words_o (beat_words[s]),
      .line_o  (beat_line[s]),
      .units_o (beat_tag[s].units),
      .first_o (first[s]),
      .last_o  (last[s]),
      .across_o(beat_tag[s].across),
      .fill_o  (beat_tag[s].fill)
    );
    assign beat_tag[s].stream = StreamX;  // the streamer fills these two in
    assign beat_tag[s].offset = 1'b0;
    assign beat_tag[s].bank   = bank[s];
    assign beat_tag[s].last   = last[s];
    assign beat_tag[s].line   = beat_line[s];
    assign beat_valid[s]      = agu_busy[s] && room[s];
  end

  logic                               response;
  tag_t                               response_tag;
  logic [Columns-1:0][ElemWidth-1:0]  response_data, z_row;
  logic                               x_urgent, w_urgent;
  td_redmule_streamer #(
    .Words    (Columns),
    .ElemWidth(ElemWidth)
  ) i_streamer (
    .clk_i          (clk_engine),
    .rst_ni,
    .stop_i         (clear || clearing_q),
    .idle_o         (streamer_idle),
    .valid_i        (beat_valid),
    .x_urgent_i     (x_urgent),
    .w_urgent_i     (w_urgent),
    .addr_i         (beat_addr),
    .words_i        (beat_words),
    .tag_i          (beat_tag),
    .z_data_i       (z_row),
    .take_o         (take),
    .response_o     (response),
    .response_tag_o (response_tag),
    .response_data_o(response_data),
    .tcdm_req_o,
    .tcdm_gnt_i,
    .tcdm_addr_o,
    .tcdm_we_o,
    .tcdm_be_o,
    .tcdm_wdata_o,
    .tcdm_rvalid_i,
    .tcdm_rdata_i
  );

  // Operands
  logic                                x_valid, w_valid, y_valid, xw_pop, y_pop, x_keep, round, free_x, free_w, free_y;
  logic [Rows-1:0][ElemWidth-1:0]      x_column, y_column, z_column;
  logic [Columns-1:0][ElemWidth-1:0]   w_row;

  td_redmule_operand_buffer #(
    .Banks(XBanks), .Units(Columns), .Lanes(Rows), .BeatWords(Columns), .ElemWidth(ElemWidth)
  ) i_x_buffer (
    .clk_i       (clk_engine),
    .rst_ni,
    .clear_i     (flush),
    .take_i      (take[StreamX]),
    .take_first_i(first[StreamX]),
    .take_last_i (last[StreamX]),
    .free_o      (free_x),
    .take_bank_o (bank[StreamX]),
    .write_i     (response && response_tag.stream == StreamX),
    .write_tag_i (response_tag),
    .write_data_i(response_data),
    .valid_o     (x_valid),
    .data_o      (x_column),
    .pop_i       (xw_pop),
    .keep_i      (x_keep),
    .round_i     (round)
  );

  td_redmule_operand_buffer #(
    .Units(Columns), .Lanes(Columns), .BeatWords(Columns), .ElemWidth(ElemWidth)
  ) i_w_buffer (
    .clk_i       (clk_engine),
    .rst_ni,
    .clear_i     (flush),
    .take_i      (take[StreamW]),
    .take_first_i(first[StreamW]),
    .take_last_i (last[StreamW]),
    .free_o      (free_w),
    .take_bank_o (bank[StreamW]),
    .write_i     (response && response_tag.stream == StreamW),
    .write_tag_i (response_tag),
    .write_data_i(response_data),
    .valid_o     (w_valid),
    .data_o      (w_row),
    .pop_i       (xw_pop),
    .keep_i      (1'b0),
    .round_i     (1'b0)
  );

  td_redmule_operand_buffer #(
    .Units(Columns), .Lanes(Rows), .BeatWords(Columns), .ElemWidth(ElemWidth)
  ) i_y_buffer (
    .clk_i       (clk_engine),
    .rst_ni,
    .clear_i     (flush),
    .take_i      (take[StreamY]),
    .take_first_i(first[StreamY]),
    .take_last_i (last[StreamY]),
    .free_o      (free_y),
    .take_bank_o (bank[StreamY]),
    .write_i     (response && response_tag.stream == StreamY),
    .write_tag_i (response_tag),
    .write_data_i(response_data),
    .valid_o     (y_valid),
    .data_o      (y_column),
    .pop_i       (y_pop),
    .keep_i      (1'b0),
    .round_i     (1'b0)
  );

  // Results
  logic                  z_free, z_full, z_valid, z_last;
  logic [BlockWidth-1:0] z_index;
  td_redmule_result_buffer #(
    .Columns(Columns), .Rows(Rows), .ElemWidth(ElemWidth)
  ) i_z_buffer (
    .clk_i         (clk_engine),
    .rst_ni,
    .clear_i       (flush),
    .free_o        (z_free),
    .write_i       (z_valid),
    .write_column_i(z_index),
    .write_last_i  (z_last),
    .write_data_i  (z_column),
    .full_o        (z_full),
    .read_row_i    (beat_line[StreamZ]),
    .read_data_o   (z_row),
    .release_i     (take[StreamZ] && last[StreamZ])
  );
  assign bank[StreamZ] = '0;
  assign room[StreamX] = !first[StreamX] || free_x;
  assign room[StreamW] = !first[StreamW] || free_w;
  assign room[StreamY] = !first[StreamY] || free_y;
  assign room[StreamZ] = z_full;
  logic unused_first;
  assign unused_first = first[StreamZ];

  // Sequencer and array
  logic                              begun, step, pad, y_load, y_use;
  logic [Rows-1:0]                   row_enable;
  logic [Height-1:0]                 load;
  logic [Height-1:0][BlockWidth-1:0] column;
  td_redmule_sequencer #(
    .Height  (Height),
    .Rows    (Rows),
    .PipeRegs(PipeRegs)
  ) i_sequencer (
    .clk_i       (clk_engine),
    .rst_ni,
    .clear_i     (flush),
    .start_i     (start),
    .m_i         (job.m),
    .n_i         (job.n),
    .k_i         (job.k),
    .gemm_i      (plan_gemm),
    .x_shared_i  (plan_x_shared),
    .busy_o      (sequencer_busy),
    .begun_o     (begun),
    .x_valid_i   (x_valid),
    .w_valid_i   (w_valid),
    .y_valid_i   (y_valid),
    .xw_pop_o    (xw_pop),
    .x_keep_o    (x_keep),
    .round_o     (round),
    .y_pop_o     (y_pop),
    .step_o      (step),
    .row_enable_o(row_enable),
    .load_o      (load),
    .pad_o       (pad),
    .column_o    (column),
    .y_load_o    (y_load),
    .y_use_o     (y_use),
    .z_free_i    (z_free),
    .z_valid_o   (z_valid),
    .z_column_o  (z_index),
    .z_last_o    (z_last)
  );

  td_redmule_array #(
    .Height  (Height),
    .Rows    (Rows),
    .PipeRegs(PipeRegs),
    .FpFormat(FpFormat)
  ) i_array (
    .clk_i       (clk_i),
    .rst_ni,
    .step_i      (step),
    .row_enable_i(row_enable),
    .load_i      (load),
    .pad_i       (pad),
    .x_i         (x_column),
    .w_i         (w_row),
    .column_i    (column),
    .y_load_i    (y_load),
    .y_i         (y_use ? y_column : '0),
    .z_o         (z_column)
  );

  td_redmule_ahead i_x_ahead (
    .clk_i    (clk_engine),
    .rst_ni,
    .clear_i  (flush),
    .take_i   (take[StreamX]),
    .across_i (beat_tag[StreamX].across),
    .last_i   (last[StreamX]),
    .units_i  (beat_tag[StreamX].units),
    .give_up_i(xw_pop && !x_keep),
    .begun_i  (begun),
    .urgent_o (x_urgent)
  );
  td_redmule_ahead i_w_ahead (
    .clk_i    (clk_engine),
    .rst_ni,
    .clear_i  (flush),
    .take_i   (take[StreamW]),
    .across_i (beat_tag[StreamW].across),
    .last_i   (last[StreamW]),
    .units_i  (beat_tag[StreamW].units),
    .give_up_i(xw_pop),
    .begun_i  (begun),
    .urgent_o (w_urgent)
  );

endmodule
