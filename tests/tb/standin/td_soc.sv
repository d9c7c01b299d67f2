// SPDX-License-Identifier: Apache-2.0
// A stand-in for the SoC, to test the bench in seconds: it executes a script of three-word commands from L2.
//
// {1, word, -} mailbox; {2, byte address in L2, word} store; {3, cycles, -} wait; {4, code, -} end of computation;
// {5, -, -} sleep for ever; {6, -, -} fail an assertion; {7, -, -} record a bus fault.
module td_soc #(
  parameter int unsigned Height     = 4,
  parameter int unsigned Rows       = 12,
  parameter int unsigned PipeRegs   = 3,
  parameter int unsigned TcdmBanks  = 32,
  parameter int unsigned NumFpus    = 4,
  parameter int unsigned FpuLatency = 1
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [31:0] boot_addr_i,
  input  logic        fetch_enable_i,
  output logic        hyper_cs_no,
  output logic        hyper_ck_o,
  output logic        hyper_rwds_o,
  input  logic        hyper_rwds_i,
  output logic        hyper_rwds_oe_o,
  output logic [7:0]  hyper_dq_o,
  input  logic [7:0]  hyper_dq_i,
  output logic        hyper_dq_oe_o,
  output logic        hyper_reset_no,
  output logic        mailbox_valid_o,
  output logic [31:0] mailbox_data_o,
  output logic        eoc_o,
  output logic [31:0] eoc_value_o,
  output logic        fault_o
);

  assign hyper_cs_no = 1'b1;
  assign {hyper_ck_o, hyper_rwds_o, hyper_rwds_oe_o, hyper_dq_o, hyper_dq_oe_o, hyper_reset_no} = '0;

  import "DPI-C" function int unsigned td_host_read32(input int region, input int unsigned index);
  import "DPI-C" function void td_host_write32(input int region, input int unsigned index, input int unsigned data,
                                               input int unsigned be);

  logic [31:0] pc_q, wait_q, fault_pc_q;
  logic        asleep_q, running_q;
  int unsigned op, first, second;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pc_q            <= boot_addr_i;
      wait_q          <= '0;
      asleep_q        <= 1'b0;
      running_q       <= 1'b0;
      mailbox_valid_o <= 1'b0;
      mailbox_data_o  <= '0;
      eoc_o           <= 1'b0;
      eoc_value_o     <= '0;
      fault_o         <= 1'b0;
      fault_pc_q      <= '0;
    end else if (wait_q != 0) begin
      wait_q <= wait_q - 1;
    end else if (fetch_enable_i && !asleep_q && !eoc_o) begin
      running_q <= 1'b1;
      op     = td_host_read32(1, (pc_q - td_platform_pkg::TD_L2_BASE) / 4);
      first  = td_host_read32(1, (pc_q - td_platform_pkg::TD_L2_BASE) / 4 + 1);
      second = td_host_read32(1, (pc_q - td_platform_pkg::TD_L2_BASE) / 4 + 2);
      pc_q   <= pc_q + 12;
      unique case (op)
        1: begin
          mailbox_valid_o <= !mailbox_valid_o;
          mailbox_data_o  <= first;
        end
        2: td_host_write32(1, (first - td_platform_pkg::TD_L2_BASE) / 4, second, 15);
        3: wait_q <= first;
        4: begin
          eoc_o       <= 1'b1;
          eoc_value_o <= first;
        end
        5: asleep_q <= 1'b1;
        7: begin
          fault_o    <= 1'b1;
          fault_pc_q <= pc_q;
        end
        default: $error("the script asked for an error");
      endcase
    end
  end

endmodule
