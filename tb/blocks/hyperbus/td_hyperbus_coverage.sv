// SPDX-License-Identifier: Apache-2.0
// Functional coverage of the chip-select-low limit, one bit a bin since reset; test_hyperbus.py has the names. A
// transaction is split if the limit ends it before the job's last byte. Also the bound on the time over the limit.
module td_hyperbus_coverage #(
  parameter int unsigned RowBytes = 1024
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        cs_ni,
  // Inside: the transaction under way.
  input  logic        register_i,
  input  logic        write_i,
  input  logic        command_end_i,  // last cycle of the command; rwds_i: the latency counts twice
  input  logic        rwds_i,
  input  logic        limit_i,        // the limit is reached while data may move
  input  logic        flows_i,        // in this cycle a byte moves or could
  input  logic [15:0] cs_limit_i,
  input  logic [15:0] low_i,          // cycles of chip select low
  input  logic        start_i,
  input  logic        moved_i,
  input  logic        done_i,
  input  logic [31:0] addr_i,         // of the next byte
  input  logic [31:0] bytes_i,        // left of the job
  // Bins: [write] first, [latency twice] second.
  output logic [1:0][1:0][3:0]      last_o,   // [job's last byte n cycles before the limit]
  output logic [1:0][1:0][2:0]      left_o,   // [1, 2, more bytes left when split]
  output logic [1:0][1:0][1:0][1:0] split_o,  // [write][odd first byte][odd length of the rest][later part of a job]
  output logic [1:0][1:0]           half_o,   // [write][split within a word]
  output logic [1:0][1:0]           still_o,  // [write][nothing moves when the limit comes]
  output logic [1:0][3:0]           value_o,  // [write][limit below 128, below 256, below 1024, larger] of a split
  output logic [3:0]                row_o,    // read crosses a row and is split, read is split at a row's end, ...
  output logic [31:0]               over_o    // most cycles of chip select low beyond the limit
);

  localparam logic [15:0] Minimum = 16'd128;  // what a transaction gets whatever the limit

  wire [15:0]  limit = cs_limit_i > Minimum ? cs_limit_i : Minimum;
  logic        twice_q, odd_q, limit_q, still_q, later_q, crossed_q;
  logic [15:0] low_q, last_q;  // of chip select on the pins; when the last byte moved
  logic [31:0] next_q;

  wire         early = !limit_q && last_q <= limit;
  wire         split = limit_q && bytes_i != '0;
  wire         row_end = addr_i % RowBytes == 0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      low_q   <= '0;
      limit_q <= 1'b0;
      next_q  <= '1;
      {last_o, left_o, split_o, half_o, still_o, value_o, row_o, over_o} <= '0;
    end else begin
      low_q <= cs_ni ? '0 : low_q + 1;
      if (!cs_ni && !register_i && low_q >= limit && 32'(low_q) + 1 - 32'(limit) > over_o) begin
        over_o <= 32'(low_q) + 1 - 32'(limit);
      end
      if (start_i) begin
        odd_q     <= addr_i[0];
        later_q   <= addr_i == next_q;
        limit_q   <= 1'b0;
        crossed_q <= 1'b0;
      end
      if (command_end_i) twice_q <= rwds_i;
      if (limit_i && !limit_q) begin
        limit_q <= 1'b1;
        still_q <= !flows_i;
      end
      if (moved_i) begin
        last_q <= low_i;
        if (!row_end) crossed_q <= crossed_q || (addr_i - 1) % RowBytes == 0 && addr_i != next_q + 1;
      end
      if (done_i && !register_i) begin
        next_q <= split ? addr_i : '1;
        if (bytes_i == '0 && last_q <= limit && limit - last_q < 4) begin
          last_o[write_i][twice_q][2'(limit - last_q)] <= 1'b1;
        end
        if (split) begin
          left_o[write_i][twice_q][bytes_i > 2 ? 2 : bytes_i[1:0] - 1] <= 1'b1;
          split_o[write_i][odd_q][bytes_i[0]][later_q] <= 1'b1;
          half_o[write_i][addr_i[0]] <= 1'b1;
          still_o[write_i][still_q] <= 1'b1;
          value_o[write_i][cs_limit_i < 128 ? 0 : cs_limit_i < 256 ? 1 : cs_limit_i < 1024 ? 2 : 3] <= 1'b1;
          if (!write_i && crossed_q) row_o[0] <= 1'b1;
          if (!write_i && row_end) row_o[1] <= 1'b1;
          if (write_i && (addr_i + 2) % RowBytes == 0) row_o[2] <= 1'b1;
        end
        if (write_i && row_end && bytes_i != '0 && early && limit - last_q < 3) row_o[3] <= 1'b1;
      end
    end
  end

  // A word is finished, the clock returns to low, chip select rises.
  assert property (@(posedge clk_i) disable iff (!rst_ni) !cs_ni && !register_i |-> low_q < limit + 4);

endmodule
