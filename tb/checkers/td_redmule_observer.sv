// SPDX-License-Identifier: Apache-2.0
// What happens inside RedMule, for the bench's coverage: bound to td_redmule, tells C++ of events, not of cycles.
//
// Points: 0 soft clear, by what is under way | 1 commit | 2 read of ACQUIRE | 3 change of phase | 4 write to TRIGGER |
// 5 event to core | 6 soft clear in the cycle in which a job would end | 7 what is under way when a job begins.
module td_redmule_observer
  import td_redmule_pkg::*;
(
  input logic       clk_i,
  input logic       rst_ni,
  input logic       clear_i,
  input logic       job_valid_i,
  input logic       running_i,
  input logic       storing_i,
  input logic       ahead_i,
  input logic       clearing_i,
  input logic       ending_i,     // the last result is stored (a soft clear in this cycle prevents done_i)
  input logic [7:0] evt_i,
  input logic       acquire_i,
  input logic       granted_i,
  input logic       open_i,
  input logic       trigger_i,
  input logic       go_i,
  input logic [1:0] jobs_i,       // committed and not done, by context
  input logic [1:0] started_i,
  input logic       chosen_i,     // the streamer has chosen a beat, of stream choice_i
  input stream_e    choice_i,
  input logic       req_i,
  input logic       gnt_i,
  input logic       we_i,
  input logic [7:0] reads_i,      // chosen and not answered
  input stream_e    oldest_i      // of which the oldest is for
);
  import "DPI-C" function void redmule_hit(input int unsigned point, input int unsigned bin);

  typedef enum logic [2:0] {Idle, Starting, Begin, Storing, Ahead, Clearing, Impossible} phase_e;
  phase_e phase, phase_q;
  always_comb begin
    if (clearing_i) phase = Clearing;
    else if (!running_i) phase = (storing_i || ahead_i) ? Impossible : job_valid_i ? Starting : Idle;
    else if (!storing_i) phase = ahead_i ? Impossible : Begin;
    else phase = ahead_i ? Ahead : Storing;
  end

  stream_e    kind_q;
  logic [2:0] waiting;  // 0, or 1 + the stream whose beat waits for its grant
  logic [1:0] due;      // 0, or 1 + the stream (X, W, Y) whose response is the next
  assign waiting = (req_i && !gnt_i) ? 3'd1 + 3'(kind_q) : 3'd0;
  assign due     = (reads_i > 8'(req_i && !we_i)) ? 2'd1 + 2'(oldest_i) : 2'd0;

  logic [8:0] code;  // what an access meets
  assign code = {ending_i, phase, waiting, due};

  logic [1:0] jobs, held;
  assign jobs = 2'(jobs_i[0]) + 2'(jobs_i[1]);
  assign held = 2'($countones(jobs_i & ~started_i));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      kind_q  <= StreamX;
      phase_q <= Idle;
    end else begin
      if (chosen_i) kind_q <= choice_i;
      phase_q <= phase;
      if (clear_i) redmule_hit(0, 32'(code[7:0]));
      if (clear_i) redmule_hit(6, 32'(ending_i));
      if (phase == Begin) redmule_hit(7, 32'(code[4:0]));
      for (int unsigned i = 0; i < 8; i++) if (evt_i[i]) redmule_hit(5, i);
      if (trigger_i && open_i) redmule_hit(1, 32'({phase, jobs, ending_i}));
      if (acquire_i) redmule_hit(2, 32'({phase, jobs, granted_i, open_i, ending_i}));
      if (phase != phase_q) redmule_hit(3, 32'({phase_q, phase}));
      if (trigger_i) redmule_hit(4, 32'({open_i, go_i, held}));
    end
  end

endmodule
