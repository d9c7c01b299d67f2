// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// One core: CV32E40P with the cluster interface, and the demultiplexer of its data port.
//
// The core ignores bus errors on its data port (its data_err_i is not connected inside), so an access to an unmapped
// address is answered with zero and announced on fault_*; the SoC control records it.

`include "td_assert.svh"

module td_core
  import cv32e40p_apu_core_pkg::*;
  import td_cluster_pkg::*;
#(
  parameter int unsigned FpuLatency = 1  // cycles from the grant of a pipelined operation to its result
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  input  logic [31:0]                              hart_id_i,
  input  logic [31:0]                              boot_addr_i,
  input  logic                                     fetch_enable_i,
  input  logic                                     clk_en_i,      // from the event unit; 0 only while asleep
  output logic                                     sleep_o,
  // Instruction fetch
  output logic                                     instr_req_o,
  input  logic                                     instr_gnt_i,
  output logic [31:0]                              instr_addr_o,
  input  logic                                     instr_rvalid_i,
  input  logic [31:0]                              instr_rdata_i,
  // Data: one request line a target, the rest common
  output logic [NumTargets-1:0]                    data_req_o,
  input  logic [NumTargets-1:0]                    data_gnt_i,
  output logic [31:0]                              data_addr_o,
  output logic                                     data_we_o,
  output logic [3:0]                               data_be_o,
  output logic [31:0]                              data_wdata_o,
  input  logic [NumTargets-1:0]                    data_rvalid_i,
  input  logic [NumTargets-1:0][31:0]              data_rdata_i,
  input  logic [NumTargets-1:0]                    data_err_i,
  output logic [31:0]                              data_pc_o,     // the instruction that makes the access
  output logic                                     fault_o,       // pulse: an access failed (unmapped, or err)
  output logic [31:0]                              fault_addr_o,
  output logic [31:0]                              fault_pc_o,
  output logic                                     data_wait_o,   // a response is late (for the performance counters)
  // FPU
  output logic                                     apu_req_o,
  input  logic                                     apu_gnt_i,
  output logic [APU_NARGS_CPU-1:0][31:0]           apu_operands_o,
  output logic [APU_WOP_CPU-1:0]                   apu_op_o,
  output logic [APU_NDSFLAGS_CPU-1:0]              apu_flags_o,
  input  logic                                     apu_rvalid_i,
  input  logic [31:0]                              apu_result_i,
  input  logic [APU_NUSFLAGS_CPU-1:0]              apu_status_i
);

  localparam int unsigned MaxOutstanding = 2;  // of CV32E40P's load-store unit

  logic        data_req, data_gnt, data_rvalid, data_err, unmapped;
  logic [31:0] data_rdata;

  cv32e40p_core #(
    .COREV_PULP      (1),
    .COREV_CLUSTER   (1),
    .FPU             (1),
    .FPU_ADDMUL_LAT  (FpuLatency),
    .FPU_OTHERS_LAT  (FpuLatency),
    .ZFINX           (1),
    .NUM_MHPMCOUNTERS(1)
  ) i_core (
    .clk_i,
    .rst_ni,
    .pulp_clock_en_i    (clk_en_i),
    .scan_cg_en_i       (1'b0),
    .boot_addr_i,
    .mtvec_addr_i       (boot_addr_i),
    .dm_halt_addr_i     ('0),
    .hart_id_i,
    .dm_exception_addr_i('0),
    .instr_req_o,
    .instr_gnt_i,
    .instr_rvalid_i,
    .instr_addr_o,
    .instr_rdata_i,
    .data_req_o         (data_req),
    .data_gnt_i         (data_gnt),
    .data_rvalid_i      (data_rvalid),
    .data_we_o,
    .data_be_o,
    .data_addr_o,
    .data_wdata_o,
    .data_rdata_i       (data_rdata),
    .apu_busy_o         (),
    .apu_req_o,
    .apu_gnt_i,
    .apu_operands_o,
    .apu_op_o,
    .apu_flags_o,
    .apu_rvalid_i,
    .apu_result_i,
    .apu_flags_i        (apu_status_i),
    .irq_i              ('0),
    .irq_ack_o          (),
    .irq_id_o           (),
    .debug_req_i        (1'b0),
    .debug_havereset_o  (),
    .debug_running_o    (),
    .debug_halted_o     (),
    .fetch_enable_i,
    .core_sleep_o       (sleep_o)
  );

  // Registers are written whole: a store of a byte or a half word, or of a word across two registers, fails.
  target_e target;
  always_comb begin
    target = decode_target(data_addr_o);
    if (data_we_o && data_be_o != 4'hF && target != TargetTcdm && target != TargetExt) target = TargetNone;
  end

  // CV32E40P keeps the program counter of a data access (for cv.elw) but has no port for it. It is there to find a
  // mistake in a program, which is what simulation is for; in silicon data_pc_o is 0.
`ifndef SYNTHESIS
  assign data_pc_o = i_core.pc_ex;
`else
  assign data_pc_o = '0;
`endif

  td_obi_demux #(
    .NumTargets    (NumTargets),
    .MaxOutstanding(MaxOutstanding)
  ) i_demux (
    .clk_i,
    .rst_ni,
    .req_i   (data_req),
    .sel_i   (target),
    .gnt_o   (data_gnt),
    .rvalid_o(data_rvalid),
    .rdata_o (data_rdata),
    .err_o   (data_err),
    .fault_o (unmapped),
    .req_o   (data_req_o),
    .gnt_i   (data_gnt_i),
    .rvalid_i(data_rvalid_i),
    .rdata_i (data_rdata_i),
    .err_i   (data_err_i)
  );

  // The outstanding accesses, oldest first, to name the one that failed.
  typedef struct packed {
    logic [31:0] addr;
    logic [31:0] pc;
  } access_t;

  access_t    oldest_q, newest_q;
  logic [1:0] cnt_q;
  logic       granted;

  assign granted = data_req && data_gnt;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cnt_q    <= '0;
      oldest_q <= '0;
      newest_q <= '0;
    end else if (granted || data_rvalid) begin
      cnt_q <= cnt_q + 2'(granted) - 2'(data_rvalid);
      if (granted) newest_q <= '{addr: data_addr_o, pc: data_pc_o};
      if (granted && (cnt_q == 2'd0 || (cnt_q == 2'd1 && data_rvalid))) oldest_q <= '{addr: data_addr_o, pc: data_pc_o};
      else if (data_rvalid) oldest_q <= newest_q;
    end
  end

  assign fault_o      = data_rvalid && data_err;
  assign fault_addr_o = oldest_q.addr;
  assign fault_pc_o   = oldest_q.pc;
  assign data_wait_o = cnt_q != '0 && !data_rvalid;

  logic unused;
  assign unused = unmapped;

  `TD_ASSERT_HELD(a_access_held, data_req, data_gnt,
                  {data_addr_o, data_we_o, data_be_o, data_wdata_o & {32{data_we_o}}})
  // What the core requires of a cluster (its user manual, sleep interface).
  `TD_ASSERT(a_clock_while_core_needs_it, !clk_en_i |-> sleep_o && !data_rvalid && !instr_rvalid_i)

endmodule
