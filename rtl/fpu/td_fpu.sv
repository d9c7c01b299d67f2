// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// One CVFPU for one or more cores.
//
// With a Latency of 1 CV32E40P writes the result of a pipelined operation through its load port exactly one cycle after
// the grant, and loses it if it comes later; only divisions and square roots may take any time. So the unit is two: a
// pipeline that accepts one operation a cycle and always answers Latency cycles later, and a divider that never competes
// with it for a result port. From a Latency of 2 on a core sends one operation at a time, whichever it is. Their clocks
// stop when they have nothing to do; input registers (PipeConfig BEFORE) keep the arithmetic still, in silicon and in
// simulation, while the clock is stopped.

`include "td_assert.svh"

module td_fpu
  import cv32e40p_apu_core_pkg::*;
#(
  parameter int unsigned NumPorts = 2,
  parameter int unsigned Latency  = 1   // cycles from the grant of a pipelined operation to its result
) (
  input  logic                                           clk_i,
  input  logic                                           rst_ni,
  input  logic [NumPorts-1:0]                            req_i,
  output logic [NumPorts-1:0]                            gnt_o,
  input  logic [NumPorts-1:0][APU_NARGS_CPU-1:0][31:0]   operands_i,
  input  logic [NumPorts-1:0][APU_WOP_CPU-1:0]           op_i,
  input  logic [NumPorts-1:0][APU_NDSFLAGS_CPU-1:0]      flags_i,
  output logic [NumPorts-1:0]                            rvalid_o,
  output logic [NumPorts-1:0][31:0]                      result_o,
  output logic [NumPorts-1:0][APU_NUSFLAGS_CPU-1:0]      status_o
);

  localparam int unsigned TagWidth = (NumPorts > 1) ? $clog2(NumPorts) : 1;
  typedef logic [TagWidth-1:0] tag_t;

  typedef struct packed {
    logic [APU_NARGS_CPU-1:0][31:0]   operands;
    logic [APU_WOP_CPU-1:0]           op;
    logic [APU_NDSFLAGS_CPU-1:0]      flags;
    tag_t                             tag;
  } request_t;

  typedef struct packed {
    logic [31:0]                 result;
    logic [APU_NUSFLAGS_CPU-1:0] status;
    tag_t                        tag;
  } response_t;

  logic [NumPorts-1:0] is_div, pipe_pick, div_pick;
  logic                pipe_valid, pipe_ready, pipe_done, pipe_clk;
  logic                div_valid, div_ready, div_done, div_clk, div_busy_q;
  logic [Latency-1:0]  in_pipe_q;  // bit i: an operation was granted i + 1 cycles ago
  request_t            pipe_request, div_request;
  response_t           pipe_response, div_response;

  for (genvar p = 0; p < NumPorts; p++) begin : gen_is_div
    fpnew_pkg::operation_e operation;
    assign operation = fpnew_pkg::operation_e'(op_i[p][fpnew_pkg::OP_BITS-1:0]);
    assign is_div[p] = fpnew_pkg::get_opgroup(operation) == fpnew_pkg::DIVSQRT;
  end

  td_rr_pick #(
    .Num(NumPorts)
  ) i_pipe_pick (
    .clk_i,
    .rst_ni,
    .req_i (req_i & ~is_div),
    .take_i(pipe_valid && pipe_ready),
    .pick_o(pipe_pick)
  );

  td_rr_pick #(
    .Num(NumPorts)
  ) i_div_pick (
    .clk_i,
    .rst_ni,
    .req_i (req_i & is_div),
    .take_i(div_valid && div_ready),
    .pick_o(div_pick)
  );

  always_comb begin
    pipe_request = '0;
    div_request  = '0;
    for (int unsigned p = 0; p < NumPorts; p++) begin
      if (pipe_pick[p]) pipe_request = '{operands: operands_i[p], op: op_i[p], flags: flags_i[p], tag: tag_t'(p)};
      if (div_pick[p]) div_request = '{operands: operands_i[p], op: op_i[p], flags: flags_i[p], tag: tag_t'(p)};
    end
  end

  // The divider starts an operation only when it is empty, as with a single core; its handshake while an operation
  // ends is not needed and so not relied upon.
  assign pipe_valid = pipe_pick != '0;
  assign div_valid  = div_pick != '0 && !div_busy_q;
  assign gnt_o      = (pipe_ready ? pipe_pick : '0) | ((div_valid && div_ready) ? div_pick : '0);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      in_pipe_q  <= '0;
      div_busy_q <= 1'b0;
    end else begin
      in_pipe_q  <= Latency'({in_pipe_q, pipe_valid});
      div_busy_q <= (div_valid && div_ready) || (div_busy_q && !div_done);
    end
  end

  cv32e40p_clock_gate i_pipe_gate (
    .clk_i,
    .en_i        (pipe_valid || in_pipe_q != '0),
    .scan_cg_en_i(1'b0),
    .clk_o       (pipe_clk)
  );

  // One cycle more than busy: the result register of the divider empties.
  logic div_drain_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) div_drain_q <= 1'b0;
    else div_drain_q <= div_valid || div_busy_q;
  end

  cv32e40p_clock_gate i_div_gate (
    .clk_i,
    .en_i        (div_valid || div_busy_q || div_drain_q),
    .scan_cg_en_i(1'b0),
    .clk_o       (div_clk)
  );

  td_fpnew #(
    .DivSqrt (1'b0),
    .Latency (Latency),
    .TagWidth(TagWidth)
  ) i_pipe (
    .clk_i     (pipe_clk),
    .rst_ni,
    .valid_i   (pipe_valid),
    .ready_o   (pipe_ready),
    .operands_i(pipe_request.operands),
    .op_i      (pipe_request.op),
    .flags_i   (pipe_request.flags),
    .tag_i     (pipe_request.tag),
    .valid_o   (pipe_done),
    .result_o  (pipe_response.result),
    .status_o  (pipe_response.status),
    .tag_o     (pipe_response.tag)
  );

  td_fpnew #(
    .DivSqrt (1'b1),
    .TagWidth(TagWidth)
  ) i_div (
    .clk_i     (div_clk),
    .rst_ni,
    .valid_i   (div_valid),
    .ready_o   (div_ready),
    .operands_i(div_request.operands),
    .op_i      (div_request.op),
    .flags_i   (div_request.flags),
    .tag_i     (div_request.tag),
    .valid_o   (div_done),
    .result_o  (div_response.result),
    .status_o  (div_response.status),
    .tag_o     (div_response.tag)
  );

  // A core waits for its division before it sends anything else, so the two responses are never for the same core.
  always_comb begin
    for (int unsigned p = 0; p < NumPorts; p++) begin
      rvalid_o[p] = (pipe_done && pipe_response.tag == tag_t'(p)) || (div_done && div_response.tag == tag_t'(p));
      result_o[p] = (div_done && div_response.tag == tag_t'(p)) ? div_response.result : pipe_response.result;
      status_o[p] = (div_done && div_response.tag == tag_t'(p)) ? div_response.status : pipe_response.status;
    end
  end

  `TD_ASSERT(a_pipeline_ready, pipe_valid |-> pipe_ready)
  `TD_ASSERT(a_result_after_its_latency, pipe_done == in_pipe_q[Latency-1])
  `TD_ASSERT(a_one_result_a_core, pipe_done && div_done |-> pipe_response.tag != div_response.tag)
  for (genvar p = 0; p < NumPorts; p++) begin : gen_assert
    `TD_ASSERT_HELD(a_request_held, req_i[p], gnt_o[p], {operands_i[p], op_i[p], flags_i[p]})
  end

endmodule
