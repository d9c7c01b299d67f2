// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Types and constants of the cluster: the targets of a core's data port and the event lines.
package td_cluster_pkg;

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

  // Event lines of the event unit.
  localparam int unsigned NumSwEvents = 8;
  localparam int unsigned EventDma = 8;
  localparam int unsigned EventRedmule = 9;
  localparam int unsigned EventHyper = 10;
  localparam int unsigned EventBarrier = 16;

  // Address of a data access -> target.
  function automatic target_e decode_target(logic [31:10] addr);
    if (addr[31:17] == 15'h0800) return TargetTcdm;  // 0x1000_0000, 128 KB
    if (addr[31:13] == 19'h08100) begin              // 0x1020_0000, 8 KB
      unique case (addr[12:10])
        3'd0: return TargetControl;
        3'd1: return TargetTimer;
        3'd2, 3'd3: return TargetEvent;
        3'd4: return TargetRedmule;
        3'd5: return TargetIcache;
        3'd6: return TargetDma;
        default: return TargetNone;
      endcase
    end
    if (addr[31:21] == 11'h0E0 || addr[31:16] == 16'h1A10) return TargetExt;  // L2 (2 MB), SoC peripherals
    return TargetNone;
  endfunction

endpackage
