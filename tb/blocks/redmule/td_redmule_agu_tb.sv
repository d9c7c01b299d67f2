// SPDX-License-Identifier: Apache-2.0
// td_redmule_agu alone, with its stream's configuration in signals of their own.
module td_redmule_agu_tb
  import td_redmule_pkg::*;
(
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  clear_i,
  input  logic                  start_i,
  input  logic [31:0]           base_i,
  input  logic [31:0]           line_stride_i,
  input  logic [31:0]           chunk_stride_i,
  input  logic [31:0]           k_stride_i,
  input  logic [31:0]           m_stride_i,
  input  logic                  k_loop_i,
  input  logic                  n_loop_i,
  input  logic [1:0]            lines_i,
  input  logic [1:0]            words_i,
  input  logic [1:0]            vectors_i,
  input  logic                  across_i,
  input  logic                  fill_i,
  input  logic [SizeWidth-1:0]  m_i,
  input  logic [SizeWidth-1:0]  n_i,
  input  logic [SizeWidth-1:0]  k_i,
  input  logic                  take_i,
  output logic                  busy_o,
  output logic [59:0]           beat_o  // address, words, line, vectors, first, last, across, fill
);
  logic [31:0]           addr;
  logic [BlockWidth-1:0] words, line, vectors;
  logic                  first, last, across, fill;
  assign beat_o = {addr, words, line, vectors, first, last, across, fill};

  td_redmule_agu #(
    .Rows(128), .Columns(128)  // the largest that an engine may have
  ) i_dut (
    .clk_i, .rst_ni, .clear_i, .start_i,
    .cfg_i('{
      base: base_i, line_stride: line_stride_i, chunk_stride: chunk_stride_i, k_stride: k_stride_i,
      m_stride: m_stride_i, k_loop: k_loop_i, n_loop: n_loop_i, lines: block_e'(lines_i), words: block_e'(words_i),
      vectors: block_e'(vectors_i), across: across_i, fill: fill_i
    }),
    .m_i, .n_i, .k_i, .busy_o, .take_i, .addr_o(addr), .words_o(words), .line_o(line), .vectors_o(vectors),
    .first_o(first), .last_o(last), .across_o(across), .fill_o(fill)
  );
endmodule
