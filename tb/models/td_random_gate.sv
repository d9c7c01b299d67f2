// SPDX-License-Identifier: Apache-2.0
// Lets an engine begin only after a random delay: none in half of the cases, else up to Most cycles. For builds that
// show that a program waits for what it needs (tb/build/delays.py); +verilator+seed+N chooses the delays.
module td_random_gate #(
  parameter int unsigned Most = 2000
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic wanted_i,  // there is something to begin
  input  logic taken_i,   // it begins: the next one gets a delay of its own
  output logic open_o
);

  logic [31:0] left_q;

  assign open_o = left_q == '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) left_q <= '0;
    else if (taken_i) left_q <= $urandom_range(1) == 0 ? 32'd0 : 32'($urandom_range(Most));
    else if (wanted_i && left_q != '0) left_q <= left_q - 32'd1;
  end

endmodule
