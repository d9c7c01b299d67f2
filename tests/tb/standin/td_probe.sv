// SPDX-License-Identifier: Apache-2.0
// The stand-in's counterpart of tb/tops/td_probe.sv.
module td_probe #(
  parameter int unsigned NumCores = 8
) (
  output logic [NumCores-1:0][31:0] pc_o,
  output logic [NumCores-1:0]       sleep_o,
  output logic [2:0]                busy_o,
  output logic                      fetch_o,
  output logic [4:0]                fault_source_o,
  output logic [4:0]                fault_core_o,
  output logic [31:0]               fault_addr_o,
  output logic [31:0]               fault_pc_o
);
  assign pc_o    = {NumCores{td_tb_top.u_soc.pc_q}};
  assign sleep_o = {NumCores{td_tb_top.u_soc.asleep_q}};
  assign busy_o  = 3'b000;
  assign fetch_o = td_tb_top.u_soc.running_q;

  assign fault_source_o = 5'd3;
  assign fault_core_o   = 5'd3;
  assign fault_addr_o   = 32'h1234_5678;
  assign fault_pc_o     = td_tb_top.u_soc.fault_pc_q;

  export "DPI-C" function td_probe_counter;
  function int td_probe_counter(int index);
    return 100 + index;
  endfunction
endmodule
