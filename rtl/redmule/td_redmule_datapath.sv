// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Datapath: four address generators, the streamer, the operand and result buffers, the sequencer and the array.
module td_redmule_datapath
  import td_redmule_pkg::*;
#(
  parameter int unsigned           Height    = 4,
  parameter int unsigned           Rows      = 12,
  parameter int unsigned           PipeRegs  = 3,
  parameter int unsigned           XBanks    = 2,
  parameter fpnew_pkg::fp_format_e FpFormat  = fpnew_pkg::FP32,
  localparam int unsigned          ElemWidth = fpnew_pkg::fp_width(FpFormat),
  localparam int unsigned          Columns   = Height * (PipeRegs + 1),
  localparam int unsigned          DataWidth = Columns * ElemWidth + 32
) (
  input  logic                   clk_i,       // stands still while there is no job
  input  logic                   clk_free_i,  // the same clock, ungated: the array has gates of its own
  input  logic                   rst_ni,
  input  logic                   stop_i,
  input  logic                   flush_i,
  output logic                   port_idle_o,
  output logic                   step_o,      // the array moves

  input  logic                   load_i,
  input  logic [SizeWidth-1:0]   load_m_i,
  input  logic [SizeWidth-1:0]   load_n_i,
  input  logic [SizeWidth-1:0]   load_k_i,
  input  stream_cfg_t [3:0]      load_streams_i,
  input  logic                   load_gemm_i,
  input  logic                   load_x_shared_i,
  output logic                   load_busy_o,
  input  logic                   ahead_i,

  input  logic                   store_i,
  input  logic [SizeWidth-1:0]   store_m_i,
  input  logic [SizeWidth-1:0]   store_k_i,
  input  stream_cfg_t            store_stream_i,
  output logic                   store_busy_o,

  output logic                   tcdm_req_o,
  input  logic                   tcdm_gnt_i,
  output logic [31:0]            tcdm_addr_o,
  output logic                   tcdm_we_o,
  output logic [DataWidth/8-1:0] tcdm_be_o,
  output logic [DataWidth-1:0]   tcdm_wdata_o,
  input  logic                   tcdm_rvalid_i,
  input  logic [DataWidth-1:0]   tcdm_rdata_i
);

  // Streams
  logic [3:0]                 agu_busy, beat_valid, take, first, last;
  logic [3:0][31:0]           beat_addr;
  logic [3:0][BlockWidth-1:0] beat_words, beat_line;
  tag_t [3:0]                 beat_tag;
  logic [3:0]                 room;
  logic [3:0][1:0]            bank;

  for (genvar s = 0; s < 4; s++) begin : gen_agu
    localparam bit Store = s == int'(StreamZ);
    td_redmule_agu #(
      .Rows   (Rows),
      .Columns(Columns)
    ) i_agu (
      .clk_i,
      .rst_ni,
      .clear_i  (flush_i),
      .start_i  (Store ? store_i : load_i && (s != int'(StreamY) || load_gemm_i)),
      .cfg_i    (Store ? store_stream_i : load_streams_i[s]),
      .m_i      (Store ? store_m_i : load_m_i),
      .n_i      (Store ? '0 : load_n_i),
      .k_i      (Store ? store_k_i : load_k_i),
      .busy_o   (agu_busy[s]),
      .take_i   (take[s]),
      .addr_o   (beat_addr[s]),
      .words_o  (beat_words[s]),
      .line_o   (beat_line[s]),
      .vectors_o(beat_tag[s].vectors),
      .first_o  (first[s]),
      .last_o   (last[s]),
      .across_o (beat_tag[s].across),
      .fill_o   (beat_tag[s].fill)
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
  logic                               x_urgent, w_urgent, w_low, y_urgent, store_waits;
  td_redmule_streamer #(
    .Words    (Columns),
    .ElemWidth(ElemWidth)
  ) i_streamer (
    .clk_i,
    .rst_ni,
    .stop_i,
    .idle_o         (port_idle_o),
    .store_waits_o  (store_waits),
    .z_first_i      (ahead_i),
    .valid_i        (beat_valid),
    .x_urgent_i     (x_urgent),
    .w_urgent_i     (w_urgent),
    .w_low_i        (w_low),
    .y_urgent_i     (y_urgent),
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

  assign load_busy_o  = agu_busy[StreamX] || agu_busy[StreamW] || agu_busy[StreamY];
  assign store_busy_o = agu_busy[StreamZ] || store_waits;

  // Vectors, each of PipeRegs + 1 steps, that cover a response which takes 8 cycles with its way to the array.
  localparam int unsigned Enough = (8 + PipeRegs) / (PipeRegs + 1);

  // Operands
  logic                                x_valid, w_valid, y_valid, xw_pop, y_pop, x_keep, round, free_x, free_w, free_y;
  logic [Rows-1:0][ElemWidth-1:0]      x_column, y_column, z_column;
  logic [Columns-1:0][ElemWidth-1:0]   w_row;

  td_redmule_operand_buffer #(
    .Banks(XBanks), .Units(Columns), .Lanes(Rows), .BeatWords(Columns), .ElemWidth(ElemWidth)
  ) i_x_buffer (
    .clk_i,
    .rst_ni,
    .clear_i     (flush_i),
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
    .clk_i,
    .rst_ni,
    .clear_i     (flush_i),
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
    .clk_i,
    .rst_ni,
    .clear_i     (flush_i),
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
    .clk_i,
    .rst_ni,
    .clear_i       (flush_i),
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
  assign unused_first = ^{first[StreamZ], load_streams_i[StreamZ]};

  // Sequencer and array
  logic                              begun, step, pad, y_load, y_use;
  assign step_o = step;
  logic [Rows-1:0]                   row_enable;
  logic [Height-1:0]                 load;
  logic [Height-1:0][BlockWidth-1:0] column;
  td_redmule_sequencer #(
    .Height  (Height),
    .Rows    (Rows),
    .PipeRegs(PipeRegs)
  ) i_sequencer (
    .clk_i,
    .rst_ni,
    .clear_i     (flush_i),
    .start_i     (load_i),
    .m_i         (load_m_i),
    .n_i         (load_n_i),
    .k_i         (load_k_i),
    .gemm_i      (load_gemm_i),
    .x_shared_i  (load_x_shared_i),
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
    .clk_i       (clk_free_i),
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

  td_redmule_ahead #(
    .Enough(Enough)
  ) i_x_ahead (
    .clk_i,
    .rst_ni,
    .clear_i  (flush_i),
    .take_i   (take[StreamX]),
    .across_i (beat_tag[StreamX].across),
    .last_i   (last[StreamX]),
    .vectors_i(beat_tag[StreamX].vectors),
    .give_up_i(xw_pop && !x_keep),
    .begun_i  (begun),
    .low_o    (),
    .urgent_o (x_urgent)
  );
  td_redmule_ahead #(
    .Enough(Enough)
  ) i_y_ahead (
    .clk_i,
    .rst_ni,
    .clear_i  (flush_i),
    .take_i   (take[StreamY]),
    .across_i (beat_tag[StreamY].across),
    .last_i   (last[StreamY]),
    .vectors_i(beat_tag[StreamY].vectors),
    .give_up_i(y_pop),
    .begun_i  (begun),
    .low_o    (),
    .urgent_o (y_urgent)
  );

  td_redmule_ahead #(
    .Enough(Enough)
  ) i_w_ahead (
    .clk_i,
    .rst_ni,
    .clear_i  (flush_i),
    .take_i   (take[StreamW]),
    .across_i (beat_tag[StreamW].across),
    .last_i   (last[StreamW]),
    .vectors_i(beat_tag[StreamW].vectors),
    .give_up_i(xw_pop),
    .begun_i  (begun),
    .low_o    (w_low),
    .urgent_o (w_urgent)
  );

endmodule
