// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Event unit: a private bus port a core, software events, barriers, and the events of DMA, RedMule and HyperBus.
//
// From the last arrival's grant to the response of all waiting cores it takes one cycle.
module td_event_unit
  import td_platform_pkg::*;
  import td_event_unit_reg_pkg::*;
#(
  parameter int unsigned NumCores = 8
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  // One bus target a core
  input  logic [NumCores-1:0]         req_i,
  output logic [NumCores-1:0]         gnt_o,
  input  logic [NumCores-1:0][9:0]    addr_i,
  input  logic [NumCores-1:0]         we_i,
  input  logic [NumCores-1:0][31:0]   wdata_i,
  output logic [NumCores-1:0]         rvalid_o,
  output logic [NumCores-1:0][31:0]   rdata_o,
  output logic [NumCores-1:0]         err_o,
  // Events, one-cycle pulses
  input  logic [NumCores-1:0]         dma_evt_i,
  input  logic [NumCores-1:0]         redmule_evt_i,
  input  logic                        hyper_evt_i,
  // Clocks
  input  logic [NumCores-1:0]         sleep_i,
  output logic [NumCores-1:0]         clk_en_o
);

  localparam int unsigned NumSwEvents   = TD_EVENT_UNIT_SW_EVENT_COUNT;
  localparam int unsigned NumBarriers   = TD_EVENT_UNIT_BARRIER_COUNT;
  localparam int unsigned BarrierStride = TD_EVENT_UNIT_BARRIER_STRIDE;
  localparam logic [11:0] SwEventBase   = TD_EVENT_UNIT_SW_EVENT_OFFSET;
  localparam logic [11:0] SwEventEnd    = SwEventBase + 12'(NumSwEvents * TD_EVENT_UNIT_SW_EVENT_STRIDE);
  localparam logic [11:0] BarrierBase   = TD_EVENT_UNIT_BARRIER_MASK_OFFSET;
  localparam logic [11:0] BarrierEnd    = BarrierBase + 12'(NumBarriers * BarrierStride);
  typedef logic [NumCores-1:0] cores_t;

  // Access of a core to the shared registers, decoded.
  cores_t       shared, shared_err, barrier_wait, barrier_clear;
  logic [31:0]  shared_rdata[NumCores];
  logic [31:0]  events[NumCores];

  cores_t       mask_d[NumBarriers], mask_q[NumBarriers];      // cores that take part
  cores_t       status_d[NumBarriers], status_q[NumBarriers];  // cores that have arrived
  cores_t       sw_events[NumSwEvents];
  cores_t       barrier_done;

  logic [11:0]                    barrier_at[NumCores];
  logic [$clog2(NumBarriers)-1:0] barrier   [NumCores];
  logic [$clog2(NumSwEvents)-1:0] sw_event  [NumCores];

  function automatic cores_t all_if_none(logic [31:0] cores, cores_t other);
    return (cores == '0) ? other : cores_t'(cores);
  endfunction

  for (genvar c = 0; c < NumCores; c++) begin : gen_core
    td_event_core i_core (
      .clk_i,
      .rst_ni,
      .req_i               (req_i[c]),
      .gnt_o               (gnt_o[c]),
      .addr_i              (addr_i[c]),
      .we_i                (we_i[c]),
      .wdata_i             (wdata_i[c]),
      .rvalid_o            (rvalid_o[c]),
      .rdata_o             (rdata_o[c]),
      .err_o               (err_o[c]),
      .shared_o            (shared[c]),
      .shared_rdata_i      (shared_rdata[c]),
      .shared_err_i        (shared_err[c]),
      .barrier_wait_i      (barrier_wait[c]),
      .barrier_wait_clear_i(barrier_clear[c]),
      .events_i            (events[c]),
      .sleep_i             (sleep_i[c]),
      .clk_en_o            (clk_en_o[c])
    );

    always_comb begin
      events[c] = '0;
      for (int unsigned s = 0; s < NumSwEvents; s++) events[c][s] = sw_events[s][c];
      events[c][TD_EVENT_DMA]      = dma_evt_i[c];
      events[c][TD_EVENT_REDMULE]  = redmule_evt_i[c];
      events[c][TD_EVENT_HYPERBUS] = hyper_evt_i;
      events[c][TD_EVENT_BARRIER]  = barrier_done[c];
    end

    // The barrier of an address, and which of barrier 0's registers it would be; the software event of an address.
    assign barrier[c]    = addr_i[c][$clog2(BarrierStride)+:$clog2(NumBarriers)];
    assign barrier_at[c] = BarrierBase + 12'({addr_i[c][$clog2(BarrierStride)-1:2], 2'b00});
    assign sw_event[c]   = addr_i[c][$clog2(TD_EVENT_UNIT_SW_EVENT_STRIDE)+:$clog2(NumSwEvents)];

    // What a read of a shared register returns, and whether it waits. Depends on the address alone.
    always_comb begin
      shared_rdata[c]  = '0;
      shared_err[c]    = 1'b0;
      barrier_wait[c]  = 1'b0;
      barrier_clear[c] = 1'b0;
      if (req_i[c]) begin
        if (12'(addr_i[c]) >= BarrierBase && 12'(addr_i[c]) < BarrierEnd) begin
          unique case (barrier_at[c])
            TD_EVENT_UNIT_BARRIER_MASK_OFFSET:    shared_rdata[c] = 32'(mask_q[barrier[c]]);
            TD_EVENT_UNIT_BARRIER_STATUS_OFFSET: begin
              shared_rdata[c] = 32'(status_q[barrier[c]]);
              shared_err[c]   = we_i[c];
            end
            TD_EVENT_UNIT_BARRIER_TRIGGER_OFFSET: shared_rdata[c] = '0;
            TD_EVENT_UNIT_BARRIER_TRIGGER_WAIT_OFFSET, TD_EVENT_UNIT_BARRIER_TRIGGER_WAIT_CLEAR_OFFSET: begin
              barrier_wait[c]  = !we_i[c];
              barrier_clear[c] = !we_i[c] && barrier_at[c] == TD_EVENT_UNIT_BARRIER_TRIGGER_WAIT_CLEAR_OFFSET;
              shared_err[c]    = we_i[c];
            end
            default: shared_err[c] = 1'b1;
          endcase
        end else begin
          shared_err[c] = 12'(addr_i[c]) < SwEventBase || 12'(addr_i[c]) >= SwEventEnd;
        end
      end
    end
  end

  // What the accesses of this cycle do to the shared state.
  always_comb begin
    mask_d    = mask_q;
    status_d  = status_q;
    sw_events = '{default: '0};
    for (int unsigned c = 0; c < NumCores; c++) begin
      if (shared[c] && !shared_err[c]) begin
        if (12'(addr_i[c]) >= BarrierBase) begin
          if (barrier_wait[c]) begin
            status_d[barrier[c]][c] = 1'b1;
          end else if (we_i[c]) begin
            if (barrier_at[c] == TD_EVENT_UNIT_BARRIER_MASK_OFFSET) mask_d[barrier[c]] = cores_t'(wdata_i[c]);
            else status_d[barrier[c]] |= all_if_none(wdata_i[c], cores_t'(1) << c);
          end
        end else if (we_i[c]) begin
          sw_events[sw_event[c]] |= all_if_none(wdata_i[c], '1);
        end
      end
    end
    barrier_done = '0;
    for (int unsigned b = 0; b < NumBarriers; b++) begin
      if (mask_q[b] != '0 && (status_d[b] & mask_q[b]) == mask_q[b]) begin
        barrier_done |= mask_q[b];
        status_d[b] &= ~mask_q[b];
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mask_q   <= '{default: cores_t'(TD_EVENT_UNIT_BARRIER_MASK_RESET)};
      status_q <= '{default: '0};
    end else if (shared != '0 || barrier_done != '0) begin
      mask_q   <= mask_d;
      status_q <= status_d;
    end
  end

endmodule
