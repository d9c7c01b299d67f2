// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Queue of the committed transfers. The read side takes one first, then the write side takes the same one and frees its
// entry; each side takes when its address generator is free, so the read side may be ahead by several transfers.

`include "td_assert.svh"

module td_dma_queue
  import td_dma_pkg::*;
#(
  parameter  int unsigned Depth     = 8,  // a power of two
  parameter  int unsigned CoreWidth = 3,
  localparam int unsigned PtrWidth  = $clog2(Depth) + 1  // one bit more than the index: tells full from empty
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // Commit, by which core.
  input  logic                 commit_i,
  output logic                 ready_o,
  input  transfer_t            commit_transfer_i,
  input  logic [CoreWidth-1:0] commit_core_i,
  output logic [31:0]          next_id_o,    // of the transfer to be committed next
  output logic [PtrWidth-1:0]  queued_o,
  // Read side: the transfer to take, and the low bits of the number of the one that it is at.
  output logic                 read_pending_o,
  output side_t                read_src_o,
  output size_t                read_size_o,
  output pad_t                 read_pad_o,
  output logic [4:0]           read_slot_o,
  input  logic                 read_take_i,
  // Write side
  output logic                 write_pending_o,
  output side_t                write_dst_o,
  output size_t                write_size_o,
  output logic [CoreWidth-1:0] write_core_o,
  output logic [4:0]           write_slot_o,
  input  logic                 write_take_i
);

  side_t                src_q[Depth], dst_q[Depth];
  size_t                size_q[Depth];
  pad_t                 pad_q[Depth];
  logic [CoreWidth-1:0] core_q[Depth];
  logic [PtrWidth-1:0]  commit_ptr_q, read_ptr_q, write_ptr_q;
  logic [PtrWidth-2:0]  commit_index, read_index, write_index;

  assign commit_index = commit_ptr_q[PtrWidth-2:0];
  assign read_index   = read_ptr_q[PtrWidth-2:0];
  assign write_index  = write_ptr_q[PtrWidth-2:0];

  assign queued_o        = commit_ptr_q - write_ptr_q;
  assign ready_o         = queued_o != PtrWidth'(Depth);
  assign read_pending_o  = read_ptr_q != commit_ptr_q;
  assign write_pending_o = write_ptr_q != read_ptr_q;  // the read side goes first

  assign read_src_o   = src_q[read_index];
  assign read_size_o  = size_q[read_index];
  assign read_pad_o   = pad_q[read_index];
  assign write_dst_o  = dst_q[write_index];
  assign write_size_o = size_q[write_index];
  assign write_core_o = core_q[write_index];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      commit_ptr_q <= '0;
      read_ptr_q   <= '0;
      write_ptr_q  <= '0;
      next_id_o    <= 32'd1;
      read_slot_o  <= '0;
      write_slot_o <= '0;
    end else begin
      if (commit_i) begin
        commit_ptr_q <= commit_ptr_q + 1'b1;
        next_id_o    <= next_id_o + 1;
      end
      if (read_take_i) begin
        read_ptr_q  <= read_ptr_q + 1'b1;
        read_slot_o <= read_slot_o + 1'b1;
      end
      if (write_take_i) begin
        write_ptr_q  <= write_ptr_q + 1'b1;
        write_slot_o <= write_slot_o + 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (commit_i) begin
      src_q[commit_index]  <= commit_transfer_i.src;
      dst_q[commit_index]  <= commit_transfer_i.dst;
      size_q[commit_index] <= commit_transfer_i.size;
      pad_q[commit_index]  <= commit_transfer_i.pad;
      core_q[commit_index] <= commit_core_i;
    end
  end

  `TD_ASSERT(a_commit_has_room, commit_i |-> ready_o)
  `TD_ASSERT(a_read_takes_pending, read_take_i |-> read_pending_o)
  `TD_ASSERT(a_write_takes_pending, write_take_i |-> write_pending_o)

endmodule
