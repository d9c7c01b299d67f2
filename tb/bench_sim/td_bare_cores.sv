// SPDX-License-Identifier: Apache-2.0
// The yardstick of `make bench-sim`: eight CV32E40P, each with its own CVFPU and an ideal memory that grants at once and
// answers in the next cycle. Nothing else; fma_o counts the operations that the FPUs have accepted.
module td_bare_cores
  import cv32e40p_apu_core_pkg::*;
#(
  parameter int unsigned NumCores = 8,
  parameter int unsigned NumWords = 4096
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  output logic [63:0] fma_o
);

  logic [NumCores-1:0] apu_req, apu_gnt;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fma_o <= '0;
    else fma_o <= fma_o + 64'($countones(apu_req & apu_gnt));
  end

  for (genvar c = 0; c < int'(NumCores); c++) begin : gen_core
    localparam int unsigned AddrWidth = $clog2(NumWords);
    logic [31:0] mem[NumWords];
    initial $readmemh("program.hex", mem);

    logic                             instr_req, instr_rvalid_q, data_req, data_rvalid_q, data_we, apu_rvalid;
    logic [31:0]                      instr_addr, instr_rdata_q, data_addr, data_rdata_q, data_wdata, apu_result;
    logic [3:0]                       data_be;
    logic [APU_NARGS_CPU-1:0][31:0]   apu_operands;
    logic [APU_WOP_CPU-1:0]           apu_op;
    logic [APU_NDSFLAGS_CPU-1:0]      apu_flags;
    logic [APU_NUSFLAGS_CPU-1:0]      apu_status;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        instr_rvalid_q <= 1'b0;
        data_rvalid_q  <= 1'b0;
      end else begin
        instr_rvalid_q <= instr_req;
        data_rvalid_q  <= data_req;
      end
    end
    always_ff @(posedge clk_i) begin
      if (instr_req) instr_rdata_q <= mem[instr_addr[AddrWidth+1:2]];
      if (data_req && !data_we) data_rdata_q <= mem[data_addr[AddrWidth+1:2]];
      for (int unsigned b = 0; b < 4; b++) begin
        if (data_req && data_we && data_be[b]) mem[data_addr[AddrWidth+1:2]][8*b+:8] <= data_wdata[8*b+:8];
      end
    end

    cv32e40p_core #(
      .COREV_PULP      (1),
      .COREV_CLUSTER   (1),
      .FPU             (1),
      .FPU_ADDMUL_LAT  (1),
      .FPU_OTHERS_LAT  (1),
      .ZFINX           (1),
      .NUM_MHPMCOUNTERS(1)
    ) i_core (
      .clk_i,
      .rst_ni,
      .pulp_clock_en_i    (1'b1),
      .scan_cg_en_i       (1'b0),
      .boot_addr_i        ('0),
      .mtvec_addr_i       ('0),
      .dm_halt_addr_i     ('0),
      .hart_id_i          (c),
      .dm_exception_addr_i('0),
      .instr_req_o        (instr_req),
      .instr_gnt_i        (instr_req),
      .instr_rvalid_i     (instr_rvalid_q),
      .instr_addr_o       (instr_addr),
      .instr_rdata_i      (instr_rdata_q),
      .data_req_o         (data_req),
      .data_gnt_i         (data_req),
      .data_rvalid_i      (data_rvalid_q),
      .data_we_o          (data_we),
      .data_be_o          (data_be),
      .data_addr_o        (data_addr),
      .data_wdata_o       (data_wdata),
      .data_rdata_i       (data_rdata_q),
      .apu_busy_o         (),
      .apu_req_o          (apu_req[c]),
      .apu_gnt_i          (apu_gnt[c]),
      .apu_operands_o     (apu_operands),
      .apu_op_o           (apu_op),
      .apu_flags_o        (apu_flags),
      .apu_rvalid_i       (apu_rvalid),
      .apu_result_i       (apu_result),
      .apu_flags_i        (apu_status),
      .irq_i              ('0),
      .irq_ack_o          (),
      .irq_id_o           (),
      .debug_req_i        (1'b0),
      .debug_havereset_o  (),
      .debug_running_o    (),
      .debug_halted_o     (),
      .fetch_enable_i     (1'b1),
      .core_sleep_o       ()
    );

    cv32e40p_fp_wrapper #(
      .FPU_ADDMUL_LAT(1),
      .FPU_OTHERS_LAT(1)
    ) i_fpu (
      .clk_i,
      .rst_ni,
      .apu_req_i     (apu_req[c]),
      .apu_gnt_o     (apu_gnt[c]),
      .apu_operands_i(apu_operands),
      .apu_op_i      (apu_op),
      .apu_flags_i   (apu_flags),
      .apu_rvalid_o  (apu_rvalid),
      .apu_rdata_o   (apu_result),
      .apu_rflags_o  (apu_status)
    );
  end

endmodule
