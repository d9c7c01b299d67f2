// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Types and constants of the cluster: the targets of a core's data port.
package td_cluster_pkg;

  import td_platform_pkg::*;

  // Targets of a core's data port. Each is a separate ordering domain (see td_obi_demux).
  typedef enum logic [3:0] {
    TargetTcdm    = 4'd0,
    TargetEvent   = 4'd1,
    TargetControl = 4'd2,
    TargetTimer   = 4'd3,
    TargetRedmule = 4'd4,
    TargetIcache  = 4'd5,
    TargetDma     = 4'd6,
    TargetExt     = 4'd7,
    TargetNone    = 4'd8
  } target_e;
  localparam int unsigned NumTargets = 8;
  localparam int unsigned FirstPeriph = 32'(TargetControl);
  localparam int unsigned NumPeriphs = 32'(TargetDma) - FirstPeriph + 1;

  // Address of a data access -> target.
  function automatic target_e decode_target(logic [31:0] addr);
    if (td_in_region(addr, TD_TCDM_BASE, TD_TCDM_SIZE)) return TargetTcdm;
    if (td_in_region(addr, TD_CLUSTER_CONTROL_BASE, TD_CLUSTER_CONTROL_SIZE)) return TargetControl;
    if (td_in_region(addr, TD_TIMER_BASE, TD_TIMER_SIZE)) return TargetTimer;
    if (td_in_region(addr, TD_EVENT_UNIT_BASE, TD_EVENT_UNIT_SIZE)) return TargetEvent;
    if (td_in_region(addr, TD_REDMULE_BASE, TD_REDMULE_SIZE)) return TargetRedmule;
    if (td_in_region(addr, TD_ICACHE_BASE, TD_ICACHE_SIZE)) return TargetIcache;
    if (td_in_region(addr, TD_DMA_BASE, TD_DMA_SIZE)) return TargetDma;
    if (td_in_region(addr, TD_L2_BASE, TD_L2_SIZE)) return TargetExt;
    if (td_in_region(addr, TD_SOC_PERIPHERALS_BASE, TD_SOC_PERIPHERALS_SIZE)) return TargetExt;
    return TargetNone;
  endfunction

endpackage
