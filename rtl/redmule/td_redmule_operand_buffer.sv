// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Operand buffer between the port and the array: Banks (2 to 4) chunks of Units vectors of Lanes elements.
//
// The array takes one vector after the other (a column of X or Y, a row of W). A beat from memory is either such a
// vector, or (across) one element of each vector of the bank, which transposes on the way; with fill it is that
// element in every lane. A vector can be taken the cycle after it is complete. A bank is allotted when the first beat
// of its chunk is requested, so a response always finds room. A chunk that is kept is not released after its last
// vector; at the end of a round (of the reduction) the array comes back to the first one kept.

`include "td_assert.svh"

module td_redmule_operand_buffer
  import td_redmule_pkg::*;
#(
  parameter int unsigned Banks      = 2,
  parameter int unsigned Units      = 16,
  parameter int unsigned Lanes      = 12,
  parameter int unsigned BeatWords  = 16,
  parameter int unsigned ElemWidth  = 32
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                clear_i,

  // Requests that will be answered here.
  input  logic                                take_i,
  input  logic                                take_first_i,
  input  logic                                take_last_i,
  output logic                                free_o,      // a new chunk may begin
  output logic [1:0]                          take_bank_o,

  // Responses.
  input  logic                                write_i,
  input  tag_t                                write_tag_i,
  input  logic [BeatWords-1:0][ElemWidth-1:0] write_data_i,

  // The array's side.
  output logic                                valid_o,
  output logic [Lanes-1:0][ElemWidth-1:0]     data_o,
  input  logic                                pop_i,
  input  logic                                keep_i,      // do not release the chunk
  input  logic                                round_i      // with its last vector a round ends
);

  localparam int unsigned BankWidth  = (Banks > 2) ? 2 : 1;
  localparam int unsigned IndexWidth = (Units > 1) ? $clog2(Units) : 1;

  logic [Lanes-1:0][ElemWidth-1:0] mem_q[Banks][Units];
  logic [BlockWidth-1:0]           arrived_q[Banks];  // complete vectors
  logic [BlockWidth-1:0]           vectors_q[Banks];  // vectors of the chunk
  logic [2:0]                      held_q;            // banks allotted
  logic [BankWidth-1:0]            take_bank_q, read_bank_q, round_bank_q, write_bank;
  logic [BlockWidth-1:0]           index_q;
  logic                            last_unit, release_bank;

  function automatic logic [BankWidth-1:0] successor(logic [BankWidth-1:0] bank);
    return (bank == BankWidth'(Banks - 1)) ? '0 : bank + BankWidth'(1);
  endfunction

  assign free_o      = held_q != 3'(Banks);
  assign take_bank_o = 2'(take_bank_q);
  assign write_bank  = write_tag_i.bank[BankWidth-1:0];

  assign valid_o      = index_q < arrived_q[read_bank_q];
  assign data_o       = mem_q[read_bank_q][IndexWidth'(index_q)];
  assign last_unit    = index_q == vectors_q[read_bank_q] - BlockWidth'(1);
  assign release_bank = pop_i && last_unit && !keep_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      arrived_q   <= '{default: '0};
      vectors_q   <= '{default: '0};
      held_q      <= '0;
      {take_bank_q, read_bank_q, round_bank_q} <= '0;
      index_q     <= '0;
    end else if (clear_i) begin
      arrived_q   <= '{default: '0};
      held_q      <= '0;
      {take_bank_q, read_bank_q, round_bank_q} <= '0;
      index_q     <= '0;
    end else begin
      held_q <= held_q + 3'(take_i && take_first_i) - 3'(release_bank);
      if (take_i && take_last_i) take_bank_q <= successor(take_bank_q);
      if (write_i) begin
        vectors_q[write_bank] <= write_tag_i.vectors;
        if (!write_tag_i.across) arrived_q[write_bank] <= arrived_q[write_bank] + BlockWidth'(1);
        else if (write_tag_i.last) arrived_q[write_bank] <= write_tag_i.vectors;
      end
      if (pop_i) index_q <= last_unit ? '0 : index_q + BlockWidth'(1);
      if (pop_i && last_unit) begin
        read_bank_q <= (keep_i && round_i) ? round_bank_q : successor(read_bank_q);
        if (!keep_i && round_i) round_bank_q <= successor(read_bank_q);
      end
      if (release_bank) arrived_q[read_bank_q] <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (write_i) begin
      if (!write_tag_i.across) begin
        mem_q[write_bank][IndexWidth'(write_tag_i.line)] <= write_data_i[Lanes-1:0];
      end else if (write_tag_i.fill) begin
        for (int unsigned u = 0; u < Units; u++) mem_q[write_bank][u] <= {Lanes{write_data_i[u]}};
      end else begin
        for (int unsigned u = 0; u < Units; u++) begin
          for (int unsigned l = 0; l < Lanes; l++) begin
            if (write_tag_i.line == BlockWidth'(l)) mem_q[write_bank][u][l] <= write_data_i[u];
          end
        end
      end
    end
  end

  logic unused_tag;
  assign unused_tag = ^{write_tag_i.stream, write_tag_i.offset, write_tag_i.bank};

  `TD_ASSERT(a_pop_valid, pop_i |-> valid_o)
  `TD_ASSERT(a_take_free, take_i && take_first_i |-> free_o)
  `TD_ASSERT(a_response_has_room, write_i |-> held_q != '0)
  `TD_ASSERT(a_direct_in_order, write_i && !write_tag_i.across |-> write_tag_i.line == arrived_q[write_bank])

endmodule
