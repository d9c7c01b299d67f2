// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Sequencer: steps the array through m tiles, k tiles, groups of Height n and the columns of a tile.
//
// A step enters one column at the first element of all rows. A step waits (and with it the whole array) for the
// operands it needs and, when a column of Z leaves, for room in the result buffer. While the first operands of a tile
// are missing, the array steps on empty as long as results of the previous tile are under way. A job may be started
// while the one before is still at work: it follows without a gap.

`include "td_assert.svh"

module td_redmule_sequencer
  import td_redmule_pkg::*;
#(
  parameter int unsigned  Height   = 4,
  parameter int unsigned  Rows     = 12,
  parameter int unsigned  PipeRegs = 3,
  localparam int unsigned Columns  = Height * (PipeRegs + 1)
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              clear_i,

  input  logic                              start_i,
  input  logic [SizeWidth-1:0]              m_i,
  input  logic [SizeWidth-1:0]              n_i,
  input  logic [SizeWidth-1:0]              k_i,
  input  logic                              gemm_i,      // sums begin with Y, otherwise with +0
  input  logic                              x_shared_i,  // X stays in its buffer for all k tiles
  output logic                              begun_o,     // the job's first step has been made

  input  logic                              x_valid_i,
  input  logic                              w_valid_i,
  input  logic                              y_valid_i,
  output logic                              xw_pop_o,
  output logic                              x_keep_o,    // the vector will be asked for again
  output logic                              round_o,     // it is the last of the reduction
  output logic                              y_pop_o,

  output logic                              step_o,
  output logic [Rows-1:0]                   row_enable_o,
  output logic [Height-1:0]                 load_o,
  output logic                              pad_o,
  output logic [Height-1:0][BlockWidth-1:0] column_o,
  output logic                              y_load_o,
  output logic                              y_use_o,     // Y and not +0

  input  logic                              z_free_i,
  output logic                              z_valid_o,
  output logic [BlockWidth-1:0]             z_column_o,
  output logic                              z_last_o
);

  localparam int unsigned HopSteps = PipeRegs + 1;

  typedef struct packed {
    logic [SizeWidth-1:0] m;
    logic [SizeWidth-1:0] n;
    logic [SizeWidth-1:0] k;
    logic                 gemm;
    logic                 x_shared;
  } work_t;

  work_t                 next_q;
  logic                  next_valid_q, adopt;
  // Job
  logic                  run_q, begun_q, gemm_q, x_shared_q;
  logic [SizeWidth-1:0]  n_q, k_q;
  // Where the head is
  logic [SizeWidth-1:0]  m_left_q, k_left_q, n_left_q;  // from this tile or group on
  logic                  first_group_q;
  logic [BlockWidth-1:0] column_q, hop_q, element_q;    // column = element * HopSteps + hop
  logic [Rows-1:0]       drain_rows_q;                  // rows of the tile that is leaving

  // What is under way: entry d was issued d steps ago.
  logic [Columns:1]                 leaving_q;  // a column of Z
  logic [Columns:1]                 last_q;     // the tile's last one
  logic [Columns:1][BlockWidth-1:0] columns_q;

  logic last_group, last_k, last_m, tile_begin, group_end, wants_xw, wants_y, ready, issue, draining, z_ok;
  assign last_group = n_left_q <= SizeWidth'(Height);
  assign last_k     = k_left_q <= SizeWidth'(Columns);
  assign last_m     = m_left_q <= SizeWidth'(Rows);
  assign tile_begin = first_group_q && column_q == '0;
  assign group_end  = column_q == BlockWidth'(Columns - 1);

  logic in_tile;  // the column exists in Z
  assign in_tile  = SizeWidth'(column_q) < k_left_q;
  assign wants_xw = hop_q == '0 && SizeWidth'(element_q) < n_left_q;
  assign wants_y  = gemm_q && first_group_q && in_tile;
  assign ready    = (!wants_xw || (x_valid_i && w_valid_i)) && (!wants_y || y_valid_i);

  assign draining = |leaving_q;
  assign z_ok     = !leaving_q[Columns] || z_free_i;
  assign issue    = run_q && ready && z_ok;
  assign step_o   = issue || (z_ok && draining && (!run_q || tile_begin));

  assign xw_pop_o = issue && wants_xw;
  assign x_keep_o = x_shared_q && !last_k;
  assign round_o  = n_left_q == SizeWidth'(element_q) + SizeWidth'(1);
  assign y_pop_o  = issue && wants_y;
  assign pad_o    = !wants_xw;
  assign y_load_o = first_group_q;
  assign y_use_o  = gemm_q;
  for (genvar h = 0; h < int'(Height); h++) begin : gen_element
    assign load_o[h] = run_q && hop_q == '0 && element_q == BlockWidth'(h);
    if (h == 0) begin : gen_head
      assign column_o[h] = column_q;
    end else begin : gen_chain
      assign column_o[h] = columns_q[h*HopSteps];
    end
  end

  logic [Rows-1:0] tile_rows;
  for (genvar l = 0; l < int'(Rows); l++) begin : gen_row
    assign tile_rows[l] = SizeWidth'(l) < m_left_q;
  end
  assign row_enable_o = (run_q ? tile_rows : '0) | (draining ? drain_rows_q : '0);

  assign z_valid_o  = step_o && leaving_q[Columns];
  assign z_column_o = columns_q[Columns];
  assign z_last_o   = last_q[Columns];

  assign begun_o = begun_q;
  assign adopt   = next_valid_q && (!run_q || (issue && group_end && last_group && last_k && last_m));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {next_valid_q, next_q} <= '0;
      {run_q, begun_q, gemm_q, x_shared_q, first_group_q} <= '0;
      {n_q, k_q, m_left_q, k_left_q, n_left_q} <= '0;
      {column_q, hop_q, element_q, drain_rows_q} <= '0;
      {leaving_q, last_q, columns_q} <= '0;
    end else if (clear_i) begin
      next_valid_q <= 1'b0;
      run_q        <= 1'b0;
      leaving_q    <= '0;
    end else begin
      if (start_i) begin
        next_valid_q <= 1'b1;
        next_q       <= '{m: m_i, n: n_i, k: k_i, gemm: gemm_i, x_shared: x_shared_i};
      end else if (adopt) begin
        next_valid_q <= 1'b0;
      end
      if (issue) begin
        begun_q   <= 1'b1;
        column_q  <= group_end ? '0 : column_q + BlockWidth'(1);
        hop_q     <= (hop_q == BlockWidth'(PipeRegs)) ? '0 : hop_q + BlockWidth'(1);
        if (hop_q == BlockWidth'(PipeRegs)) element_q <= group_end ? '0 : element_q + BlockWidth'(1);
        if (group_end) begin
          if (last_group) drain_rows_q <= tile_rows;  // the previous tile has left
          first_group_q <= last_group;
          n_left_q      <= last_group ? n_q : n_left_q - SizeWidth'(Height);
          if (last_group) begin
            k_left_q <= last_k ? k_q : k_left_q - SizeWidth'(Columns);
            if (last_k) begin
              m_left_q <= m_left_q - SizeWidth'(Rows);
              run_q    <= !last_m;
            end
          end
        end
      end
      if (adopt) begin
        run_q         <= 1'b1;
        begun_q       <= 1'b0;
        gemm_q        <= next_q.gemm;
        x_shared_q    <= next_q.x_shared;
        n_q           <= next_q.n;
        k_q           <= next_q.k;
        m_left_q      <= next_q.m;
        k_left_q      <= next_q.k;
        n_left_q      <= next_q.n;
        first_group_q <= 1'b1;
        column_q      <= '0;
        hop_q         <= '0;
        element_q     <= '0;
      end
      if (step_o) begin
        leaving_q <= {leaving_q[Columns-1:1], issue && last_group && in_tile};
        last_q    <= {last_q[Columns-1:1], SizeWidth'(column_q) == k_left_q - SizeWidth'(1) || group_end};
        columns_q <= {columns_q[Columns-1:1], column_q};
      end
    end
  end

  `TD_ASSERT(a_one_job_ahead, start_i |-> !next_valid_q)

endmodule
