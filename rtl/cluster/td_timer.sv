// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Timer: the cluster's 64-bit cycle counter.

`include "td_assert.svh"

module td_timer
  import td_periph_pkg::*;
  import td_timer_reg_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  // Register target
  input  logic        periph_req_i,
  output logic        periph_gnt_o,
  input  periph_a_t   periph_a_i,
  output logic        periph_rvalid_o,
  output periph_r_t   periph_r_o
);

  logic [63:0] cycles_q;
  logic [31:0] high_q, rdata_d;
  logic        clear, latch, err_d;
  timer_reset_t reset;

  assign periph_gnt_o = 1'b1;
  assign reset        = unpack_timer_reset(periph_a_i.wdata);

  always_comb begin
    rdata_d = '0;
    err_d   = 1'b0;
    clear   = 1'b0;
    latch   = 1'b0;
    if (periph_req_i) begin
      unique case ({2'b00, periph_a_i.addr[9:2], 2'b00})
        TD_TIMER_CYCLE_LO_OFFSET: begin
          rdata_d = cycles_q[31:0];
          latch   = !periph_a_i.we;
          err_d   = periph_a_i.we;
        end
        TD_TIMER_CYCLE_HI_OFFSET: begin
          rdata_d = high_q;
          err_d   = periph_a_i.we;
        end
        TD_TIMER_RESET_OFFSET: clear = periph_a_i.we && reset.clear;
        default: err_d = 1'b1;
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycles_q        <= '0;
      high_q          <= '0;
      periph_rvalid_o <= 1'b0;
      periph_r_o.rdata <= '0;
      periph_r_o.err   <= 1'b0;
    end else begin
      cycles_q        <= clear ? '0 : cycles_q + 64'd1;
      periph_rvalid_o <= periph_req_i;
      if (latch) high_q <= cycles_q[63:32];
      if (periph_req_i) begin
        periph_r_o.rdata <= rdata_d;
        periph_r_o.err   <= err_d;
      end
    end
  end

  logic unused;
  assign unused = ^{periph_a_i.addr[11:10], periph_a_i.addr[1:0], periph_a_i.be, periph_a_i.id};

  `TD_ASSERT_ANSWERED(a_access_answered, periph_req_i, periph_gnt_o, periph_rvalid_o)

endmodule
