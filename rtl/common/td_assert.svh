// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The assertions of rtl/. Each says in its name what holds; none is synthesized, and none counts while rst_ni is low.
//
// `TD_ASSERT(a_pop_has_data, pop_i |-> !empty_o)              in every cycle of clk_i
// `TD_ASSERT(a_pop_has_data, pop_i |-> !empty_o, clk)         of another clock
// `TD_ASSERT_HELD(a_request_held, req_o, gnt_i, {addr_o, we_o})
//     a request stays, and what it asks for with it, until it is granted
// `TD_ASSERT_ANSWERED(a_access_answered, req_i, gnt_o, rvalid_o)
//     the cycle after a grant has the answer, and no other cycle has one; one bit or one a port
`ifndef TD_ASSERT_SVH
`define TD_ASSERT_SVH

`ifdef SYNTHESIS
`define TD_ASSERT(name_, property_, clk_ = clk_i)
`else
`define TD_ASSERT(name_, property_, clk_ = clk_i) \
  name_ : assert property (@(posedge clk_) disable iff (!rst_ni) property_) \
  else $error("%m: %s does not hold", `"name_`");
`endif

`define TD_ASSERT_HELD(name_, req_, gnt_, what_, clk_ = clk_i) \
  `TD_ASSERT(name_, (req_) && !(gnt_) |=> (req_) && $stable(what_), clk_)

`define TD_ASSERT_ANSWERED(name_, req_, gnt_, rvalid_, clk_ = clk_i) \
  `TD_ASSERT(name_, 1'b1 |=> (rvalid_) == $past((req_) & (gnt_)), clk_)

`endif  // TD_ASSERT_SVH
