// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Several OBI initiators to one target: round robin, the choice held until granted, responses routed in order.

`include "td_assert.svh"

module td_obi_mux #(
  parameter int unsigned NumInitiators  = 8,
  parameter int unsigned MaxOutstanding = 4,
  parameter int unsigned AddrWidth      = 32,
  localparam int unsigned IdWidth  = (NumInitiators > 1) ? $clog2(NumInitiators) : 1,
  localparam int unsigned PtrWidth = (MaxOutstanding > 1) ? $clog2(MaxOutstanding) : 1
) (
  input  logic                                    clk_i,
  input  logic                                    rst_ni,
  // Initiators; rdata_o and err_o go to all of them, valid with rvalid_o.
  input  logic [NumInitiators-1:0]                req_i,
  output logic [NumInitiators-1:0]                gnt_o,
  input  logic [NumInitiators-1:0][AddrWidth-1:0] addr_i,
  input  logic [NumInitiators-1:0]                we_i,
  input  logic [NumInitiators-1:0][3:0]           be_i,
  input  logic [NumInitiators-1:0][31:0]          wdata_i,
  output logic [NumInitiators-1:0]                rvalid_o,
  output logic [31:0]                             rdata_o,
  output logic                                    err_o,
  // Target
  output logic                                    req_o,
  input  logic                                    gnt_i,
  output logic [AddrWidth-1:0]                    addr_o,
  output logic                                    we_o,
  output logic [3:0]                              be_o,
  output logic [31:0]                             wdata_o,
  output logic [IdWidth-1:0]                      id_o,
  input  logic                                    rvalid_i,
  input  logic [31:0]                             rdata_i,
  input  logic                                    err_i
);

  logic [NumInitiators-1:0] chosen;
  logic                     full, granted;
  logic [IdWidth-1:0]       order_q[MaxOutstanding];  // initiators of the outstanding requests, oldest at head_q
  logic [PtrWidth-1:0]      head_q, tail_q;
  logic [PtrWidth:0]        cnt_q;

  td_rr_pick #(
    .Num(NumInitiators)
  ) i_pick (
    .clk_i,
    .rst_ni,
    .req_i,
    .take_i  (granted),
    .pick_o  (chosen)
  );

  assign full   = cnt_q == (PtrWidth + 1)'(MaxOutstanding);

  always_comb begin
    req_o   = 1'b0;
    addr_o  = '0;
    we_o    = 1'b0;
    be_o    = '0;
    wdata_o = '0;
    id_o    = '0;
    gnt_o   = '0;
    if (chosen != '0) begin
      for (int unsigned i = 0; i < NumInitiators; i++) begin
        if (chosen[i]) begin
          addr_o  = addr_i[i];
          we_o    = we_i[i];
          be_o    = be_i[i];
          wdata_o = wdata_i[i];
          id_o    = IdWidth'(i);
        end
      end
      req_o = !full;
      gnt_o = (gnt_i && !full) ? chosen : '0;
    end
  end

  assign granted = req_o && gnt_i;

  always_comb begin
    rvalid_o = '0;
    rvalid_o[order_q[head_q]] = rvalid_i;
  end
  assign rdata_o = rdata_i;
  assign err_o   = err_i;

  function automatic logic [PtrWidth-1:0] next(logic [PtrWidth-1:0] ptr);
    return (32'(ptr) == MaxOutstanding - 1) ? '0 : ptr + PtrWidth'(1);
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q   <= '0;
      tail_q   <= '0;
      cnt_q    <= '0;
      order_q  <= '{default: '0};
    end else begin
      if (granted) begin
        order_q[tail_q] <= id_o;
        tail_q          <= next(tail_q);
      end
      if (rvalid_i) head_q <= next(head_q);
      cnt_q <= cnt_q + (PtrWidth + 1)'(granted) - (PtrWidth + 1)'(rvalid_i);
    end
  end

  `TD_ASSERT(a_response_expected, rvalid_i |-> cnt_q != '0)
  for (genvar i = 0; i < int'(NumInitiators); i++) begin : gen_assert
    `TD_ASSERT_HELD(a_initiator_held, req_i[i], gnt_o[i],
                    {addr_i[i], we_i[i], be_i[i], wdata_i[i] & {32{we_i[i]}}})
  end
  `TD_ASSERT_HELD(a_request_held, req_o, gnt_i, {addr_o, we_o, be_o, wdata_o})

endmodule
