// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Address generator of one stream: walks m tiles, k tiles, n chunks and lines, and offers one beat at a time.
//
// One adder: the next address is that of the innermost loop which continues, plus its stride.

`include "td_assert.svh"

module td_redmule_agu
  import td_redmule_pkg::*;
#(
  parameter int unsigned Rows    = 12,  // block of M
  parameter int unsigned Columns = 16   // block of N and of K
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  clear_i,

  input  logic                  start_i,
  input  stream_cfg_t           cfg_i,
  input  logic [SizeWidth-1:0]  m_i,
  input  logic [SizeWidth-1:0]  n_i,
  input  logic [SizeWidth-1:0]  k_i,
  output logic                  busy_o,

  // The current beat, valid while busy_o.
  input  logic                  take_i,
  output logic [31:0]           addr_o,
  output logic [BlockWidth-1:0] words_o,
  output logic [BlockWidth-1:0] line_o,
  output logic [BlockWidth-1:0] vectors_o,
  output logic                  first_o,   // first beat of a chunk
  output logic                  last_o,    // last beat of a chunk
  output logic                  across_o,
  output logic                  fill_o
);

  stream_cfg_t           cfg_q;  // base: of the current m tile
  logic                  busy_q;
  logic [31:0]           line_addr_q, chunk_addr_q, k_addr_q;
  logic [SizeWidth-1:0]  n_q, k_q;                          // of the job
  logic [SizeWidth-1:0]  m_left_q, n_left_q, k_left_q;      // from the current block on
  logic [BlockWidth-1:0] line_q;

  function automatic logic [BlockWidth-1:0] block(logic [SizeWidth-1:0] left, logic [BlockWidth-1:0] size);
    return (left < SizeWidth'(size)) ? left[BlockWidth-1:0] : size;
  endfunction

  logic [BlockWidth-1:0] block_m, block_n, block_k;
  assign block_m = block(m_left_q, BlockWidth'(Rows));
  assign block_n = block(n_left_q, BlockWidth'(Columns));
  assign block_k = block(k_left_q, BlockWidth'(Columns));

  function automatic logic [BlockWidth-1:0] choose(block_e which, logic [BlockWidth-1:0] m, logic [BlockWidth-1:0] n,
                                                   logic [BlockWidth-1:0] k);
    unique case (which)
      BlockM:  return m;
      BlockN:  return n;
      BlockK:  return k;
      default: return BlockWidth'(1);
    endcase
  endfunction

  logic last_line, last_chunk, last_k, last_m;
  assign last_line  = line_q == choose(cfg_q.lines, block_m, block_n, block_k) - BlockWidth'(1);
  assign last_chunk = !cfg_q.n_loop || n_left_q <= SizeWidth'(Columns);
  assign last_k     = !cfg_q.k_loop || k_left_q <= SizeWidth'(Columns);
  assign last_m     = m_left_q <= SizeWidth'(Rows);

  logic [31:0] from, stride, next;
  always_comb begin
    if (!last_line)       {from, stride} = {line_addr_q, cfg_q.line_stride};
    else if (!last_chunk) {from, stride} = {chunk_addr_q, cfg_q.chunk_stride};
    else if (!last_k)     {from, stride} = {k_addr_q, cfg_q.k_stride};
    else                  {from, stride} = {cfg_q.base, cfg_q.m_stride};
    next = from + stride;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      cfg_q  <= '0;
      {line_addr_q, chunk_addr_q, k_addr_q} <= '0;
      {n_q, k_q, m_left_q, n_left_q, k_left_q, line_q} <= '0;
    end else if (clear_i) begin
      busy_q <= 1'b0;
    end else if (start_i) begin
      busy_q       <= 1'b1;
      cfg_q        <= cfg_i;
      line_addr_q  <= cfg_i.base;
      chunk_addr_q <= cfg_i.base;
      k_addr_q     <= cfg_i.base;
      n_q          <= n_i;
      k_q          <= k_i;
      m_left_q     <= m_i;
      n_left_q     <= n_i;
      k_left_q     <= k_i;
      line_q       <= '0;
    end else if (take_i) begin
      line_q      <= last_line ? '0 : line_q + BlockWidth'(1);
      line_addr_q <= next;
      if (last_line) begin
        chunk_addr_q <= next;
        n_left_q     <= last_chunk ? n_q : n_left_q - SizeWidth'(Columns);
        if (last_chunk) begin
          k_addr_q <= next;
          k_left_q <= last_k ? k_q : k_left_q - SizeWidth'(Columns);
          if (last_k) begin
            cfg_q.base <= next;
            m_left_q   <= m_left_q - SizeWidth'(Rows);
            if (last_m) busy_q <= 1'b0;
          end
        end
      end
    end
  end

  assign busy_o    = busy_q;
  assign addr_o    = line_addr_q;
  assign words_o   = choose(cfg_q.words, block_m, block_n, block_k);
  assign vectors_o = choose(cfg_q.vectors, block_m, block_n, block_k);
  assign line_o    = line_q;
  assign first_o   = line_q == '0;
  assign last_o    = last_line;
  assign across_o  = cfg_q.across;
  assign fill_o    = cfg_q.fill;

  `TD_ASSERT(a_take_only_when_busy, take_i |-> busy_q)
  `TD_ASSERT(a_start_only_when_idle, start_i && !clear_i |-> !busy_q)

endmodule
