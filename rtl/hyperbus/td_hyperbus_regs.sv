// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Register target of the HyperBus controller: staging, queue of jobs, timing and status. A read of COMMIT is not granted
// while the queue is full, so that the core waits without polling.
module td_hyperbus_regs
  import td_periph_pkg::*;
  import td_hyperbus_reg_pkg::*;
  import td_platform_pkg::TD_HYPERBUS_QUEUE;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  // Register target.
  input  logic        periph_req_i,
  output logic        periph_gnt_o,
  input  periph_a_t   periph_a_i,
  output logic        periph_rvalid_o,
  output periph_r_t   periph_r_o,
  // Oldest job, and its end.
  output logic        job_valid_o,
  output logic [31:0] job_l3_addr_o,
  output logic [31:0] job_l2_addr_o,
  output logic [31:0] job_len_o,
  output logic        job_to_l3_o,
  output logic        job_register_o,
  input  logic        job_done_i,
  input  logic        error_i,
  input  logic        moved_i,
  output logic        busy_o,
  // Timing.
  output logic [3:0]  latency_o,
  output logic [15:0] cs_limit_o,
  output logic [4:0]  boundary_o,
  output logic [7:0]  recovery_o
);

  typedef struct packed {
    logic [31:0]   l3_addr;
    logic [31:0]   l2_addr;
    logic [31:0]   len;
    hyperbus_dir_t dir;
  } job_t;

  localparam int unsigned QueueDepth = TD_HYPERBUS_QUEUE;

  job_t        staging_q, head;
  logic [31:0] next_id_q, done_id_q, bytes_q, busy_cycles_q;
  logic        error_q;
  logic        full, empty, commit;
  logic [9:0]  offset;
  logic        is_commit, access, write, read_only, unmapped, err_d, rvalid_q, err_q;
  logic [31:0] rdata_d, rdata_q, waiting;

  hyperbus_latency_t  latency_q;
  hyperbus_cs_limit_t cs_limit_q;
  hyperbus_boundary_t boundary_q;
  hyperbus_recovery_t recovery_q;
  hyperbus_error_t    error;  // as written

  assign offset       = periph_a_i.addr[9:0];
  assign is_commit    = offset == TD_HYPERBUS_COMMIT_OFFSET[9:0] && !periph_a_i.we;
  assign periph_gnt_o = !(is_commit && full);
  assign access       = periph_req_i && periph_gnt_o;
  assign write        = access && periph_a_i.we && !err_d;
  assign commit       = access && is_commit;
  assign waiting      = next_id_q - 1 - done_id_q;

  td_fifo #(.Width($bits(job_t)), .Depth(QueueDepth)) i_queue (
    .clk_i,
    .rst_ni,
    .push_i (commit),
    .data_i (staging_q),
    .pop_i  (job_done_i),
    .data_o (head),
    .empty_o(empty),
    .full_o (full)
  );

  assign job_valid_o    = !empty;
  assign job_l3_addr_o  = head.l3_addr;
  assign job_l2_addr_o  = head.l2_addr;
  assign job_len_o      = head.len;
  assign job_to_l3_o    = head.dir.to_l3;
  assign job_register_o = head.dir.register_space;
  assign busy_o         = !empty;
  assign latency_o      = latency_q.value;
  assign cs_limit_o     = cs_limit_q.value;
  assign boundary_o     = boundary_q.value;
  assign recovery_o     = recovery_q.value;
  assign error          = unpack_hyperbus_error(periph_a_i.wdata);

  always_comb begin
    rdata_d   = '0;
    read_only = 1'b0;
    unmapped  = 1'b0;
    unique case (offset)
      TD_HYPERBUS_L3_ADDR_OFFSET[9:0]:  rdata_d = staging_q.l3_addr;
      TD_HYPERBUS_L2_ADDR_OFFSET[9:0]:  rdata_d = staging_q.l2_addr;
      TD_HYPERBUS_LEN_OFFSET[9:0]:      rdata_d = staging_q.len;
      TD_HYPERBUS_DIR_OFFSET[9:0]:      rdata_d = pack_hyperbus_dir(staging_q.dir);
      TD_HYPERBUS_LATENCY_OFFSET[9:0]:  rdata_d = pack_hyperbus_latency(latency_q);
      TD_HYPERBUS_CS_LIMIT_OFFSET[9:0]: rdata_d = pack_hyperbus_cs_limit(cs_limit_q);
      TD_HYPERBUS_BOUNDARY_OFFSET[9:0]: rdata_d = pack_hyperbus_boundary(boundary_q);
      TD_HYPERBUS_RECOVERY_OFFSET[9:0]: rdata_d = pack_hyperbus_recovery(recovery_q);
      TD_HYPERBUS_ERROR_OFFSET[9:0]:    rdata_d = pack_hyperbus_error('{valid: error_q});
      default: begin
        read_only = 1'b1;
        unique case (offset)
          TD_HYPERBUS_COMMIT_OFFSET[9:0]:      rdata_d = next_id_q;
          TD_HYPERBUS_DONE_OFFSET[9:0]:        rdata_d = done_id_q;
          TD_HYPERBUS_STATUS_OFFSET[9:0]:      rdata_d = pack_hyperbus_status('{queued: waiting[3:0], busy: busy_o});
          TD_HYPERBUS_BYTES_OFFSET[9:0]:       rdata_d = bytes_q;
          TD_HYPERBUS_BUSY_CYCLES_OFFSET[9:0]: rdata_d = busy_cycles_q;
          default:                             unmapped = 1'b1;
        endcase
      end
    endcase
  end

  assign err_d = unmapped || (periph_a_i.we && (read_only || periph_a_i.be != 4'hF));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      staging_q     <= '0;
      next_id_q     <= 32'd1;
      done_id_q     <= '0;
      bytes_q       <= '0;
      busy_cycles_q <= '0;
      error_q       <= 1'b0;
      rvalid_q      <= 1'b0;
      latency_q     <= unpack_hyperbus_latency(TD_HYPERBUS_LATENCY_RESET);
      cs_limit_q    <= unpack_hyperbus_cs_limit(TD_HYPERBUS_CS_LIMIT_RESET);
      boundary_q    <= unpack_hyperbus_boundary(TD_HYPERBUS_BOUNDARY_RESET);
      recovery_q    <= unpack_hyperbus_recovery(TD_HYPERBUS_RECOVERY_RESET);
    end else begin
      rvalid_q <= access;
      if (commit) next_id_q <= next_id_q + 1;
      if (job_done_i) done_id_q <= done_id_q + 1;
      if (moved_i) bytes_q <= bytes_q + 1;
      if (busy_o) busy_cycles_q <= busy_cycles_q + 1;
      if (error_i) error_q <= 1'b1;
      if (write) begin
        unique case (offset)
          TD_HYPERBUS_L3_ADDR_OFFSET[9:0]:  staging_q.l3_addr <= periph_a_i.wdata;
          TD_HYPERBUS_L2_ADDR_OFFSET[9:0]:  staging_q.l2_addr <= periph_a_i.wdata;
          TD_HYPERBUS_LEN_OFFSET[9:0]:      staging_q.len <= periph_a_i.wdata;
          TD_HYPERBUS_DIR_OFFSET[9:0]:      staging_q.dir <= unpack_hyperbus_dir(periph_a_i.wdata);
          TD_HYPERBUS_LATENCY_OFFSET[9:0]:  latency_q <= unpack_hyperbus_latency(periph_a_i.wdata);
          TD_HYPERBUS_CS_LIMIT_OFFSET[9:0]: cs_limit_q <= unpack_hyperbus_cs_limit(periph_a_i.wdata);
          TD_HYPERBUS_BOUNDARY_OFFSET[9:0]: boundary_q <= unpack_hyperbus_boundary(periph_a_i.wdata);
          TD_HYPERBUS_RECOVERY_OFFSET[9:0]: recovery_q <= unpack_hyperbus_recovery(periph_a_i.wdata);
          TD_HYPERBUS_ERROR_OFFSET[9:0]:    if (error.valid && !error_i) error_q <= 1'b0;
          default: ;
        endcase
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (access) begin
      rdata_q <= rdata_d;
      err_q   <= err_d;
    end
  end

  assign periph_rvalid_o = rvalid_q;
  assign periph_r_o.rdata = rdata_q;
  assign periph_r_o.err   = rvalid_q && err_q;

  logic unused;
  assign unused = ^{periph_a_i.addr[11:10], periph_a_i.id, waiting[31:4]};

endmodule
