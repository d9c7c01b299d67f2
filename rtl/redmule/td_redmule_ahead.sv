// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// How far an operand's requests are ahead of the array, and whether that is too little.
//
// Counts vectors requested and not yet given up. Before the job's first step one is enough, since the step waits for
// the other operands too. Afterwards there shall be enough to cover the memory's latency; a chunk that crosses must be
// there as a whole, so it is always in a hurry.
module td_redmule_ahead
  import td_redmule_pkg::*;
#(
  parameter int unsigned Enough = 6
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  clear_i,
  input  logic                  take_i,
  input  logic                  across_i,   // of the current beat
  input  logic                  last_i,
  input  logic [BlockWidth-1:0] vectors_i,
  input  logic                  give_up_i,
  input  logic                  begun_i,
  output logic                  low_o,     // less than enough
  output logic                  urgent_o   // the array is about to wait
);

  logic [BlockWidth+1:0] ahead_q, more;

  always_comb begin
    more = '0;
    if (take_i) begin
      if (!across_i) more = (BlockWidth + 2)'(1);
      else if (last_i) more = (BlockWidth + 2)'(vectors_i);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) ahead_q <= '0;
    else if (clear_i) ahead_q <= '0;
    else ahead_q <= ahead_q + more - (BlockWidth + 2)'(give_up_i);
  end

  assign low_o    = across_i || ahead_q < (BlockWidth + 2)'(Enough);
  assign urgent_o = begun_i ? low_o : ahead_q == '0;

endmodule
