// SPDX-License-Identifier: Apache-2.0
// When transfers and jobs are committed and done, and when cores come to a barrier: told to C++ (probe.cpp) as events,
// not as cycles. Nothing here drives the design, and nothing runs but in the cycle of an event.
//
// Kinds: 0 cores come to a barrier (a bit a core) | 1 a barrier opens (a bit a core) | 2, 3 DMA | 4, 5 HyperBus | 6, 7
// RedMule: commit, done | 8 and on: just after 1, each counter of the cores, summed over the cores | 14, 15, 16: just
// after 2, 4, 6, the words of what was committed: source, destination and bytes; of RedMule X, W, Z, M, N, K.
module td_timeline (
  input logic clk_i
);
  import "DPI-C" function void td_timeline_event(
    input int unsigned kind,
    input int unsigned cycle,
    input int unsigned data
  );

  localparam int unsigned NumCores = td_platform_pkg::TD_NUM_CORES;
  localparam int unsigned NumCounters = 6;
  localparam int unsigned DmaWord = 14, HyperWord = 15, JobWord = 16;  // kinds

  logic [NumCores-1:0] come, open;
  logic [5:0]          engines;  // as kinds 2 to 7

  assign come = td_tb_top.u_soc.i_cluster.i_event_unit.barrier_wait &
                td_tb_top.u_soc.i_cluster.i_event_unit.shared &
                ~td_tb_top.u_soc.i_cluster.i_event_unit.shared_err;
  assign open = td_tb_top.u_soc.i_cluster.i_event_unit.barrier_done;
  assign engines = {
    td_tb_top.u_soc.i_cluster.i_redmule.done, td_tb_top.u_soc.i_cluster.i_redmule.i_regs.commit,
    td_tb_top.u_soc.i_hyperbus.job_done, td_tb_top.u_soc.i_hyperbus.i_regs.commit,
    |td_tb_top.u_soc.i_cluster.i_dma.evt_o, td_tb_top.u_soc.i_cluster.i_dma.commit
  };

  function automatic void tell_dma(int unsigned cycle, td_dma_pkg::transfer_t transfer);
    td_timeline_event(DmaWord, cycle, transfer.src.base);
    td_timeline_event(DmaWord, cycle, transfer.dst.base);
    td_timeline_event(DmaWord, cycle, transfer.size.len * transfer.size.rows * transfer.size.planes);
  endfunction

  function automatic void tell_job(int unsigned cycle, td_redmule_pkg::job_t job);
    td_timeline_event(JobWord, cycle, job.x_ptr);
    td_timeline_event(JobWord, cycle, job.w_ptr);
    td_timeline_event(JobWord, cycle, job.z_ptr);
    td_timeline_event(JobWord, cycle, 32'(job.m));
    td_timeline_event(JobWord, cycle, 32'(job.n));
    td_timeline_event(JobWord, cycle, 32'(job.k));
  endfunction

  always_ff @(posedge clk_i) begin
    if ({come, open, engines} != '0) begin : tell
      automatic int unsigned cycle, total;
      // Cycles as core 0 counts them: awake and asleep.
      cycle = td_tb_top.u_soc.i_cluster.i_control.counters_q[0][0] +
              td_tb_top.u_soc.i_cluster.i_control.counters_q[0][1];
      if (come != '0) td_timeline_event(0, cycle, 32'(come));
      for (int unsigned e = 0; e < 6; e++) if (engines[e]) td_timeline_event(2 + e, cycle, 0);
      if (engines[0]) tell_dma(cycle, td_tb_top.u_soc.i_cluster.i_dma.commit_transfer);
      if (engines[2]) begin
        if (td_tb_top.u_soc.i_hyperbus.i_regs.staging_q.dir.to_l3) begin
          td_timeline_event(HyperWord, cycle, td_tb_top.u_soc.i_hyperbus.i_regs.staging_q.l2_addr);
          td_timeline_event(HyperWord, cycle, td_tb_top.u_soc.i_hyperbus.i_regs.staging_q.l3_addr);
        end else begin
          td_timeline_event(HyperWord, cycle, td_tb_top.u_soc.i_hyperbus.i_regs.staging_q.l3_addr);
          td_timeline_event(HyperWord, cycle, td_tb_top.u_soc.i_hyperbus.i_regs.staging_q.l2_addr);
        end
        td_timeline_event(HyperWord, cycle, td_tb_top.u_soc.i_hyperbus.i_regs.staging_q.len);
      end
      if (engines[4]) tell_job(cycle, td_tb_top.u_soc.i_cluster.i_redmule.i_regs.open_job);
      if (open != '0) begin
        td_timeline_event(1, cycle, 32'(open));
        for (int unsigned k = 0; k < NumCounters; k++) begin
          total = 0;
          for (int unsigned c = 0; c < NumCores; c++)
            total = total + td_tb_top.u_soc.i_cluster.i_control.counters_q[c][k];
          td_timeline_event(8 + k, cycle, total);
        end
      end
    end
  end

endmodule
