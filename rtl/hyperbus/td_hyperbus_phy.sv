// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// HyperBus transactions on the pins, one byte a cycle: command/address, initial latency, data until the job's bytes are
// moved or the transaction has to end (row boundary of a write, chip-select limit); the caller then starts another one.
//
// hyper_ck_o and hyper_dq_o change together; the pad delays the clock by a quarter period, so that each clock edge falls
// into the middle of its byte. The latency count includes the clock of the last command/address bytes. The clock stands
// still while a byte to write is missing or bytes read cannot be taken. If no byte has come when the chip-select limit is
// reached, a write ends with a masked word, for the device wants one; the caller tries again.

`include "td_assert.svh"

module td_hyperbus_phy (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [3:0]  latency_i,    // HyperBus clocks, at least 3
  input  logic [15:0] cs_limit_i,   // cycles
  input  logic [4:0]  boundary_i,   // log2 bytes, at least 1
  input  logic [7:0]  recovery_i,   // cycles
  // Transaction: started when start_i and ready_o; addr_i and bytes_i (left to move) follow the bytes moved.
  input  logic        start_i,
  output logic        ready_o,
  input  logic        write_i,
  input  logic        register_i,
  input  logic [31:0] addr_i,
  input  logic [31:0] bytes_i,
  output logic        done_o,
  // Bytes to write; taken when wready_o.
  input  logic        wvalid_i,
  output logic        wready_o,
  input  logic [7:0]  wdata_i,
  // Bytes read. Up to four more come after rhold_i has risen.
  output logic        rvalid_o,
  output logic [7:0]  rdata_o,
  input  logic        rhold_i,
  // Pins.
  output logic        hyper_cs_no,
  output logic        hyper_ck_o,
  output logic        hyper_rwds_o,
  input  logic        hyper_rwds_i,
  output logic        hyper_rwds_oe_o,
  output logic [7:0]  hyper_dq_o,
  input  logic [7:0]  hyper_dq_i,
  output logic        hyper_dq_oe_o
);

  // A transaction gets this far whatever the limit: past the longest command and latency, so that it moves something.
  localparam logic [15:0] LowMinimum = 16'd128;

  typedef enum logic [2:0] {Idle, Command, Latency, Write, Pad, Read, Finish, Recover} state_e;

  state_e      state_d, state_q;
  logic        cs_n_d, ck_d, rwds_d, rwds_oe_d, dq_oe_d;
  logic [7:0]  dq_d;
  logic        rwds_in_q, rwds_last_q;
  logic [7:0]  dq_in_q;

  logic [7:0]  count_d, count_q;        // cycles of the state still to come
  logic [15:0] low_q;                   // cycles of chip select low
  logic        skip_d, skip_q;          // the first byte of the first word is before the job's
  logic        odd_d, odd_q;            // second byte of a word is next
  logic        bare_d, bare_q;          // no byte of the job has been written yet
  logic        tick;                    // the clock changes: a byte is transferred
  logic        limit, strobe;
  logic [47:0] command;
  logic [31:0] word_addr, next_addr, row_mask;

  assign word_addr = {1'b0, addr_i[31:1]};
  assign command   = {!write_i, register_i, 1'b1, word_addr[31:3], 13'd0, word_addr[2:0]};  // linear burst
  assign next_addr = addr_i + 1;
  assign row_mask  = (32'd1 << boundary_i) - 1;
  assign limit     = low_q >= cs_limit_i && low_q >= LowMinimum;
  assign strobe    = rwds_in_q != rwds_last_q;

  assign ready_o = state_q == Idle;
  assign done_o  = state_q == Finish && !hyper_ck_o;
  assign rdata_o = dq_in_q;

  always_comb begin
    state_d   = state_q;
    cs_n_d    = hyper_cs_no;
    rwds_d    = 1'b0;
    rwds_oe_d = hyper_rwds_oe_o;
    dq_d      = hyper_dq_o;
    dq_oe_d   = hyper_dq_oe_o;
    count_d   = count_q;
    skip_d    = skip_q;
    odd_d     = odd_q;
    bare_d    = bare_q;
    tick      = 1'b0;
    wready_o  = 1'b0;
    rvalid_o  = 1'b0;

    unique case (state_q)
      Idle: begin
        if (start_i) begin
          state_d = Command;
          cs_n_d  = 1'b0;
          count_d = 8'd6;
          skip_d  = addr_i[0];
          odd_d   = 1'b0;
          bare_d  = 1'b1;
        end
      end

      // Six bytes, the highest first. Meanwhile the device says on RWDS whether the latency counts twice.
      Command: begin
        tick    = 1'b1;
        dq_oe_d = 1'b1;
        dq_d    = command[8*(count_q[2:0]-3'd1)+:8];
        count_d = count_q - 1;
        if (count_q == 8'd1) begin
          state_d = write_i && register_i ? Write : Latency;  // register writes have neither latency nor mask
          count_d = ({3'd0, latency_i, 1'b0} << rwds_in_q) - 8'd3;
        end
      end

      Latency: begin
        tick    = 1'b1;
        dq_oe_d = 1'b0;
        count_d = count_q - 1;
        if (write_i && count_q <= 8'd2) rwds_oe_d = 1'b1;
        if (count_q == '0) state_d = write_i ? Write : Read;
      end

      Write: begin
        if (skip_q) begin
          tick    = 1'b1;
          rwds_d  = 1'b1;
          dq_oe_d = 1'b1;
          skip_d  = 1'b0;
          odd_d   = 1'b1;
        end else if (limit && (!odd_q || !wvalid_i)) begin
          // Half a word is made whole; the next transaction has the other half.
          state_d = odd_q || bare_q ? Pad : Finish;
          tick    = !odd_q && bare_q;
          rwds_d  = !odd_q && bare_q;
          dq_oe_d = 1'b1;
        end else if (wvalid_i) begin
          tick     = 1'b1;
          wready_o = 1'b1;
          dq_d     = wdata_i;
          dq_oe_d  = 1'b1;
          odd_d    = !odd_q;
          bare_d   = 1'b0;
          if (bytes_i == 32'd1) state_d = odd_q ? Finish : Pad;
          else if ((next_addr & row_mask) == '0) state_d = Finish;
        end
      end

      Pad: begin  // the second byte of a word whose first was the last one, masked
        tick    = 1'b1;
        rwds_d  = 1'b1;
        state_d = Finish;
      end

      Read: begin
        tick = !rhold_i;
        if (strobe) begin
          if (skip_q) skip_d = 1'b0;
          else rvalid_o = 1'b1;
        end
        if (rvalid_o && bytes_i == 32'd1) state_d = Finish;
        else if (limit) state_d = Finish;
      end

      // The clock ends low, then chip select rises.
      Finish: begin
        tick      = hyper_ck_o;
        dq_oe_d   = 1'b0;
        rwds_oe_d = 1'b0;
        if (!hyper_ck_o) begin
          cs_n_d  = 1'b1;
          state_d = Recover;
          count_d = recovery_i;
        end
      end

      Recover: begin
        count_d = count_q - 1;
        if (count_q <= 8'd1) state_d = Idle;
      end

      default: state_d = Idle;
    endcase
    ck_d = hyper_ck_o ^ tick;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q         <= Idle;
      hyper_cs_no     <= 1'b1;
      hyper_ck_o      <= 1'b0;
      hyper_rwds_o    <= 1'b0;
      hyper_rwds_oe_o <= 1'b0;
      hyper_dq_o      <= '0;
      hyper_dq_oe_o   <= 1'b0;
      count_q         <= '0;
      low_q           <= '0;
      skip_q          <= 1'b0;
      odd_q           <= 1'b0;
      bare_q          <= 1'b1;
      rwds_in_q       <= 1'b0;
      rwds_last_q     <= 1'b0;
      dq_in_q         <= '0;
    end else if (start_i || state_q != Idle) begin
      state_q         <= state_d;
      hyper_cs_no     <= cs_n_d;
      hyper_ck_o      <= ck_d;
      hyper_rwds_o    <= rwds_d;
      hyper_rwds_oe_o <= rwds_oe_d;
      hyper_dq_o      <= dq_d;
      hyper_dq_oe_o   <= dq_oe_d;
      count_q         <= count_d;
      low_q           <= state_q == Idle ? '0 : low_q + 1'b1;
      skip_q          <= skip_d;
      odd_q           <= odd_d;
      bare_q          <= bare_d;
      rwds_in_q       <= hyper_rwds_i;
      rwds_last_q     <= rwds_in_q;
      dq_in_q         <= hyper_dq_i;
    end
  end

  // The clock never runs without chip select, and what is taken or given is accounted for.
  `TD_ASSERT(a_clock_while_selected, hyper_cs_no |-> !hyper_ck_o)
  `TD_ASSERT_HELD(a_byte_held, wvalid_i, wready_o, wdata_i)
  `TD_ASSERT(a_write_has_byte, wready_o |-> wvalid_i && bytes_i != '0)
  `TD_ASSERT(a_read_expected, rvalid_o |-> bytes_i != '0)

endmodule
