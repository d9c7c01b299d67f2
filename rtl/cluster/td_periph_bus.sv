// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The cores' accesses to what they share: one arbiter a target, so that a target that waits holds up nobody else.
// Targets FirstPeriph on are the cluster's peripherals, TargetExt is everything outside the cluster.
module td_periph_bus
  import td_cluster_pkg::*;
  import td_periph_pkg::*;
#(
  parameter  int unsigned NumCores = 8,
  localparam int unsigned IdWidth  = $clog2(NumCores)
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  // Cores: of each, the lines of all peripherals and, last, of the outside
  input  logic [NumPeriphs:0]       core_req_i   [NumCores],
  output logic [NumPeriphs:0]       core_gnt_o   [NumCores],
  input  logic [NumCores-1:0][31:0] core_addr_i,
  input  logic [NumCores-1:0]       core_we_i,
  input  logic [NumCores-1:0][3:0]  core_be_i,
  input  logic [NumCores-1:0][31:0] core_wdata_i,
  output logic [NumPeriphs:0]       core_rvalid_o[NumCores],
  output logic [NumPeriphs:0]       core_err_o,    // valid with core_rvalid_o
  output logic [NumPeriphs:0][31:0] core_rdata_o,
  // Peripherals: the offset in a target's 1 KB, and the core that asks
  output logic [NumPeriphs-1:0]     periph_req_o,
  input  logic [NumPeriphs-1:0]     periph_gnt_i,
  output periph_a_t                 periph_a_o   [NumPeriphs],
  input  logic [NumPeriphs-1:0]     periph_rvalid_i,
  input  periph_r_t                 periph_r_i   [NumPeriphs],
  // Outside
  output logic                      ext_req_o,
  input  logic                      ext_gnt_i,
  output logic [31:0]               ext_addr_o,
  output logic                      ext_we_o,
  output logic [3:0]                ext_be_o,
  output logic [31:0]               ext_wdata_o,
  output logic [IdWidth-1:0]        ext_id_o,
  input  logic                      ext_rvalid_i,
  input  logic [31:0]               ext_rdata_i,
  input  logic                      ext_err_i
);

  logic [NumCores-1:0][11:0] offset;

  for (genvar c = 0; c < int'(NumCores); c++) begin : gen_offset
    assign offset[c] = {2'b00, core_addr_i[c][9:0]};
  end

  logic [NumCores-1:0] req[NumPeriphs+1], gnt[NumPeriphs+1], rvalid[NumPeriphs+1];

  for (genvar p = 0; p <= int'(NumPeriphs); p++) begin : gen_lines
    for (genvar c = 0; c < int'(NumCores); c++) begin : gen_core
      assign req[p][c]           = core_req_i[c][p];
      assign core_gnt_o[c][p]    = gnt[p][c];
      assign core_rvalid_o[c][p] = rvalid[p][c];
    end
  end

  for (genvar p = 0; p < int'(NumPeriphs); p++) begin : gen_periph
    td_obi_mux #(
      .NumInitiators(NumCores),
      .AddrWidth    (12)
    ) i_mux (
      .clk_i,
      .rst_ni,
      .req_i   (req[p]),
      .gnt_o   (gnt[p]),
      .addr_i  (offset),
      .we_i    (core_we_i),
      .be_i    (core_be_i),
      .wdata_i (core_wdata_i),
      .rvalid_o(rvalid[p]),
      .rdata_o (core_rdata_o[p]),
      .err_o   (core_err_o[p]),
      .req_o   (periph_req_o[p]),
      .gnt_i   (periph_gnt_i[p]),
      .addr_o  (periph_a_o[p].addr),
      .we_o    (periph_a_o[p].we),
      .be_o    (periph_a_o[p].be),
      .wdata_o (periph_a_o[p].wdata),
      .id_o    (periph_a_o[p].id),
      .rvalid_i(periph_rvalid_i[p]),
      .rdata_i (periph_r_i[p].rdata),
      .err_i   (periph_r_i[p].err)
    );
  end

  td_obi_mux #(
    .NumInitiators (NumCores),
    .MaxOutstanding(8)
  ) i_ext_mux (
    .clk_i,
    .rst_ni,
    .req_i   (req[NumPeriphs]),
    .gnt_o   (gnt[NumPeriphs]),
    .addr_i  (core_addr_i),
    .we_i    (core_we_i),
    .be_i    (core_be_i),
    .wdata_i (core_wdata_i),
    .rvalid_o(rvalid[NumPeriphs]),
    .rdata_o (core_rdata_o[NumPeriphs]),
    .err_o   (core_err_o[NumPeriphs]),
    .req_o   (ext_req_o),
    .gnt_i   (ext_gnt_i),
    .addr_o  (ext_addr_o),
    .we_o    (ext_we_o),
    .be_o    (ext_be_o),
    .wdata_o (ext_wdata_o),
    .id_o    (ext_id_o),
    .rvalid_i(ext_rvalid_i),
    .rdata_i (ext_rdata_i),
    .err_i   (ext_err_i)
  );

endmodule
