// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The event unit's part of one core: mask, buffer, and the read that waits.
//
// A wait is a bus read whose response is held until an enabled event is pending; the core's load is cv.elw, so it
// sleeps meanwhile, and its clock is stopped here. A wait at a barrier is for the barrier event alone.

`include "td_assert.svh"

module td_event_core
  import td_platform_pkg::*;
  import td_event_unit_reg_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  // Bus target
  input  logic        req_i,
  output logic        gnt_o,
  input  logic [9:0]  addr_i,
  input  logic        we_i,
  input  logic [31:0] wdata_i,
  output logic        rvalid_o,
  output logic [31:0] rdata_o,
  output logic        err_o,
  // An access to a shared register (barriers, software events); data and error come in the same cycle.
  output logic        shared_o,
  input  logic [31:0] shared_rdata_i,
  input  logic        shared_err_i,
  input  logic        barrier_wait_i,        // this access waits at a barrier
  input  logic        barrier_wait_clear_i,  // ... and clears the event
  input  logic [31:0] events_i,              // pulses
  input  logic        sleep_i,
  output logic        clk_en_o
);

  logic [31:0] mask_d, mask_q, buffer_d, buffer_q;
  logic [31:0] clear, rdata_d, rdata_q, waited_for_q;
  logic        rvalid_q, err_d, err_q;
  logic        wait_d, wait_q, barrier_q, clear_d, clear_q, wake, access;

  // Barrier and own waits: which events end them.
  assign waited_for_q = barrier_q ? (32'd1 << TD_EVENT_BARRIER) : mask_q;
  assign wake         = wait_q && (buffer_q & waited_for_q) != '0;
  assign gnt_o        = !wait_q || wake;
  assign access       = req_i && gnt_o;

  assign rvalid_o = rvalid_q || wake;
  assign rdata_o  = wait_q ? (buffer_q & waited_for_q) : rdata_q;
  assign err_o    = err_q;
  assign clk_en_o = !(wait_q && !wake && sleep_i);

  always_comb begin
    mask_d   = mask_q;
    clear    = (wake && clear_q) ? (buffer_q & waited_for_q) : '0;
    rdata_d  = '0;
    err_d    = 1'b0;
    wait_d   = 1'b0;
    clear_d  = 1'b0;
    shared_o = 1'b0;
    if (access) begin
      unique case ({2'b00, addr_i[9:2], 2'b00})
        TD_EVENT_UNIT_EVT_MASK_OFFSET: begin
          rdata_d = mask_q;
          if (we_i) mask_d = wdata_i;
        end
        TD_EVENT_UNIT_EVT_MASK_SET_OFFSET: if (we_i) mask_d = mask_q | wdata_i;
        TD_EVENT_UNIT_EVT_MASK_CLR_OFFSET: if (we_i) mask_d = mask_q & ~wdata_i;
        TD_EVENT_UNIT_EVT_BUFFER_OFFSET: begin
          rdata_d = buffer_q;
          err_d   = we_i;
        end
        TD_EVENT_UNIT_EVT_BUFFER_MASKED_OFFSET: begin
          rdata_d = buffer_q & mask_q;
          err_d   = we_i;
        end
        TD_EVENT_UNIT_EVT_BUFFER_CLR_OFFSET: if (we_i) clear = clear | wdata_i;
        TD_EVENT_UNIT_EVT_WAIT_OFFSET: begin
          wait_d = !we_i;
          err_d  = we_i;
        end
        TD_EVENT_UNIT_EVT_WAIT_CLEAR_OFFSET: begin
          wait_d  = !we_i;
          clear_d = !we_i;
          err_d   = we_i;
        end
        default: begin
          shared_o = 1'b1;
          rdata_d  = shared_rdata_i;
          err_d    = shared_err_i;
          wait_d   = barrier_wait_i;
          clear_d  = barrier_wait_clear_i;
        end
      endcase
    end
  end

  // A new event is never lost to a clear in the same cycle.
  assign buffer_d = (buffer_q & ~clear) | events_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mask_q    <= '0;
      buffer_q  <= '0;
      rdata_q   <= '0;
      rvalid_q  <= 1'b0;
      err_q     <= 1'b0;
      wait_q    <= 1'b0;
      barrier_q <= 1'b0;
      clear_q   <= 1'b0;
    end else begin
      buffer_q <= buffer_d;
      rvalid_q <= access && !wait_d;
      if (access) begin
        mask_q    <= mask_d;
        rdata_q   <= rdata_d;
        err_q     <= err_d;
        wait_q    <= wait_d;
        barrier_q <= barrier_wait_i && shared_o;
        clear_q   <= clear_d;
      end else if (wake) begin
        wait_q <= 1'b0;
      end
    end
  end

  logic unused;
  assign unused = ^addr_i[1:0];

  `TD_ASSERT(a_one_response, !(rvalid_q && wake))
  `TD_ASSERT(a_clock_while_core_needs_it, !clk_en_o |-> sleep_i && !rvalid_o)
  `TD_ASSERT(a_access_answered, access && !wait_d |=> rvalid_o)

endmodule
