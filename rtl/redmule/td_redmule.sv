// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// RedMule stub: final port list, no function yet.
module td_redmule #(
  parameter int unsigned             Height   = 4,
  parameter int unsigned             Rows     = 12,
  parameter int unsigned             PipeRegs = 3,
  parameter fpnew_pkg::fp_format_e   FpFormat = fpnew_pkg::FP32,
  parameter int unsigned             NumCores = 8,
  localparam int unsigned            IdWidth   = (NumCores > 1) ? $clog2(NumCores) : 1,
  localparam int unsigned            DataWidth = Height * (PipeRegs + 1) * fpnew_pkg::fp_width(FpFormat) + 32
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   periph_req_i,
  output logic                   periph_gnt_o,
  input  logic [11:0]            periph_addr_i,
  input  logic                   periph_we_i,
  input  logic [3:0]             periph_be_i,
  input  logic [31:0]            periph_wdata_i,
  input  logic [IdWidth-1:0]     periph_id_i,
  output logic                   periph_rvalid_o,
  output logic [31:0]            periph_rdata_o,
  output logic                   periph_err_o,
  output logic                   tcdm_req_o,
  input  logic                   tcdm_gnt_i,
  output logic [31:0]            tcdm_addr_o,
  output logic                   tcdm_we_o,
  output logic [DataWidth/8-1:0] tcdm_be_o,
  output logic [DataWidth-1:0]   tcdm_wdata_o,
  input  logic                   tcdm_rvalid_i,
  input  logic [DataWidth-1:0]   tcdm_rdata_i,
  output logic [NumCores-1:0]    evt_o,
  output logic                   busy_o
);
  assign periph_gnt_o = 1'b1;
  always_ff @(posedge clk_i) periph_rvalid_o <= periph_req_i;
  assign periph_rdata_o = '0;
  assign periph_err_o = 1'b0;
  assign tcdm_req_o = 1'b0;
  assign {tcdm_addr_o, tcdm_we_o, tcdm_be_o, tcdm_wdata_o} = '0;
  assign evt_o = '0;
  assign busy_o = 1'b0;
endmodule
