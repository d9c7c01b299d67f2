// SPDX-License-Identifier: Apache-2.0
// A pipelined binary32 multiply-adder whose arithmetic is the host's own fused multiply-add (tb/models/host_fma.cpp).
//
// Bit- and cycle-identical to CVFPU's fpnew_fma as RedMule uses it (round to nearest even, always valid, never stalled
// but by its clock); tb/blocks/host_fma proves it. Where RTL has its registers does not matter outside.
module td_host_fma #(
  parameter int unsigned PipeRegs = 3
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [31:0] x_i,
  input  logic [31:0] w_i,
  input  logic [31:0] y_i,
  output logic [31:0] z_o
);

  import "DPI-C" pure function int unsigned td_host_fma32(
    input int unsigned x, input int unsigned w, input int unsigned y);

  if (PipeRegs == 0) begin : gen_combinational
    assign z_o = td_host_fma32(x_i, w_i, y_i);
  end else begin : gen_pipeline
    logic [PipeRegs-1:0][31:0] pipe_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        pipe_q <= '0;
      end else begin
        pipe_q[0] <= td_host_fma32(x_i, w_i, y_i);
        for (int unsigned p = 1; p < PipeRegs; p++) pipe_q[p] <= pipe_q[p-1];
      end
    end
    assign z_o = pipe_q[PipeRegs-1];
  end

endmodule
