// SPDX-License-Identifier: Apache-2.0
// Bench of td_fpu_share: every port is driven and checked by C++ (fpu_bench.cpp) at each clock edge, none by Python.
module td_fpu_bench #(
  parameter int unsigned NumCores = 8,
  parameter int unsigned NumFpus  = 4,
  parameter int unsigned Latency  = 1
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [31:0] idle_percent_i,  // of the cycles in which a port could send, it does not
  output logic [31:0] errors_o
);

  import "DPI-C" function void td_fpu_bench_port(
    input int unsigned port, input int unsigned idle_percent, input bit gnt, input bit rvalid,
    input int unsigned result, input int unsigned status, output bit req, output int unsigned a,
    output int unsigned b, output int unsigned c, output int unsigned op, output int unsigned flags);
  import "DPI-C" function int unsigned td_fpu_bench_errors();

  logic [NumCores-1:0]            req, gnt, rvalid;
  logic [NumCores-1:0][2:0][31:0] operands;
  logic [NumCores-1:0][5:0]       op;
  logic [NumCores-1:0][14:0]      flags;
  logic [NumCores-1:0][31:0]      result;
  logic [NumCores-1:0][4:0]       status;

  td_fpu_share #(
    .NumCores(NumCores),
    .NumFpus (NumFpus),
    .Latency (Latency)
  ) i_dut (
    .clk_i,
    .rst_ni,
    .req_i     (req),
    .gnt_o     (gnt),
    .operands_i(operands),
    .op_i      (op),
    .flags_i   (flags),
    .rvalid_o  (rvalid),
    .result_o  (result),
    .status_o  (status)
  );

  for (genvar p = 0; p < NumCores; p++) begin : gen_port
    bit          next_req;
    int unsigned a, b, c, next_op, next_flags;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        req[p] <= 1'b0;
      end else begin
        td_fpu_bench_port(p, idle_percent_i, gnt[p], rvalid[p], result[p], 32'(status[p]), next_req, a, b, c, next_op,
                          next_flags);
        req[p]      <= next_req;
        operands[p] <= {c, b, a};
        op[p]       <= next_op[5:0];
        flags[p]    <= next_flags[14:0];
      end
    end
  end

  always_ff @(posedge clk_i) errors_o <= td_fpu_bench_errors();

endmodule
