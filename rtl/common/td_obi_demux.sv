// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// One OBI initiator to several targets, responses in order.
//
// Targets answer after different times. A request to another target than the outstanding ones waits until these have
// answered, so responses cannot overtake each other and need no buffer. Requests that select no target
// (sel_i >= NumTargets) are granted and answered with an error, and announced on fault_o.

`include "td_assert.svh"

module td_obi_demux #(
  parameter int unsigned NumTargets     = 2,
  parameter int unsigned MaxOutstanding = 2,
  parameter int unsigned DataWidth      = 32,
  localparam int unsigned SelWidth = $clog2(NumTargets + 1),
  localparam int unsigned CntWidth = $clog2(MaxOutstanding + 1)
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  // Initiator; address, write data and so on go to all targets unchanged, outside this module.
  input  logic                                 req_i,
  input  logic [SelWidth-1:0]                  sel_i,
  output logic                                 gnt_o,
  output logic                                 rvalid_o,
  output logic [DataWidth-1:0]                 rdata_o,
  output logic                                 err_o,
  output logic                                 fault_o,   // pulse: a request to no target was granted
  // Targets
  output logic [NumTargets-1:0]                req_o,
  input  logic [NumTargets-1:0]                gnt_i,
  input  logic [NumTargets-1:0]                rvalid_i,
  input  logic [NumTargets-1:0][DataWidth-1:0] rdata_i,
  input  logic [NumTargets-1:0]                err_i
);

  logic [CntWidth-1:0] cnt_d, cnt_q;   // outstanding responses, all of them of target sel_q
  logic [SelWidth-1:0] sel_q;
  logic                none, none_rvalid_q;
  logic                admit, granted;

  assign none = 32'(sel_i) >= NumTargets;

  // The last outstanding response in this cycle already makes room for another target.
  assign admit = (cnt_q == '0) || (cnt_q == CntWidth'(1) && rvalid_o)
              || (sel_i == sel_q && (cnt_q < CntWidth'(MaxOutstanding) || rvalid_o));

  always_comb begin
    req_o = '0;
    gnt_o = 1'b0;
    if (req_i && admit) begin
      if (none) begin
        gnt_o = 1'b1;
      end else begin
        req_o[sel_i[$clog2(NumTargets)-1:0]] = 1'b1;
        gnt_o = gnt_i[sel_i[$clog2(NumTargets)-1:0]];
      end
    end
  end

  assign granted = req_i && gnt_o;
  assign fault_o = granted && none;

  always_comb begin
    rvalid_o = none_rvalid_q;
    rdata_o  = '0;
    err_o    = none_rvalid_q;
    if (cnt_q != '0 && !none_rvalid_q) begin
      rvalid_o = rvalid_i[sel_q[$clog2(NumTargets)-1:0]];
      rdata_o  = rdata_i[sel_q[$clog2(NumTargets)-1:0]];
      err_o    = err_i[sel_q[$clog2(NumTargets)-1:0]];
    end
  end

  assign cnt_d = cnt_q + CntWidth'(granted) - CntWidth'(rvalid_o);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cnt_q         <= '0;
      sel_q         <= '0;
      none_rvalid_q <= 1'b0;
    end else begin
      cnt_q         <= cnt_d;
      none_rvalid_q <= fault_o;
      if (granted) sel_q <= sel_i;
    end
  end

  // A response belongs to an outstanding request of the selected target.
  for (genvar t = 0; t < NumTargets; t++) begin : gen_assert
    `TD_ASSERT(a_response_expected, rvalid_i[t] |-> cnt_q != '0 && 32'(sel_q) == t)
  end
  `TD_ASSERT_HELD(a_request_held, req_i, gnt_o, sel_i)

endmodule
