// SPDX-License-Identifier: Apache-2.0
// td_redmule_regs alone, with the fields that its bench looks at.
module td_redmule_queue_tb
  import td_redmule_pkg::*;
  import td_redmule_reg_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        periph_req_i,
  input  logic [11:0] periph_addr_i,
  input  logic        periph_we_i,
  input  logic [31:0] periph_wdata_i,
  input  logic [2:0]  periph_id_i,
  output logic        periph_rvalid_o,
  output logic [31:0] periph_rdata_o,
  output logic [7:0]  evt_o,
  output logic        busy_o,
  output logic        job_valid_o,
  output logic [31:0] job_x_ptr_o,
  output logic        next_valid_o,
  output logic [31:0] next_x_ptr_o,
  input  logic        done_i,
  output logic [6:0]  control_o  // all flops that decide which job is where
);
  job_t job, next;
  logic gnt, err, clear;
  assign control_o = {i_dut.open_q, i_dut.commit_context_q, i_dut.run_context_q, i_dut.waiting_q, i_dut.started_q};
  assign job_x_ptr_o  = job.x_ptr;
  assign next_x_ptr_o = next.x_ptr;

  td_redmule_regs #(
    .NumCores(8)
  ) i_dut (
    .clk_i, .rst_ni,
    .periph_req_i, .periph_gnt_o(gnt),
    .periph_a_i('{addr: periph_addr_i, we: periph_we_i, be: 4'hf, wdata: periph_wdata_i, id: periph_id_i}),
    .periph_rvalid_o, .periph_r_o({periph_rdata_o, err}),
    .evt_o, .busy_o, .clear_o(clear),
    .job_valid_o, .job_o(job), .next_valid_o, .next_o(next), .done_i, .error_i(RedmuleRefusalNone)
  );
endmodule
