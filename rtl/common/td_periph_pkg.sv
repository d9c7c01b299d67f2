// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// A register target's port. Beside these two it has periph_req_i and periph_gnt_o, which an access needs both of, and
// periph_rvalid_o, which brings the answer in the cycle after. The handshakes are signals of their own, so that no tool
// takes a path from an answer to the next request for a loop.
package td_periph_pkg;

  localparam int unsigned PeriphIdWidth = $clog2(td_platform_pkg::TD_NUM_CORES);

  // What is asked for, with periph_req_i.
  typedef struct packed {
    logic [11:0]              addr;   // byte offset
    logic                     we;
    logic [3:0]               be;
    logic [31:0]              wdata;
    logic [PeriphIdWidth-1:0] id;     // the core that asks
  } periph_a_t;

  // The answer, with periph_rvalid_o.
  typedef struct packed {
    logic [31:0] rdata;
    logic        err;
  } periph_r_t;

endpackage : td_periph_pkg
