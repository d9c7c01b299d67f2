// SPDX-License-Identifier: Apache-2.0
// Functional coverage of td_l2, one bit a bin since reset; test_l2.py has the names. Ports: 0 DMA, 1 instruction
// cache, 2 HyperBus, 3 cores. Also the bounds that round robin and the queue of two promise.
module td_l2_coverage #(
  parameter logic [31:0] Base  = td_platform_pkg::TD_L2_BASE,
  parameter int unsigned Bytes = td_platform_pkg::TD_L2_SIZE
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  // The ports.
  input  logic [3:0]               req_i,
  input  logic [3:0]               gnt_i,
  input  logic [3:0]               we_i,
  input  logic [31:0]              addr_i[4],
  input  logic [7:0]               be_i[4],
  input  logic [3:0]               rvalid_i,
  input  logic [3:0]               err_i,
  // Inside: the queues, their oldest requests, and what each bank serves.
  input  logic [3:0]               empty_i,
  input  logic [3:0]               pop_i,
  input  logic [3:0]               head_we_i,
  input  logic [3:0]               head_err_i,
  input  logic [3:0][3:0]          want_i,     // [bank][port]
  input  logic [3:0][3:0]          grant_i,
  input  logic [3:0][3:0]          last_i,
  // Bins.
  output logic [3:0][1:0][4:0]     place_o,    // [port][write][first word, last word, just below, just above, far away]
  output logic [3:0][10:0]         strobes_o,  // [port][lane alone ..., none, all, some]
  output logic [3:0][1:0][1:0][1:0] sequence_o, // [port][write before][write][in the next cycle, after a pause]
  output logic [3:0][7:0]          next_o,     // [port][...] of two accesses in successive cycles
  output logic [3:0][2:0]          queue_o,    // [port][accepted when empty, when not, when the oldest leaves]
  output logic [3:0][3:0]          held_o,     // [port][cycles without a grant]
  output logic [3:0][3:0][1:0]     served_o,   // [port][bank][write]
  output logic [3:0][3:0][1:0][1:0] pair_o,    // [winner][loser][winner writes][loser writes]
  output logic [3:0][3:0][15:0]    robin_o,    // [bank][served last][ports that want it]
  output logic [3:0][3:0]          waited_o,   // [port][cycles that the oldest request waits for its bank]
  output logic [3:0]               banks_o,    // banks that serve in one cycle, less 1
  output logic [3:0]               answers_o,  // ports that are answered in one cycle, less 1
  output logic [3:0]               beside_o    // [port] an error while another port gets data
);

  for (genvar p = 0; p < 4; p++) begin : gen_port
    localparam int unsigned Lanes = p == 3 ? 4 : 8;
    localparam logic [7:0]  All   = 8'((1 << Lanes) - 1);
    wire         accept  = req_i[p] && gnt_i[p];
    wire  [31:0] word    = addr_i[p] & ~32'(Lanes - 1);
    wire  [31:0] at      = word - Base;
    wire         outside = at >= Bytes;
    wire  [7:0]  be      = be_i[p] & All;
    logic        any_q, next_q, we_q, outside_q;
    logic [31:0] word_q;
    logic [3:0]  held_q, waited_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        any_q    <= 1'b0;
        next_q   <= 1'b0;
        held_q   <= '0;
        waited_q <= '0;
        {place_o[p], strobes_o[p], sequence_o[p], next_o[p], queue_o[p], held_o[p], waited_o[p], beside_o[p]} <= '0;
      end else begin
        next_q   <= accept;
        held_q   <= req_i[p] && !gnt_i[p] ? held_q + 1 : '0;
        waited_q <= !empty_i[p] && !pop_i[p] ? waited_q + 1 : '0;
        if (accept) begin
          any_q     <= 1'b1;
          we_q      <= we_i[p];
          outside_q <= outside;
          word_q    <= word;
          place_o[p][we_i[p]] <= place_o[p][we_i[p]] | {
            at[31:28] == 4'h8, at >= Bytes && at < Bytes + 64, at >= -64, at == Bytes - Lanes, at == '0};
          if (we_i[p]) strobes_o[p] <= strobes_o[p] | {
            $countones(be) > 1 && be != All, be == All, be == '0, $onehot(be) ? be : 8'h00};
          if (any_q) sequence_o[p][we_q][we_i[p]][!next_q] <= 1'b1;
          if (next_q) next_o[p] <= next_o[p] | {
            outside && !outside_q, !outside && outside_q,
            !outside && !outside_q && word != word_q && word[4:3] == word_q[4:3],
            !outside && !outside_q && word[4:3] != word_q[4:3],
            4'(word == word_q && !outside) << {we_q, we_i[p]}};
          queue_o[p] <= queue_o[p] | {pop_i[p], !empty_i[p], empty_i[p]};
          held_o[p]  <= held_o[p] | 4'(1 << held_q);
        end
        if (pop_i[p] && !head_err_i[p]) waited_o[p] <= waited_o[p] | 4'(1 << waited_q);
        if (rvalid_i[p] && err_i[p] && (rvalid_i & ~err_i) != '0) beside_o[p] <= 1'b1;
      end
    end

    // Three others are served before a port's oldest request at most; two of them while its queue is full, and room shows a cycle later.
    assert property (@(posedge clk_i) disable iff (!rst_ni) waited_q <= 3);
    assert property (@(posedge clk_i) disable iff (!rst_ni) held_q <= 3);
    assert property (@(posedge clk_i) disable iff (!rst_ni) !empty_i[p] && head_err_i[p] |-> pop_i[p]);
  end

  wire [2:0] serving = 3'($countones({want_i[3] != '0, want_i[2] != '0, want_i[1] != '0, want_i[0] != '0}));
  wire [2:0] answered = 3'($countones(rvalid_i));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      served_o  <= '0;
      pair_o    <= '0;
      robin_o   <= '0;
      banks_o   <= '0;
      answers_o <= '0;
    end else begin
      for (int b = 0; b < 4; b++) begin
        for (int p = 0; p < 4; p++) begin
          if (grant_i[b][p]) begin
            served_o[p][b][head_we_i[p]] <= 1'b1;
            for (int q = 0; q < 4; q++) begin
              if (q != p && want_i[b][q]) pair_o[p][q][head_we_i[p]][head_we_i[q]] <= 1'b1;
            end
          end
          if (last_i[b][p] && want_i[b] != '0) robin_o[b][p][want_i[b]] <= 1'b1;
        end
      end
      if (serving != 0) banks_o[2'(serving - 1)] <= 1'b1;
      if (answered != 0) answers_o[2'(answered - 1)] <= 1'b1;
    end
  end

endmodule
