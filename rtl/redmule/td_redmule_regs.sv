// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// RedMule's registers, and the queue of two jobs behind them.
//
// ACQUIRE opens a job for one core at a time, TRIGGER commits the job registers to a free context. The contexts run in
// the order of their commits. Offsets and fields come from redmule.rdl.

`include "td_assert.svh"

module td_redmule_regs
  import td_periph_pkg::*;
  import td_redmule_pkg::*;
  import td_redmule_reg_pkg::*;
#(
  parameter int unsigned  NumCores = 8,
  localparam int unsigned IdWidth  = (NumCores > 1) ? $clog2(NumCores) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic                periph_req_i,
  output logic                periph_gnt_o,
  input  periph_a_t           periph_a_i,
  output logic                periph_rvalid_o,
  output periph_r_t           periph_r_o,

  output logic [NumCores-1:0] evt_o,
  output logic                busy_o,

  // The engine: job_o is the oldest job, valid until done_i; next_o the one behind it.
  output logic                clear_o,
  output logic                job_valid_o,
  output job_t                job_o,
  output logic                next_valid_o,
  output job_t                next_o,
  input  logic                done_i,
  input  redmule_refusal_e              error_i    // with done_i: why the job was refused
);

  // The registers of a job, numbered from X_PTR to FLAGS.
  localparam int unsigned Registers = index_of(TD_REDMULE_FLAGS_OFFSET) + 1;
  localparam int unsigned Extension = index_of(TD_REDMULE_Y_PTR_OFFSET);  // the first that ACQUIRE clears

  function automatic int unsigned index_of(logic [11:0] register);
    return 32'(register - TD_REDMULE_X_PTR_OFFSET) / 4;
  endfunction

  // Decoding: one 4 KB window, 1 KB of it ours.
  logic [11:0] offset;
  logic        write, read, job_register;
  logic [$clog2(Registers)-1:0] index;
  assign offset       = {2'b0, periph_a_i.addr[9:2], 2'b0};
  assign write        = periph_req_i && periph_a_i.we;
  assign read         = periph_req_i && !periph_a_i.we;
  assign job_register = offset >= TD_REDMULE_X_PTR_OFFSET && offset <= TD_REDMULE_FLAGS_OFFSET;
  assign index        = $clog2(Registers)'(index_of(offset));
  assign periph_gnt_o = 1'b1;

  logic acquire, trigger, soft_clear, granted, commit, go_now;
  assign acquire    = read && offset == TD_REDMULE_ACQUIRE_OFFSET;
  assign trigger    = write && offset == TD_REDMULE_TRIGGER_OFFSET;
  assign soft_clear = write && offset == TD_REDMULE_SOFT_CLEAR_OFFSET;

  // State
  logic [Registers-1:0][31:0] open_regs_q;  // of the open job
  logic                       open_q, commit_context_q, run_context_q;
  logic [1:0]                 waiting_q;    // committed and not done
  logic [1:0]                 started_q;    // may run: a 0 was written to TRIGGER at the commit or since
  job_t                       jobs_q[2];
  logic [7:0]                 job_ids_q[2];
  logic [IdWidth-1:0]         cores_q[2];
  logic [7:0]                 next_id_q, open_id_q, running_id_q;
  logic [1:0]                 finished_q;
  redmule_refusal_e                     error_q;

  assign granted = acquire && !open_q && waiting_q != 2'b11;
  assign commit  = trigger && open_q;
  assign go_now  = trigger && periph_a_i.wdata == '0;

  assign clear_o     = soft_clear;
  assign job_valid_o = waiting_q[run_context_q] && started_q[run_context_q];
  assign job_o       = jobs_q[run_context_q];
  assign busy_o      = |waiting_q;

  assign next_valid_o = waiting_q == 2'b11 && started_q == 2'b11;
  assign next_o       = jobs_q[!run_context_q];

  function automatic logic [31:0] opened(logic [11:0] register);
    return open_regs_q[index_of(register)];
  endfunction

  job_t           open_job;
  redmule_mcfg0_t mcfg0;
  redmule_mcfg1_t mcfg1;
  always_comb begin
    mcfg0            = unpack_redmule_mcfg0(opened(TD_REDMULE_MCFG0_OFFSET));
    mcfg1            = unpack_redmule_mcfg1(opened(TD_REDMULE_MCFG1_OFFSET));
    open_job.x_ptr   = opened(TD_REDMULE_X_PTR_OFFSET);
    open_job.w_ptr   = opened(TD_REDMULE_W_PTR_OFFSET);
    open_job.z_ptr   = opened(TD_REDMULE_Z_PTR_OFFSET);
    open_job.m       = mcfg0.m;
    open_job.k       = mcfg0.k;
    open_job.n       = mcfg1.n;
    open_job.arith   = unpack_redmule_arith(opened(TD_REDMULE_ARITH_OFFSET));
    open_job.y_ptr   = opened(TD_REDMULE_Y_PTR_OFFSET);
    open_job.x_pitch = opened(TD_REDMULE_X_PITCH_OFFSET);
    open_job.w_pitch = opened(TD_REDMULE_W_PITCH_OFFSET);
    open_job.y_pitch = opened(TD_REDMULE_Y_PITCH_OFFSET);
    open_job.z_pitch = opened(TD_REDMULE_Z_PITCH_OFFSET);
    open_job.flags   = unpack_redmule_flags(opened(TD_REDMULE_FLAGS_OFFSET));
  end

  logic [1:0] finished_d;  // a read clears the jobs it has seen, not one that ends in the same cycle
  always_comb begin
    finished_d = (read && offset == TD_REDMULE_FINISHED_OFFSET) ? '0 : finished_q;
    if (done_i && finished_d != 2'd2) finished_d++;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_regs_q <= '0;
      {open_q, commit_context_q, run_context_q, waiting_q, started_q} <= '0;
      jobs_q    <= '{default: '0};
      job_ids_q <= '{default: '0};
      cores_q   <= '{default: '0};
      {next_id_q, open_id_q, running_id_q, finished_q} <= '0;
      error_q <= RedmuleRefusalNone;
      evt_o   <= '0;
    end else begin
      evt_o      <= '0;
      finished_q <= finished_d;
      if (granted) begin
        open_q    <= 1'b1;
        open_id_q <= next_id_q;
        next_id_q <= next_id_q + 8'd1;
        for (int unsigned i = Extension; i < Registers; i++) open_regs_q[i] <= '0;
      end
      if (write && job_register) begin
        for (int unsigned b = 0; b < 4; b++)
          if (periph_a_i.be[b]) open_regs_q[index][8*b+:8] <= periph_a_i.wdata[8*b+:8];
      end
      if (read && offset == TD_REDMULE_ERROR_OFFSET) error_q <= RedmuleRefusalNone;

      if (done_i) begin
        waiting_q[run_context_q]      <= 1'b0;
        run_context_q                 <= !run_context_q;
        evt_o[cores_q[run_context_q]] <= 1'b1;
        if (error_i != RedmuleRefusalNone) error_q <= error_i;
      end
      if (job_valid_o) running_id_q <= job_ids_q[run_context_q];

      if (commit) begin
        open_q                      <= 1'b0;
        waiting_q[commit_context_q] <= 1'b1;
        started_q[commit_context_q] <= 1'b0;
        jobs_q[commit_context_q]    <= open_job;
        job_ids_q[commit_context_q] <= open_id_q;
        cores_q[commit_context_q]   <= periph_a_i.id;
        commit_context_q            <= !commit_context_q;
      end
      if (go_now) started_q <= 2'b11;  // a free context's bit is written again at its commit
      if (trigger && !commit && !(go_now && |(waiting_q & ~started_q))) error_q <= RedmuleRefusalNotOpen;

      if (soft_clear) begin
        {open_q, commit_context_q, run_context_q, waiting_q, started_q} <= '0;
        evt_o <= '0;
        if (periph_a_i.wdata == '0) begin
          open_regs_q <= '0;
          {next_id_q, running_id_q, finished_q} <= '0;
          error_q <= RedmuleRefusalNone;
        end
      end
    end
  end

  logic [31:0] rdata, refused;
  logic        known;
  assign refused = open_q ? RedmuleAnswerAnotherOpen : RedmuleAnswerAllTaken;
  always_comb begin
    rdata = '0;
    known = 1'b1;
    if (job_register) begin
      rdata = open_regs_q[index];
    end else begin
      unique case (offset)
        TD_REDMULE_TRIGGER_OFFSET:     rdata = '0;
        TD_REDMULE_ACQUIRE_OFFSET:     rdata = granted ? 32'(next_id_q) : refused;
        TD_REDMULE_FINISHED_OFFSET:    rdata = pack_redmule_finished('{count: finished_q});
        TD_REDMULE_STATUS_OFFSET:      rdata = pack_redmule_status('{context1: waiting_q[1], context0: waiting_q[0]});
        TD_REDMULE_RUNNING_JOB_OFFSET: rdata = pack_redmule_running_job('{id: running_id_q});
        TD_REDMULE_SOFT_CLEAR_OFFSET:  rdata = '0;
        TD_REDMULE_ERROR_OFFSET:       rdata = pack_redmule_error('{code: error_q});
        default:                       known = 1'b0;
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      periph_rvalid_o <= 1'b0;
      periph_r_o.rdata <= '0;
      periph_r_o.err   <= 1'b0;
    end else begin
      periph_rvalid_o <= periph_req_i;
      if (periph_req_i) begin
        periph_r_o.rdata <= periph_a_i.we ? '0 : rdata;
        periph_r_o.err   <= !known;
      end
    end
  end

  logic unused_address;
  assign unused_address = ^{periph_a_i.addr[11:10], periph_a_i.addr[1:0]};

  `TD_ASSERT(a_done_of_a_job, done_i |-> job_valid_o)
  `TD_ASSERT(a_commit_into_free, commit |-> !waiting_q[commit_context_q])
  `TD_ASSERT_ANSWERED(a_access_answered, periph_req_i, periph_gnt_o, periph_rvalid_o)

endmodule
