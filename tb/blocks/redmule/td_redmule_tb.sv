// SPDX-License-Identifier: Apache-2.0
// Bench of RedMule alone: a script of register accesses in host memory drives it, so that no Python runs per cycle.
//
// A command is four words {opcode | core << 8, a, b, result}; the bench fills in the result:
//   0 end | 1 write b to register a (result: cycle) | 2 read register a (result: data)
//   3 acquire: read ACQUIRE until it grants (result: identifier)
//   4 wait until a events have been seen since the script began, at most b cycles (result: cycle of the last event, or
//     0xFFFFFFFF) | 5 wait a cycles
//   6 memory: no grant with probability a/256; latency b[3:0] (1 to 8), or random up to it if b[4]; if b[5] a fixed
//     pattern instead: a[15:8] cycles with and a[7:0] without grants in turn, or for b[6] each new beat waits a[7:0]
//   7 wait until a beats were granted since the script began, at most b cycles | 8 result: events of core
//   9 wait until the engine is idle and the port quiet, at most b cycles (result: beats granted)
//   10 write b to register word[23:12] in the first cycle whose state (td_redmule_observer's code) equals a[8:0] in the
//     bits of a[17:9], and in the next cycle too if a[18]; if 2500 cycles bring no such state, after them,
//     or never if a[19] and the engine is idle before
//   11 acquire, the first read as by 10 | 12 as 10, but a read
// Memory answers in order; a beat reads or writes when it is granted.
module td_redmule_tb #(
  parameter int unsigned Height   = 4,
  parameter int unsigned Rows     = 12,
  parameter int unsigned PipeRegs = 3,
  parameter int unsigned Format   = 4,  // ARITH.fmt: 4 FP32, 1 FP16
  parameter int unsigned NumCores = 8
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic go_i,
  output logic done_o
);
  import td_redmule_reg_pkg::*;

  localparam fpnew_pkg::fp_format_e FpFormat = (Format == 4) ? fpnew_pkg::FP32 : fpnew_pkg::FP16;
  localparam int unsigned DataWidth = Height * (PipeRegs + 1) * fpnew_pkg::fp_width(FpFormat) + 32;
  localparam int unsigned Depth = 32;

  import "DPI-C" function void redmule_beat(input int bytes, input int unsigned addr, input byte unsigned we,
                                            input bit [DataWidth/8-1:0] be, input bit [DataWidth-1:0] wdata,
                                            output bit [DataWidth-1:0] rdata);
  import "DPI-C" function int unsigned redmule_origin();
  import "DPI-C" function int unsigned redmule_script_read(input int unsigned index);
  import "DPI-C" function void redmule_script_write(input int unsigned index, input int unsigned data);

  logic                   periph_req, periph_gnt, periph_we, periph_rvalid, periph_err;
  logic [11:0]            periph_addr;
  logic [31:0]            periph_wdata, periph_rdata;
  logic [2:0]             periph_id;
  logic                   req, gnt, we, rvalid, busy;
  logic [31:0]            addr;
  logic [DataWidth/8-1:0] be;
  logic [DataWidth-1:0]   wdata, rdata;
  logic [NumCores-1:0]    evt;

  td_redmule #(
    .Height(Height), .Rows(Rows), .PipeRegs(PipeRegs), .FpFormat(FpFormat), .NumCores(NumCores)
  ) i_dut (
    .clk_i, .rst_ni,
    .periph_req_i(periph_req), .periph_gnt_o(periph_gnt),
    .periph_a_i('{addr: periph_addr, we: periph_we, be: 4'hf, wdata: periph_wdata, id: periph_id}),
    .periph_rvalid_o(periph_rvalid), .periph_r_o({periph_rdata, periph_err}),
    .tcdm_req_o(req), .tcdm_gnt_i(gnt), .tcdm_addr_o(addr), .tcdm_we_o(we), .tcdm_be_o(be), .tcdm_wdata_o(wdata),
    .tcdm_rvalid_i(rvalid), .tcdm_rdata_i(rdata),
    .evt_o(evt), .busy_o(busy)
  );

  a_engine_sleeps_without_a_job : assert property (@(posedge i_dut.clk_engine) disable iff (!rst_ni) i_dut.active)
  else $error("%m: the engine's clock runs without a job");

  // Memory
  int unsigned          origin_q;  // its first address
  int unsigned          cycle_q, stall_q, latency_q, beats_q, head_q, tail_q, ready_at_q, events_q, last_event_q;
  int unsigned          core_events_q[NumCores];
  logic                 random_latency_q, pattern_q, each_beat_q;
  int unsigned          phase_q, waited_q;  // of the pattern; cycles that this beat has waited
  logic [31:0]          lfsr_q;
  bit [DataWidth-1:0]   data_q[Depth];
  int unsigned          ready_q[Depth];
  always_comb begin
    if (!pattern_q) gnt = req && lfsr_q[7:0] >= 8'(stall_q);
    else if (each_beat_q) gnt = req && waited_q >= 32'(stall_q[7:0]);
    else gnt = req && phase_q < 32'(stall_q[15:8]);
  end

  function automatic int unsigned ready_cycle();
    int unsigned wanted = cycle_q + (random_latency_q ? 1 + (lfsr_q[15:8] % latency_q) : latency_q);
    return (wanted > ready_at_q) ? wanted : ready_at_q + 1;
  endfunction

  logic head_ready;  // the response of the next cycle
  assign head_ready = head_q != tail_q && ready_q[head_q % Depth] <= cycle_q + 1;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {beats_q, head_q, tail_q, ready_at_q} <= '0;
      origin_q <= '0;
      lfsr_q <= 32'hC001_CAFE;
      rvalid <= 1'b0;
      {phase_q, waited_q} <= '0;
    end else begin
      automatic bit [DataWidth-1:0] fresh;
      automatic int unsigned ready = ready_cycle();
      if (go_i) origin_q <= redmule_origin();
      lfsr_q <= (lfsr_q << 1) ^ (lfsr_q[31] ? 32'h04C1_1DB7 : 32'h0) ^ {31'b0, lfsr_q[5] ^ lfsr_q[19]};
      phase_q  <= (phase_q + 1 >= 32'(stall_q[15:8]) + 32'(stall_q[7:0])) ? 0 : phase_q + 1;
      waited_q <= (req && !gnt) ? waited_q + 1 : 0;
      rvalid <= 1'b0;
      rdata  <= {DataWidth / 8{8'h5A}};
      if (gnt) begin
        redmule_beat(int'(DataWidth / 8), addr, {7'b0, we}, be, wdata, fresh);
        beats_q <= beats_q + 1;
        if (!we) begin
          ready_at_q <= ready;
          if (head_q == tail_q && ready <= cycle_q + 1) begin
            rvalid <= 1'b1;
            rdata  <= fresh;
          end else begin
            data_q[tail_q % Depth]  <= fresh;
            ready_q[tail_q % Depth] <= ready;
            tail_q                  <= tail_q + 1;
          end
        end
      end
      if (head_ready) begin
        rvalid <= 1'b1;
        rdata  <= data_q[head_q % Depth];
        head_q <= head_q + 1;
      end
    end
  end

  // Script
  typedef enum logic [2:0] {Idle, Fetch, Access, Wait, Strike, Again} state_e;
  state_e      state_q;
  int unsigned pc_q, patience_q, first_beat_q;
  logic [7:0]  opcode_q;
  logic [31:0] a_q, b_q;
  logic        satisfied;
  logic        strikes;
  assign strikes    = state_q == Strike && (i_dut.i_observer.code & a_q[17:9]) == a_q[8:0];
  assign periph_req = state_q == Access || state_q == Again || strikes;
  assign done_o     = state_q == Idle;
  always_comb begin
    unique case (opcode_q)
      8'd4:    satisfied = events_q >= a_q;
      8'd7:    satisfied = beats_q - first_beat_q >= a_q;
      8'd9:    satisfied = !busy && !req && head_q == tail_q && !rvalid;
      default: satisfied = 1'b1;
    endcase
  end

  task automatic finish(input logic [31:0] result);
    redmule_script_write(pc_q + 3, result);
    pc_q    <= pc_q + 4;
    state_q <= Fetch;
  endtask

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q          <= Idle;
      {cycle_q, events_q, last_event_q, stall_q, pc_q, patience_q, first_beat_q} <= '0;
      core_events_q    <= '{default: '0};
      latency_q        <= 1;
      {random_latency_q, pattern_q, each_beat_q} <= '0;
      {opcode_q, a_q, b_q, periph_we, periph_addr, periph_wdata, periph_id} <= '0;
    end else begin
      cycle_q <= cycle_q + 1;
      if (|evt) begin
        events_q     <= events_q + unsigned'($countones(evt));
        last_event_q <= cycle_q;
        for (int unsigned i = 0; i < NumCores; i++) core_events_q[i] <= core_events_q[i] + 32'(evt[i]);
      end
      unique case (state_q)
        Idle: begin
          if (go_i) begin
            state_q       <= Fetch;
            pc_q          <= 0;
            events_q      <= 0;
            core_events_q <= '{default: '0};
            first_beat_q  <= beats_q;
          end
        end
        Fetch: begin
          automatic logic [31:0] word = redmule_script_read(pc_q);
          automatic logic [31:0] a = redmule_script_read(pc_q + 1), b = redmule_script_read(pc_q + 2);
          opcode_q    <= word[7:0];
          a_q         <= a;
          b_q         <= b;
          periph_we   <= word[7:0] == 8'd1;
          periph_addr <= (word[7:0] == 8'd3) ? TD_REDMULE_ACQUIRE_OFFSET : a[11:0];
          periph_wdata <= b;
          periph_id   <= word[10:8];
          patience_q  <= (word[7:0] == 8'd5) ? a : b;
          unique case (word[7:0])
            8'd0:             state_q <= Idle;
            8'd1, 8'd2, 8'd3: state_q <= Access;
            8'd6: begin
              stall_q          <= a;
              latency_q        <= 32'(b[3:0]);
              random_latency_q <= b[4];
              pattern_q        <= b[5];
              each_beat_q      <= b[6];
              finish(cycle_q);
            end
            8'd8:    finish(core_events_q[word[10:8]]);
            8'd10, 8'd11, 8'd12: begin
              state_q      <= Strike;
              periph_we    <= word[7:0] == 8'd10;
              periph_addr  <= word[23:12];
              patience_q   <= 2500;
            end
            default: state_q <= Wait;
          endcase
        end
        Access: begin
          if (periph_gnt) begin
            state_q <= Wait;
            if (opcode_q == 8'd1) finish(cycle_q);
          end
        end
        Strike: begin
          patience_q <= patience_q - 1;
          if (a_q[19] && !busy && !strikes) begin
            finish(32'hFFFF_FFFF);
          end else if (opcode_q == 8'd11) begin
            if (strikes) state_q <= Wait;
            else if (patience_q == 0) state_q <= Access;
          end else if (strikes ? a_q[18] : patience_q == 0) begin
            state_q <= Again;
          end else if (strikes) begin
            finish(cycle_q);
          end
        end
        Again:  finish(cycle_q);
        Wait: begin
          patience_q <= patience_q - 1;
          unique case (opcode_q)
            8'd2: if (periph_rvalid) finish(periph_err ? 32'hDEAD_BEEF : periph_rdata);
            8'd3, 8'd11: begin
              if (periph_rvalid) begin
                if (periph_rdata[31]) state_q <= Access;
                else finish(periph_rdata);
              end
            end
            8'd5: if (patience_q == 0) finish(cycle_q);
            default: begin
              if (satisfied) finish(opcode_q == 8'd9 ? beats_q - first_beat_q : last_event_q);
              else if (patience_q == 0) finish(32'hFFFF_FFFF);
            end
          endcase
        end
        default: state_q <= Idle;
      endcase
    end
  end

endmodule

bind td_redmule td_redmule_port_checker #(
  .DataWidth(DataWidth), .ElemBytes(ElemWidth / 8)
) i_port_checker (
  .clk_i, .rst_ni,
  .busy_i(busy_o), .event_i(|evt_o), .req_i(tcdm_req_o), .gnt_i(tcdm_gnt_i), .addr_i(tcdm_addr_o), .we_i(tcdm_we_o),
  .origin_i(td_redmule_tb.origin_q), .be_i(tcdm_be_o), .wdata_i(tcdm_wdata_o), .rvalid_i(tcdm_rvalid_i),
  .taken_i($onehot({i_datapath.i_x_buffer.write_i, i_datapath.i_w_buffer.write_i, i_datapath.i_y_buffer.write_i}))
);

bind td_redmule td_redmule_observer i_observer (
  .clk_i, .rst_ni,
  .clear_i(clear), .job_valid_i(job_valid), .running_i(i_control.running_q), .storing_i(i_control.storing_q),
  .ahead_i(i_control.ahead_q), .clearing_i(i_control.clearing_q),
  .ending_i(i_control.running_q && i_control.storing_q && !i_control.store_busy_i && !i_control.clearing_q),
  .evt_i(8'(evt_o)),
  .acquire_i(i_regs.acquire), .granted_i(i_regs.granted), .open_i(i_regs.open_q), .trigger_i(i_regs.trigger),
  .go_i(i_regs.go_now), .jobs_i(i_regs.waiting_q), .started_i(i_regs.started_q),
  .chosen_i(i_datapath.i_streamer.chosen), .choice_i(i_datapath.i_streamer.choice),
  .req_i(tcdm_req_o), .gnt_i(tcdm_gnt_i), .we_i(tcdm_we_o), .reads_i(8'(i_datapath.i_streamer.count_q)),
  .oldest_i(i_datapath.i_streamer.response_tag_o.stream)
);
