// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Cluster control: start of the cores, TCDM arbitration, status, and performance counters of cores and RedMule.

`include "td_assert.svh"

module td_cluster_control
  import td_periph_pkg::*;
  import td_cluster_control_reg_pkg::*;
#(
  parameter int unsigned NumCores = 8
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  // Register target
  input  logic                periph_req_i,
  output logic                periph_gnt_o,
  input  periph_a_t           periph_a_i,
  output logic                periph_rvalid_o,
  output periph_r_t           periph_r_o,
  // Control
  input  logic [31:0]         boot_addr_i,
  input  logic                fetch_enable_i,
  output logic [NumCores-1:0] fetch_enable_o,
  output logic [7:0]          tcdm_wide_max_o,
  output logic [7:0]          tcdm_narrow_max_o,
  // Status
  input  logic [NumCores-1:0] clk_en_i,
  input  logic                redmule_busy_i,
  input  logic                dma_busy_i,
  // What the counters count, a bit a core
  input  logic [NumCores-1:0] load_stall_i,
  input  logic [NumCores-1:0] tcdm_conflict_i,
  input  logic [NumCores-1:0] fetch_stall_i,
  input  logic [NumCores-1:0] fpu_contention_i,
  // ... and of RedMule
  input  logic                redmule_stall_i,
  input  logic                redmule_wait_i
);

  localparam logic [11:0] PerfBase   = TD_CLUSTER_CONTROL_PERF_ACTIVE_OFFSET;
  localparam int unsigned PerfStride = TD_CLUSTER_CONTROL_PERF_STRIDE;
  localparam logic [11:0] PerfEnd    = PerfBase + 12'(TD_CLUSTER_CONTROL_PERF_COUNT * PerfStride);

  // A core's counters, numbered in the order of their registers.
  localparam int unsigned Active        = 0;
  localparam int unsigned Asleep        = index_of(TD_CLUSTER_CONTROL_PERF_ASLEEP_OFFSET);
  localparam int unsigned LoadStall     = index_of(TD_CLUSTER_CONTROL_PERF_LOAD_STALL_OFFSET);
  localparam int unsigned TcdmConflict  = index_of(TD_CLUSTER_CONTROL_PERF_TCDM_CONFLICT_OFFSET);
  localparam int unsigned FetchStall    = index_of(TD_CLUSTER_CONTROL_PERF_FETCH_STALL_OFFSET);
  localparam int unsigned FpuContention = index_of(TD_CLUSTER_CONTROL_PERF_FPU_CONTENTION_OFFSET);
  localparam int unsigned NumCounters   = 6;

  function automatic int unsigned index_of(logic [11:0] register);
    return 32'(register - PerfBase) / 4;
  endfunction

  logic [NumCores-1:0] fetch_en_q, asleep;
  logic [31:0]         counters_q[NumCores][NumCounters];
  logic [31:0]         redmule_q[3];  // busy, stalled, refused by the TCDM
  logic [31:0]         rdata_d;
  logic                err_d, clear, write;
  logic [11:0]         offset;

  cluster_control_tcdm_wide_max_t   wide_max_q;
  cluster_control_tcdm_narrow_max_t narrow_max_q;
  cluster_control_perf_clear_t      perf_clear;  // as written

  assign periph_gnt_o      = 1'b1;
  assign tcdm_wide_max_o   = wide_max_q.conflicts;
  assign tcdm_narrow_max_o = narrow_max_q.conflicts;
  assign fetch_enable_o    = fetch_enable_i ? fetch_en_q : '0;
  assign asleep            = ~clk_en_i;
  assign perf_clear        = unpack_cluster_control_perf_clear(periph_a_i.wdata);
  assign write             = periph_req_i && periph_a_i.we;
  assign offset            = {2'b00, periph_a_i.addr[9:2], 2'b00};

  always_comb begin
    rdata_d = '0;
    err_d   = 1'b0;
    clear   = 1'b0;
    if (periph_req_i) begin
      unique case (offset)
        TD_CLUSTER_CONTROL_FETCH_EN_OFFSET: rdata_d = 32'(fetch_en_q);
        TD_CLUSTER_CONTROL_BOOT_ADDR_OFFSET: begin
          rdata_d = boot_addr_i;
          err_d   = periph_a_i.we;
        end
        TD_CLUSTER_CONTROL_STATUS_OFFSET: begin
          rdata_d = pack_cluster_control_status('{
            dma_busy: dma_busy_i, redmule_busy: redmule_busy_i, asleep: 16'(asleep)
          });
          err_d   = periph_a_i.we;
        end
        TD_CLUSTER_CONTROL_TCDM_WIDE_MAX_OFFSET:   rdata_d = pack_cluster_control_tcdm_wide_max(wide_max_q);
        TD_CLUSTER_CONTROL_TCDM_NARROW_MAX_OFFSET: rdata_d = pack_cluster_control_tcdm_narrow_max(narrow_max_q);
        TD_CLUSTER_CONTROL_PERF_CLEAR_OFFSET:      clear = periph_a_i.we && perf_clear.clear;
        TD_CLUSTER_CONTROL_REDMULE_BUSY_OFFSET: begin
          rdata_d = redmule_q[0];
          err_d   = periph_a_i.we;
        end
        TD_CLUSTER_CONTROL_REDMULE_STALLED_OFFSET: begin
          rdata_d = redmule_q[1];
          err_d   = periph_a_i.we;
        end
        TD_CLUSTER_CONTROL_REDMULE_CONFLICT_OFFSET: begin
          rdata_d = redmule_q[2];
          err_d   = periph_a_i.we;
        end
        default: begin
          if (offset >= PerfBase && offset < PerfEnd && 32'(offset[4:2]) < NumCounters) begin
            rdata_d = counters_q[offset[$clog2(PerfStride)+:$clog2(NumCores)]][offset[4:2]];
            err_d   = periph_a_i.we;
          end else begin
            err_d = 1'b1;
          end
        end
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fetch_en_q      <= NumCores'(TD_CLUSTER_CONTROL_FETCH_EN_RESET);
      wide_max_q      <= unpack_cluster_control_tcdm_wide_max(TD_CLUSTER_CONTROL_TCDM_WIDE_MAX_RESET);
      narrow_max_q    <= unpack_cluster_control_tcdm_narrow_max(TD_CLUSTER_CONTROL_TCDM_NARROW_MAX_RESET);
      periph_rvalid_o <= 1'b0;
      periph_r_o.rdata <= '0;
      periph_r_o.err   <= 1'b0;
    end else begin
      periph_rvalid_o <= periph_req_i;
      if (periph_req_i) begin
        periph_r_o.rdata <= rdata_d;
        periph_r_o.err   <= err_d;
      end
      if (write) begin
        unique case (offset)
          TD_CLUSTER_CONTROL_FETCH_EN_OFFSET: fetch_en_q <= periph_a_i.wdata[NumCores-1:0];
          TD_CLUSTER_CONTROL_TCDM_WIDE_MAX_OFFSET:
            wide_max_q <= unpack_cluster_control_tcdm_wide_max(periph_a_i.wdata);
          TD_CLUSTER_CONTROL_TCDM_NARROW_MAX_OFFSET:
            narrow_max_q <= unpack_cluster_control_tcdm_narrow_max(periph_a_i.wdata);
          default: ;
        endcase
      end
    end
  end

  // A core is awake or asleep; the other counters are of awake cores only.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      counters_q <= '{default: '{default: '0}};
      redmule_q  <= '{default: '0};
    end else if (clear) begin
      counters_q <= '{default: '{default: '0}};
      redmule_q  <= '{default: '0};
    end else begin
      if (redmule_busy_i) redmule_q[0] <= redmule_q[0] + 32'd1;
      if (redmule_stall_i) redmule_q[1] <= redmule_q[1] + 32'd1;
      if (redmule_wait_i) redmule_q[2] <= redmule_q[2] + 32'd1;
      for (int unsigned c = 0; c < NumCores; c++) begin
        if (clk_en_i[c]) begin
          counters_q[c][Active] <= counters_q[c][Active] + 32'd1;
          if (load_stall_i[c]) counters_q[c][LoadStall] <= counters_q[c][LoadStall] + 32'd1;
          if (tcdm_conflict_i[c]) counters_q[c][TcdmConflict] <= counters_q[c][TcdmConflict] + 32'd1;
          if (fetch_stall_i[c]) counters_q[c][FetchStall] <= counters_q[c][FetchStall] + 32'd1;
          if (fpu_contention_i[c]) counters_q[c][FpuContention] <= counters_q[c][FpuContention] + 32'd1;
        end else begin
          counters_q[c][Asleep] <= counters_q[c][Asleep] + 32'd1;
        end
      end
    end
  end

  logic unused;
  assign unused = ^{periph_a_i.addr[11:10], periph_a_i.addr[1:0], periph_a_i.be, periph_a_i.id};

  `TD_ASSERT_ANSWERED(a_access_answered, periph_req_i, periph_gnt_o, periph_rvalid_o)

endmodule
