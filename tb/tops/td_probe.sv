// SPDX-License-Identifier: Apache-2.0
// Looks into the SoC for the bench: program counters, sleeping cores, busy engines. Nothing here drives the design.
module td_probe #(
  parameter int unsigned NumCores = 8
) (
  output logic [NumCores-1:0][31:0] pc_o,
  output logic [NumCores-1:0]       sleep_o,
  output logic [2:0]                busy_o,  // HyperBus, DMA, RedMule
  output logic                      fetch_o,
  output logic [4:0]                fault_source_o,  // the first bus fault on record, valid with td_soc's fault_o
  output logic [4:0]                fault_core_o,    // on whose behalf
  output logic [31:0]               fault_addr_o,
  output logic [31:0]               fault_pc_o
);

  for (genvar c = 0; c < NumCores; c++) begin : gen_core
    assign pc_o[c] = td_tb_top.u_soc.i_cluster.i_cores.gen_core[c].i_core.i_core.pc_id;
  end
  assign sleep_o = td_tb_top.u_soc.i_cluster.sleep;
  assign busy_o  = {
    td_tb_top.u_soc.hyper_busy, td_tb_top.u_soc.i_cluster.dma_busy, td_tb_top.u_soc.i_cluster.redmule_busy
  };
  assign fetch_o = |td_tb_top.u_soc.i_cluster.instr_req;

  assign fault_source_o = td_tb_top.u_soc.i_soc_ctrl.fault_source_q;
  assign fault_core_o   = td_tb_top.u_soc.i_soc_ctrl.fault_core_q;
  assign fault_addr_o   = td_tb_top.u_soc.i_soc_ctrl.fault_addr_q;
  assign fault_pc_o     = td_tb_top.u_soc.i_soc_ctrl.fault_pc_q;

  td_timeline u_timeline (.clk_i(td_tb_top.clk_i));

  // The performance counters, read when the bench asks and not in every cycle (tb/env/counters.py has the order).
  localparam int PerCore = 6;
  export "DPI-C" function td_probe_counter;
  function automatic int td_probe_counter(int index);
    if (index < int'(NumCores * PerCore)) begin
      return td_tb_top.u_soc.i_cluster.i_control.counters_q[index/PerCore][index%PerCore];
    end
    unique case (index - int'(NumCores * PerCore))
      0, 1, 2: return td_tb_top.u_soc.i_cluster.i_control.redmule_q[2'(index-int'(NumCores*PerCore))];
      3:       return td_tb_top.u_soc.i_cluster.i_dma.i_regs.bytes_q;
      4:       return td_tb_top.u_soc.i_cluster.i_dma.i_regs.busy_cycles_q;
      5:       return td_tb_top.u_soc.i_hyperbus.i_regs.bytes_q;
      6:       return td_tb_top.u_soc.i_hyperbus.i_regs.busy_cycles_q;
      default: return 0;
    endcase
  endfunction

endmodule
