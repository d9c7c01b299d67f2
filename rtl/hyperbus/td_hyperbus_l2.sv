// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The L2 side of the HyperBus channel: bytes to and from the bus, aligned 64-bit words to and from L2.

`include "td_assert.svh"

module td_hyperbus_l2 (
  input  logic        clk_i,
  input  logic        rst_ni,
  // Job: start_i with the first byte's address, length (not 0) and direction.
  input  logic        start_i,
  input  logic        to_l3_i,
  input  logic [31:0] addr_i,
  input  logic [31:0] bytes_i,
  output logic        idle_o,     // nothing under way in L2
  // Bytes read from L3, kept in L2.
  input  logic        rvalid_i,
  input  logic [7:0]  rdata_i,
  output logic        rhold_o,
  // Bytes from L2, written to L3.
  output logic        wvalid_o,
  input  logic        wready_i,
  output logic [7:0]  wdata_o,
  // L2.
  output logic        l2_req_o,
  input  logic        l2_gnt_i,
  output logic [31:0] l2_addr_o,
  output logic        l2_we_o,
  output logic [7:0]  l2_be_o,
  output logic [63:0] l2_wdata_o,
  input  logic        l2_rvalid_i,
  input  logic [63:0] l2_rdata_i
);

  localparam int unsigned Depth = 4;  // words between the bus and L2, either way

  logic        to_l3_q;
  logic [31:0] byte_addr_q, bytes_left_q;   // next byte of the bus side
  logic [31:3] word_q;                      // next word to read from L2
  logic [29:0] words_left_q;                // words still to read from L2
  logic [2:0]  stored_q;                    // words in the queue, or on their way into it
  logic [2:0]  flight_q;                    // L2 accesses without response

  logic        move, word_end;
  logic [2:0]  lane;

  assign lane     = byte_addr_q[2:0];
  assign move     = to_l3_q ? wready_i : rvalid_i;
  assign word_end = lane == 3'd7 || bytes_left_q == 32'd1;

  // ---- Queue of words: to L2 {enables, address, data}, from L2 data. ----
  logic        push, pop, empty, full;
  logic [100:0] queue_in, queue_out;
  logic [63:0] gather_d, gather_q;
  logic [7:0]  gather_be_d, gather_be_q;

  always_comb begin
    gather_d    = gather_q;
    gather_be_d = gather_be_q;
    gather_d[8*lane+:8] = rdata_i;
    gather_be_d[lane]   = 1'b1;
  end

  assign push     = to_l3_q ? l2_rvalid_i && flight_q != '0 : rvalid_i && word_end;
  assign pop      = to_l3_q ? wready_i && word_end : l2_req_o && l2_gnt_i;
  assign queue_in = to_l3_q ? {37'd0, l2_rdata_i} : {gather_be_d, byte_addr_q[31:3], gather_d};

  td_fifo #(.Width(101), .Depth(Depth)) i_queue (
    .clk_i,
    .rst_ni,
    .push_i (push),
    .data_i (queue_in),
    .pop_i  (pop),
    .data_o (queue_out),
    .empty_o(empty),
    .full_o (full)
  );

  assign rhold_o  = stored_q >= 3'd3;  // the bytes under way fill less than one more word
  assign wvalid_o = to_l3_q && !empty;
  assign wdata_o  = queue_out[8*lane+:8];

  assign l2_req_o   = to_l3_q ? words_left_q != '0 && stored_q != 3'(Depth) : !empty && flight_q != 3'd7;
  assign l2_we_o    = !to_l3_q;
  assign l2_addr_o  = {to_l3_q ? word_q : queue_out[92:64], 3'b000};
  assign l2_be_o    = to_l3_q ? 8'hFF : queue_out[100:93];
  assign l2_wdata_o = queue_out[63:0];

  assign idle_o = flight_q == '0 && empty;

  logic access, enter;
  assign access = l2_req_o && l2_gnt_i;
  assign enter  = to_l3_q ? access : push;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      to_l3_q      <= 1'b0;
      byte_addr_q  <= '0;
      bytes_left_q <= '0;
      word_q       <= '0;
      words_left_q <= '0;
      stored_q     <= '0;
      flight_q     <= '0;
      gather_q     <= '0;
      gather_be_q  <= '0;
    end else begin
      if (start_i) begin
        to_l3_q      <= to_l3_i;
        byte_addr_q  <= addr_i;
        bytes_left_q <= bytes_i;
        word_q       <= addr_i[31:3];
        words_left_q <= to_l3_i ? 30'((33'(bytes_i) + 33'(addr_i[2:0]) + 33'd7) >> 3) : '0;
        gather_be_q  <= '0;
      end else begin
        if (move) begin
          byte_addr_q  <= byte_addr_q + 1;
          bytes_left_q <= bytes_left_q - 1;
        end
        if (rvalid_i) begin
          gather_q    <= gather_d;
          gather_be_q <= word_end ? '0 : gather_be_d;
        end
        if (to_l3_q && access) begin
          word_q       <= word_q + 1'b1;
          words_left_q <= words_left_q - 1'b1;
        end
      end
      if (enter != pop) stored_q <= enter ? stored_q + 1'b1 : stored_q - 1'b1;
      if (access != l2_rvalid_i) flight_q <= access ? flight_q + 1'b1 : flight_q - 1'b1;
    end
  end

  `TD_ASSERT(a_push_has_room, push |-> !full)
  `TD_ASSERT(a_start_when_idle, start_i |-> idle_o && empty)
  `TD_ASSERT(a_response_expected, l2_rvalid_i |-> flight_q != '0)
  `TD_ASSERT_HELD(a_request_held, l2_req_o, l2_gnt_i, {l2_addr_o, l2_we_o, l2_be_o})

endmodule
