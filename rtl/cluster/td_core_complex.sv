// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The cores and their shared FPUs.
module td_core_complex
  import cv32e40p_apu_core_pkg::*;
  import td_cluster_pkg::*;
#(
  parameter int unsigned NumCores   = 8,
  parameter int unsigned NumFpus    = 4,
  parameter int unsigned FpuLatency = 1
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic [31:0]                 boot_addr_i,
  input  logic [NumCores-1:0]         fetch_enable_i,
  input  logic [NumCores-1:0]         clk_en_i,        // from the event unit; 0 only while asleep
  output logic [NumCores-1:0]         sleep_o,
  // Instruction fetch
  output logic [NumCores-1:0]         instr_req_o,
  input  logic [NumCores-1:0]         instr_gnt_i,
  output logic [NumCores-1:0][31:0]   instr_addr_o,
  input  logic [NumCores-1:0]         instr_rvalid_i,
  input  logic [NumCores-1:0][31:0]   instr_rdata_i,
  // Data: of each core one request line a target, the rest common
  output logic [NumTargets-1:0]       data_req_o   [NumCores],
  input  logic [NumTargets-1:0]       data_gnt_i   [NumCores],
  output logic [NumCores-1:0][31:0]   data_addr_o,
  output logic [NumCores-1:0]         data_we_o,
  output logic [NumCores-1:0][3:0]    data_be_o,
  output logic [NumCores-1:0][31:0]   data_wdata_o,
  input  logic [NumTargets-1:0]       data_rvalid_i[NumCores],
  input  logic [NumTargets-1:0][31:0] data_rdata_i [NumCores],
  input  logic [NumTargets-1:0]       data_err_i   [NumCores],
  output logic [31:0]                 data_pc_o    [NumCores],  // the instruction that makes the data access
  // Pulse: an access failed; its address and instruction
  output logic [NumCores-1:0]         fault_o,
  output logic [31:0]                 fault_addr_o [NumCores],
  output logic [31:0]                 fault_pc_o   [NumCores],
  // For the performance counters
  output logic [NumCores-1:0]         data_wait_o,     // a response is late
  output logic [NumCores-1:0]         instr_wait_o,    // a fetch is refused, or not answered in the next cycle
  output logic [NumCores-1:0]         fpu_wait_o       // an operation is refused
);

  logic [NumCores-1:0]                          apu_req, apu_gnt, apu_rvalid;
  logic [NumCores-1:0][APU_NARGS_CPU-1:0][31:0] apu_operands;
  logic [NumCores-1:0][APU_WOP_CPU-1:0]         apu_op;
  logic [NumCores-1:0][APU_NDSFLAGS_CPU-1:0]    apu_flags;
  logic [NumCores-1:0][31:0]                    apu_result;
  logic [NumCores-1:0][APU_NUSFLAGS_CPU-1:0]    apu_status;

  for (genvar c = 0; c < int'(NumCores); c++) begin : gen_core
    td_core #(
      .FpuLatency(FpuLatency)
    ) i_core (
      .clk_i,
      .rst_ni,
      .hart_id_i     (32'(c)),
      .boot_addr_i,
      .fetch_enable_i(fetch_enable_i[c]),
      .clk_en_i      (clk_en_i[c]),
      .sleep_o       (sleep_o[c]),
      .instr_req_o   (instr_req_o[c]),
      .instr_gnt_i   (instr_gnt_i[c]),
      .instr_addr_o  (instr_addr_o[c]),
      .instr_rvalid_i(instr_rvalid_i[c]),
      .instr_rdata_i (instr_rdata_i[c]),
      .data_req_o    (data_req_o[c]),
      .data_gnt_i    (data_gnt_i[c]),
      .data_addr_o   (data_addr_o[c]),
      .data_we_o     (data_we_o[c]),
      .data_be_o     (data_be_o[c]),
      .data_wdata_o  (data_wdata_o[c]),
      .data_rvalid_i (data_rvalid_i[c]),
      .data_rdata_i  (data_rdata_i[c]),
      .data_err_i    (data_err_i[c]),
      .data_pc_o     (data_pc_o[c]),
      .fault_o       (fault_o[c]),
      .fault_addr_o  (fault_addr_o[c]),
      .fault_pc_o    (fault_pc_o[c]),
      .data_wait_o   (data_wait_o[c]),
      .apu_req_o     (apu_req[c]),
      .apu_gnt_i     (apu_gnt[c]),
      .apu_operands_o(apu_operands[c]),
      .apu_op_o      (apu_op[c]),
      .apu_flags_o   (apu_flags[c]),
      .apu_rvalid_i  (apu_rvalid[c]),
      .apu_result_i  (apu_result[c]),
      .apu_status_i  (apu_status[c])
    );
  end

  td_fpu_share #(
    .NumCores(NumCores),
    .NumFpus (NumFpus),
    .Latency (FpuLatency)
  ) i_fpu_share (
    .clk_i,
    .rst_ni,
    .req_i     (apu_req),
    .gnt_o     (apu_gnt),
    .operands_i(apu_operands),
    .op_i      (apu_op),
    .flags_i   (apu_flags),
    .rvalid_o  (apu_rvalid),
    .result_o  (apu_result),
    .status_o  (apu_status)
  );

  logic [NumCores-1:0] instr_due_q;  // a fetch was granted and not answered yet

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) instr_due_q <= '0;
    else instr_due_q <= (instr_req_o & instr_gnt_i) | (instr_due_q & ~instr_rvalid_i);
  end

  assign instr_wait_o = (instr_req_o & ~instr_gnt_i) | (instr_due_q & ~instr_rvalid_i);
  assign fpu_wait_o   = apu_req & ~apu_gnt;

endmodule
