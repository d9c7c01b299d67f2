// SPDX-License-Identifier: Apache-2.0
// Rules of RedMule's wide port, bound to td_redmule by its bench; independent of the engine's own assertions.
//
// A beat is DataWidth bits; its payload, whole elements side by side, leaves one word of them unused.
module td_redmule_port_checker #(
  parameter int unsigned DataWidth   = 544,
  parameter int unsigned ElemBytes   = 4,
  parameter int unsigned Outstanding = 16,          // reads under way, at most
  parameter int unsigned MemoryBytes = 32'h40_0000
) (
  input logic                   clk_i,
  input logic                   rst_ni,
  input logic [31:0]            origin_i,   // where the bench's memory begins
  input logic                   busy_i,
  input logic                   event_i,    // a job is done
  input logic                   req_i,
  input logic                   gnt_i,
  input logic [31:0]            addr_i,
  input logic                   we_i,
  input logic [DataWidth/8-1:0] be_i,
  input logic [DataWidth-1:0]   wdata_i,
  input logic                   rvalid_i,
  input logic                   taken_i     // the engine takes the response of this cycle
);
  localparam int unsigned Bytes = DataWidth / 8;

  int unsigned due_q;  // reads granted and not answered
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) due_q <= 0;
    else due_q <= due_q + 32'(req_i && gnt_i && !we_i) - 32'(rvalid_i);
  end

  // One run of bytes, whole elements, not longer than the payload; bytes of writes are part of wdata.
  logic [Bytes-1:0] lowest, above;
  logic             contiguous, whole;
  int unsigned      first, meant;
  assign lowest     = be_i & (~be_i + Bytes'(1));
  assign above      = be_i + lowest;
  assign contiguous = (above & be_i) == '0;
  always_comb begin
    first = 0;
    for (int unsigned i = 0; i < Bytes; i++) if (lowest[i]) first = i;
    meant = unsigned'($countones(be_i));
    whole = first % ElemBytes == 0 && meant % ElemBytes == 0;
  end

  a_stays_until_granted :
  assert property (@(posedge clk_i) disable iff (!rst_ni) req_i && !gnt_i |=> req_i)
  else $error("port rule: a request was withdrawn");
  a_does_not_change :
  assert property (@(posedge clk_i) disable iff (!rst_ni) req_i && !gnt_i |=>
                   $stable(addr_i) && $stable(we_i) && $stable(be_i) && (!we_i || $stable(wdata_i)))
  else $error("port rule: a request changed before its grant");
  a_begins_while_busy : assert property (@(posedge clk_i) disable iff (!rst_ni) $rose(req_i) |-> $past(busy_i))
  else $error("port rule: a request without a job");
  a_event_after_stores : assert property (@(posedge clk_i) disable iff (!rst_ni) event_i |-> !(req_i && we_i))
  else $error("port rule: an event before the last store");
  a_response_expected : assert property (@(posedge clk_i) disable iff (!rst_ni) rvalid_i |-> due_q != 0)
  else $error("port rule: a response that nobody asked for");
  a_response_taken : assert property (@(posedge clk_i) disable iff (!rst_ni) rvalid_i |-> taken_i)
  else $error("port rule: a response was dropped");
  a_outstanding : assert property (@(posedge clk_i) disable iff (!rst_ni) due_q <= Outstanding)
  else $error("port rule: too many reads under way");
  a_aligned : assert property (@(posedge clk_i) disable iff (!rst_ni) req_i |-> addr_i[1:0] == 2'b00)
  else $error("port rule: an address that is no word's");
  a_in_range :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   req_i |-> 33'(addr_i - origin_i) + 33'(first + meant) <= 33'(MemoryBytes))
  else $error("port rule: a beat beyond memory");
  a_something_meant : assert property (@(posedge clk_i) disable iff (!rst_ni) req_i |-> be_i != '0)
  else $error("port rule: a beat without a byte");
  a_first_word : assert property (@(posedge clk_i) disable iff (!rst_ni) req_i && be_i != '0 |-> first < 4)
  else $error("port rule: the first word of a beat is not used");
  a_one_run : assert property (@(posedge clk_i) disable iff (!rst_ni) req_i |-> contiguous)
  else $error("port rule: byte enables with a gap");
  a_whole_elements : assert property (@(posedge clk_i) disable iff (!rst_ni) req_i |-> whole)
  else $error("port rule: byte enables that cut an element");
  a_payload : assert property (@(posedge clk_i) disable iff (!rst_ni) req_i |-> meant <= Bytes - 4)
  else $error("port rule: more bytes than the payload has");

endmodule
