// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Register target of the cluster DMA: staging registers of each core, COMMIT, DONE, status and counters. A read of COMMIT
// is not granted while the queue is full, so that the core waits without polling.
module td_dma_regs
  import td_periph_pkg::*;
  import td_dma_pkg::*;
  import td_dma_reg_pkg::*;
#(
  parameter  int unsigned NumCores = 8,
  localparam int unsigned IdWidth  = (NumCores > 1) ? $clog2(NumCores) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  // Register target.
  input  logic                periph_req_i,
  output logic                periph_gnt_o,
  input  periph_a_t           periph_a_i,
  output logic                periph_rvalid_o,
  output periph_r_t           periph_r_o,
  // Committed transfer.
  output logic                commit_o,
  input  logic                commit_ready_i,
  output logic [IdWidth-1:0]  commit_core_o,
  output transfer_t           commit_transfer_o,
  // State.
  input  logic [31:0]         next_id_i,
  input  logic [31:0]         done_id_i,
  input  logic                busy_i,
  input  logic [3:0]          queued_i,
  input  logic                error_i,
  input  logic [31:0]         error_addr_i,
  input  logic                moved_i,
  input  logic [3:0]          moved_bytes_i
);


  logic [31:0] staging_q[NumCores*16];  // 16 words a core: nine of the transfer, six of the padding
  logic [31:0] bytes_q, busy_cycles_q, error_addr_q;
  logic        error_q;

  logic [9:0]  offset;
  logic [3:0]  word;
  logic        is_staging, is_pad, is_commit, access, err_d, rvalid_q, err_q;
  logic [31:0] rdata_d, rdata_q;
  dma_error_t  error;  // as written

  assign offset     = periph_a_i.addr[9:0];
  assign error      = unpack_dma_error(periph_a_i.wdata);
  assign is_pad     = offset >= TD_DMA_PAD_WIDTH_OFFSET[9:0] && offset <= TD_DMA_PAD_VALUE_OFFSET[9:0];
  assign is_staging = offset <= TD_DMA_PLANES_OFFSET[9:0] || is_pad;
  assign word       = is_pad ? pad_word(offset[5:2]) : offset[5:2];
  assign is_commit  = offset == TD_DMA_COMMIT_OFFSET[9:0] && !periph_a_i.we;

  assign periph_gnt_o = !(is_commit && !commit_ready_i);
  assign access       = periph_req_i && periph_gnt_o;

  // Where the padding registers, from offset 0x40 on, lie in the staging words: behind those of the transfer.
  function automatic logic [3:0] pad_word(logic [3:0] register);
    return register + 4'd9;
  endfunction

  function automatic logic [31:0] one_if_zero(logic [31:0] value);
    return value == '0 ? 32'd1 : value;
  endfunction

  function automatic logic [31:0] staged(logic [3:0] index);
    return staging_q[{periph_a_i.id, index}];
  endfunction

  assign commit_o      = access && is_commit;
  assign commit_core_o = periph_a_i.id;
  always_comb begin
    commit_transfer_o = '0;
    if (periph_req_i && is_commit) begin  // quiet otherwise
      commit_transfer_o.src.base    = staged(TD_DMA_SRC_OFFSET[5:2]);
      commit_transfer_o.src.stride  = staged(TD_DMA_SRC_STRIDE_OFFSET[5:2]);
      commit_transfer_o.src.stride2 = staged(TD_DMA_SRC_STRIDE2_OFFSET[5:2]);
      commit_transfer_o.dst.base    = staged(TD_DMA_DST_OFFSET[5:2]);
      commit_transfer_o.dst.stride  = staged(TD_DMA_DST_STRIDE_OFFSET[5:2]);
      commit_transfer_o.dst.stride2 = staged(TD_DMA_DST_STRIDE2_OFFSET[5:2]);
      commit_transfer_o.size.len    = staged(TD_DMA_LEN_OFFSET[5:2]);
      commit_transfer_o.size.rows   = one_if_zero(staged(TD_DMA_ROWS_OFFSET[5:2]));
      commit_transfer_o.size.planes = one_if_zero(staged(TD_DMA_PLANES_OFFSET[5:2]));
      commit_transfer_o.pad.width   = staged(pad_word(TD_DMA_PAD_WIDTH_OFFSET[5:2]));
      commit_transfer_o.pad.height  = staged(pad_word(TD_DMA_PAD_HEIGHT_OFFSET[5:2]));
      commit_transfer_o.pad.x       = staged(pad_word(TD_DMA_PAD_X_OFFSET[5:2]));
      commit_transfer_o.pad.y       = staged(pad_word(TD_DMA_PAD_Y_OFFSET[5:2]));
      commit_transfer_o.pad.step    = staged(pad_word(TD_DMA_PAD_STEP_OFFSET[5:2]));
      commit_transfer_o.pad.value   = staged(pad_word(TD_DMA_PAD_VALUE_OFFSET[5:2]));
    end
  end

  always_comb begin
    rdata_d = '0;
    err_d   = offset[1:0] != '0 || (periph_a_i.we && periph_a_i.be != 4'hF);
    if (is_staging) begin
      rdata_d = staging_q[{periph_a_i.id, word}];
    end else begin
      unique case (offset)
        TD_DMA_COMMIT_OFFSET[9:0]:      rdata_d = next_id_i;
        TD_DMA_DONE_OFFSET[9:0]:        rdata_d = done_id_i;
        TD_DMA_STATUS_OFFSET[9:0]:      rdata_d = pack_dma_status('{queued: queued_i, busy: busy_i});
        TD_DMA_ERROR_ADDR_OFFSET[9:0]:  rdata_d = error_addr_q;
        TD_DMA_ERROR_OFFSET[9:0]:       rdata_d = pack_dma_error('{valid: error_q});
        TD_DMA_BYTES_OFFSET[9:0]:       rdata_d = bytes_q;
        TD_DMA_BUSY_CYCLES_OFFSET[9:0]: rdata_d = busy_cycles_q;
        default:                 err_d = 1'b1;
      endcase
      if (periph_a_i.we && offset != TD_DMA_ERROR_OFFSET[9:0]) err_d = 1'b1;  // read-only
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rvalid_q      <= 1'b0;
      error_q       <= 1'b0;
      bytes_q       <= '0;
      busy_cycles_q <= '0;
      for (int unsigned i = 0; i < NumCores * 16; i++) staging_q[i] <= '0;
    end else begin
      rvalid_q <= access;
      if (error_i) error_q <= 1'b1;
      else if (access && periph_a_i.we && offset == TD_DMA_ERROR_OFFSET[9:0] && error.valid) error_q <= 1'b0;
      if (moved_i) bytes_q <= bytes_q + 32'(moved_bytes_i);
      if (busy_i) busy_cycles_q <= busy_cycles_q + 1;
      if (commit_o) staging_q[{periph_a_i.id, pad_word(TD_DMA_PAD_WIDTH_OFFSET[5:2])}] <= '0;
      if (access && periph_a_i.we && is_staging && !err_d) staging_q[{periph_a_i.id, word}] <= periph_a_i.wdata;
    end
  end

  always_ff @(posedge clk_i) begin
    if (access) begin
      rdata_q <= rdata_d;
      err_q   <= err_d;
    end
    if (error_i && !error_q) error_addr_q <= error_addr_i;
  end

  assign periph_rvalid_o = rvalid_q;
  assign periph_r_o.rdata = rdata_q;
  assign periph_r_o.err   = rvalid_q && err_q;

  logic unused_addr;
  assign unused_addr = ^periph_a_i.addr[11:10];

endmodule
