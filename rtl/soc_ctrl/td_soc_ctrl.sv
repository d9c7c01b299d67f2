// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// SoC control: mailbox and end of computation towards the bench, platform information, fault recorder.
//
// A fault is an access that was answered with an error. CV32E40P cannot take a bus error as an exception, so what went
// wrong is recorded here: the first fault in full, all of them counted.

`include "td_assert.svh"

module td_soc_ctrl
  import td_periph_pkg::*;
  import td_soc_control_reg_pkg::*;
#(
  parameter int unsigned NumCores = 8
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  // Register target.
  input  logic                periph_req_i,
  output logic                periph_gnt_o,
  input  periph_a_t           periph_a_i,
  output logic                periph_rvalid_o,
  output periph_r_t           periph_r_o,
  input  logic [31:0]         boot_addr_i,
  // To the bench: toggles at each write of the mailbox, data held until the next write.
  output logic                mailbox_valid_o,
  output logic [31:0]         mailbox_data_o,
  output logic                eoc_o,
  output logic [31:0]         eoc_value_o,
  // Fault recorder: the first fault is kept, all are counted. Source: a core's number or a
  // TD_FAULT_SOURCE; core and pc: who made the access, or asked for the transfer.
  input  logic                fault_valid_i,
  input  logic [4:0]          fault_source_i,
  input  logic [4:0]          fault_core_i,
  input  logic [31:0]         fault_addr_i,
  input  logic [31:0]         fault_pc_i,
  output logic                fault_o
);

  localparam logic [15:0] Version = 16'd1;

  logic [9:0]  offset;
  logic        read_only, unmapped, err_d, write;
  logic        rvalid_q, err_q;
  logic [31:0] rdata_d, rdata_q;

  logic        mailbox_valid_q, eoc_q, fault_q;
  logic [31:0] mailbox_q, eoc_value_q, fault_addr_q, fault_pc_q, fault_count_q;
  logic [4:0]  fault_source_q, fault_core_q;

  assign offset       = periph_a_i.addr[9:0];
  assign periph_gnt_o = 1'b1;

  always_comb begin
    rdata_d   = '0;
    read_only = 1'b0;
    unmapped  = 1'b0;
    unique case (offset)
      TD_SOC_CONTROL_MAILBOX_OFFSET[9:0]: rdata_d = mailbox_q;
      TD_SOC_CONTROL_EOC_OFFSET[9:0]:     rdata_d = eoc_value_q;
      TD_SOC_CONTROL_INFO_OFFSET[9:0]: begin
        rdata_d   = pack_soc_control_info('{version: Version, cores: 8'(NumCores)});
        read_only = 1'b1;
      end
      TD_SOC_CONTROL_BOOT_ADDR_OFFSET[9:0]: begin
        rdata_d   = boot_addr_i;
        read_only = 1'b1;
      end
      TD_SOC_CONTROL_FAULT_OFFSET[9:0]: begin
        rdata_d = pack_soc_control_fault('{core: fault_core_q, source: fault_source_q, valid: fault_q});
      end
      TD_SOC_CONTROL_FAULT_ADDR_OFFSET[9:0]: begin
        rdata_d   = fault_addr_q;
        read_only = 1'b1;
      end
      TD_SOC_CONTROL_FAULT_PC_OFFSET[9:0]: begin
        rdata_d   = fault_pc_q;
        read_only = 1'b1;
      end
      TD_SOC_CONTROL_FAULT_COUNT_OFFSET[9:0]: begin
        rdata_d   = fault_count_q;
        read_only = 1'b1;
      end
      default: unmapped = 1'b1;
    endcase
  end

  assign err_d = unmapped || (periph_a_i.we && (read_only || periph_a_i.be != 4'hF));
  assign write = periph_req_i && periph_a_i.we && !err_d;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rvalid_q        <= 1'b0;
      err_q           <= 1'b0;
      rdata_q         <= '0;
      mailbox_valid_q <= 1'b0;
      mailbox_q       <= '0;
      eoc_q           <= 1'b0;
      eoc_value_q     <= '0;
    end else begin
      rvalid_q <= periph_req_i;
      if (periph_req_i) begin
        err_q   <= err_d;
        rdata_q <= rdata_d;
      end
      if (write && offset == TD_SOC_CONTROL_MAILBOX_OFFSET[9:0]) begin
        mailbox_valid_q <= !mailbox_valid_q;
        mailbox_q       <= periph_a_i.wdata;
      end
      if (write && offset == TD_SOC_CONTROL_EOC_OFFSET[9:0]) begin
        eoc_q       <= 1'b1;
        eoc_value_q <= periph_a_i.wdata;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fault_q        <= 1'b0;
      fault_source_q <= '0;
      fault_core_q   <= '0;
      fault_addr_q   <= '0;
      fault_pc_q     <= '0;
      fault_count_q  <= '0;
    end else if (fault_valid_i) begin
      fault_q       <= 1'b1;
      fault_count_q <= fault_count_q + 1;
      if (!fault_q) begin
        fault_source_q <= fault_source_i;
        fault_core_q   <= fault_core_i;
        fault_addr_q   <= fault_addr_i;
        fault_pc_q     <= fault_pc_i;
      end
    end else if (write && offset == TD_SOC_CONTROL_FAULT_OFFSET[9:0]) begin
      fault_q       <= 1'b0;
      fault_count_q <= '0;
    end
  end

  assign periph_rvalid_o = rvalid_q;
  assign periph_r_o.rdata = rdata_q;
  assign periph_r_o.err   = rvalid_q && err_q;
  assign mailbox_valid_o = mailbox_valid_q;
  assign mailbox_data_o  = mailbox_q;
  assign eoc_o           = eoc_q;
  assign eoc_value_o     = eoc_value_q;
  assign fault_o         = fault_q;

  logic unused_addr;
  assign unused_addr = ^{periph_a_i.addr[11:10], periph_a_i.id};

  `TD_ASSERT_ANSWERED(a_access_answered, periph_req_i, periph_gnt_o, periph_rvalid_o)

endmodule
