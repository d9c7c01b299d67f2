// SPDX-License-Identifier: Apache-2.0
// Bench of td_icache: eight fetch agents that check every instruction against host memory, L2 with random stalls.
//
// mode_i: 0 quiet; 1 sequential runs and random jumps within span_i bytes from base_i, with pauses; 2 as 1 without
// pauses or jumps, wrapping at span_i: a loop. Words outside L2 must read 0.
module td_icache_bench #(
  parameter int unsigned NumCores = 8
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              req_i,
  output logic              gnt_o,
  input  logic [11:0]       addr_i,
  input  logic              we_i,
  input  logic [31:0]       wdata_i,
  output logic              rvalid_o,
  output logic [31:0]       rdata_o,
  output logic              err_o,
  input  logic [6:0]        stall_i,
  input  logic [6:0]        delay_i,
  input  logic [1:0]        mode_i,
  input  logic [7:0]        active_i,       // which agents take part
  input  logic [31:0]       base_i,
  input  logic [31:0]       span_i,
  input  logic [31:0]       fetch_limit_i,  // agents stop after this many
  output logic              done_o,         // all active agents have stopped
  output logic [31:0]       cycles_o,       // while not done
  output logic [31:0]       faults_o,
  output logic [31:0]       fault_addr_o,
  output logic [31:0]       mismatches_o,
  // Since reset, counted outside the cache: reads of L2, lines that arrived at L0s, cycles with an answer of a bank (two
  // banks: two), cycles in which a core's fetch was not granted.
  output logic [31:0]       reads_o,
  output logic [31:0]       lines_o,
  output logic [31:0]       answers_o,
  output logic [NumCores-1:0][31:0] stalls_o,
  // Functional coverage since reset, one bit a bin; test_icache.py has the names.
  output logic [4:0]        l0_kind_o,
  output logic [7:0]        l0_word_o,
  output logic [31:0]       l0_index_o,
  output logic [1:0][12:0]  bank_o,
  output logic [7:0]        served_o,
  output logic [4:0]        together_o,
  output logic [9:0]        flush_o,
  output logic [1:0]        error_o,
  output logic [3:0]        l2_o
);

  import "DPI-C" function int unsigned td_host_read32(input int region, input int unsigned index);
  localparam logic [31:0] L2Base  = td_platform_pkg::TD_L2_BASE;
  localparam int unsigned L2Bytes = td_platform_pkg::TD_L2_SIZE;

  logic [NumCores-1:0]       instr_req, instr_gnt, instr_rvalid, stopped;
  logic [NumCores-1:0][31:0] instr_addr, instr_rdata;
  logic                      l2_req, l2_gnt, l2_rvalid, l2_err, fault;
  logic [31:0]               l2_addr, fault_addr;
  logic [63:0]               l2_rdata;
  logic [31:0]               wrong[NumCores];

  td_icache #(.NumCores(NumCores)) i_dut (
    .clk_i,
    .rst_ni,
    .instr_req_i    (instr_req),
    .instr_gnt_o    (instr_gnt),
    .instr_addr_i   (instr_addr),
    .instr_rvalid_o (instr_rvalid),
    .instr_rdata_o  (instr_rdata),
    .periph_req_i   (req_i),
    .periph_gnt_o   (gnt_o),
    .periph_a_i     ('{addr: addr_i, we: we_i, be: 4'hF, wdata: wdata_i, id: '0}),
    .periph_rvalid_o(rvalid_o),
    .periph_r_o     ({rdata_o, err_o}),
    .l2_req_o       (l2_req),
    .l2_gnt_i       (l2_gnt),
    .l2_addr_o      (l2_addr),
    .l2_rvalid_i    (l2_rvalid),
    .l2_rdata_i     (l2_rdata),
    .l2_err_i       (l2_err),
    .fault_valid_o  (fault),
    .fault_addr_o   (fault_addr)
  );

  td_stall_memory #(.DataWidth(64), .HostRegion(1), .Base(L2Base), .Bytes(L2Bytes), .Latency(4)) i_l2 (
    .clk_i,
    .rst_ni,
    .stall_i,
    .delay_i,
    .req_i   (l2_req),
    .gnt_o   (l2_gnt),
    .addr_i  (l2_addr),
    .we_i    (1'b0),
    .be_i    (8'h0),
    .wdata_i (64'h0),
    .rvalid_o(l2_rvalid),
    .rdata_o (l2_rdata),
    .err_o   (l2_err)
  );

  for (genvar c = 0; c < NumCores; c++) begin : gen_agent
    logic [31:0] next_q, expected_q, count_q, wrong_q;
    logic        req_q, waiting_q;

    assign instr_req[c]  = req_q;
    assign instr_addr[c] = next_q;
    assign stopped[c]    = !active_i[c] || (count_q >= fetch_limit_i && !req_q && !waiting_q);
    assign wrong[c]      = wrong_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        req_q     <= 1'b0;
        waiting_q <= 1'b0;
        count_q   <= '0;
        wrong_q   <= '0;
      end else if (mode_i == 0 || !active_i[c]) begin
        count_q <= '0;
        next_q  <= base_i;
      end else begin
        automatic logic [31:0] after  = next_q;
        automatic logic [31:0] issued = count_q;
        if (req_q && instr_gnt[c]) begin
          issued     = count_q + 1;
          expected_q <= next_q - L2Base < L2Bytes ? td_host_read32(1, (next_q - L2Base) >> 2) : 32'h0;
          after = next_q + 4;
          if (after >= base_i + span_i) after = base_i;
          if (mode_i == 1 && $urandom_range(9) == 0) after = base_i + ($urandom_range(span_i - 4) & ~32'h3);
          next_q <= after;
        end
        count_q   <= issued;
        waiting_q <= req_q && instr_gnt[c];
        if (!req_q || instr_gnt[c]) req_q <= issued < fetch_limit_i && (mode_i != 1 || $urandom_range(4) != 0);
        if (waiting_q != instr_rvalid[c]) $error("core %0d: response without or a cycle off its grant", c);
        if (instr_rvalid[c] && instr_rdata[c] != expected_q) begin
          wrong_q <= wrong_q + 1;
        end
      end
    end
  end

  assign done_o = &stopped;

  // ---- Functional coverage. ----
  logic [NumCores-1:0][4:0]  core_kind;
  logic [NumCores-1:0][7:0]  core_word;
  logic [NumCores-1:0][31:0] core_index;
  logic [NumCores-1:0]       core_pending, core_demand, core_line_valid;
  logic [NumCores-1:0][1:0]  core_error;

  for (genvar c = 0; c < NumCores; c++) begin : gen_core_coverage
    wire [31:0] at      = instr_addr[c];
    wire        pending = i_dut.gen_core[c].i_l0.pending_q;
    wire        demand  = i_dut.gen_core[c].i_l0.demand_q;
    wire        same    = i_dut.gen_core[c].i_l0.pending_line_q == at[31:4];
    wire        hit     = i_dut.gen_core[c].i_l0.hit;
    wire        miss    = i_dut.gen_core[c].i_l0.demand_miss;
    assign core_kind[c] = {
      instr_req[c] && !hit && pending && !demand && !same, instr_req[c] && !hit && pending && !demand && same,
      i_dut.gen_core[c].i_l0.prefetch_miss, miss, hit
    };
    assign core_word[c]       = {4'(miss) << at[3:2], 4'(hit) << at[3:2]};
    assign core_index[c]      = 32'(hit) << at[8:4];
    assign core_pending[c]    = pending;
    assign core_demand[c]     = demand;
    assign core_line_valid[c] = i_dut.line_valid[c];
    assign core_error[c]      = {2{i_dut.line_valid[c] && i_dut.line_err[c]}} & {!demand, demand};
  end

  logic [1:0][12:0]              bank_now;
  logic [1:0]                    bank_hit, bank_miss, bank_fill, bank_rivals, bank_sharers;
  logic [1:0][$clog2(NumCores+1)-1:0] bank_served;

  for (genvar b = 0; b < 2; b++) begin : gen_bank_coverage
    wire       hit      = i_dut.gen_bank[b].i_bank.hit;
    wire       miss     = i_dut.gen_bank[b].i_bank.miss_o;
    wire       way      = i_dut.gen_bank[b].i_bank.way;
    wire       victim   = i_dut.gen_bank[b].i_bank.victim;
    wire       filling  = i_dut.gen_bank[b].i_bank.filling;
    wire       lookup   = i_dut.gen_bank[b].i_bank.lookup;
    wire       replaces = i_dut.gen_bank[b].i_bank.valid_q[victim][i_dut.gen_bank[b].i_bank.index];
    wire [1:0] part     = i_dut.gen_bank[b].i_bank.line[5:4];
    wire [NumCores-1:0] waiting = i_dut.gen_bank[b].i_bank.waiting;
    wire [NumCores-1:0] granted = i_dut.gen_bank[b].i_bank.granted;
    assign bank_now[b] = {
      i_dut.gen_bank[b].i_bank.array_we && waiting != '0, 4'(miss) << part, lookup && filling && !hit, hit && filling,
      miss && victim && replaces, miss && !victim && replaces,
      miss && victim && !replaces, miss && !victim && !replaces,
      hit && way, hit && !way
    };
    assign bank_hit[b]     = hit;
    assign bank_miss[b]    = miss;
    assign bank_fill[b]    = i_dut.gen_bank[b].i_bank.fill_q;
    assign bank_served[b]  = $bits(bank_served[b])'($countones(granted));
    assign bank_rivals[b]  = hit && (waiting & ~granted) != '0;
    assign bank_sharers[b] = $countones(granted) > 1;
  end

  wire flush = i_dut.flush_q;

  logic [4:0]  any_kind;
  logic [7:0]  any_word;
  logic [31:0] any_index;
  logic [1:0]  any_error;
  always_comb begin
    {any_kind, any_word, any_index, any_error} = '0;
    for (int unsigned c = 0; c < NumCores; c++) begin
      any_kind  |= core_kind[c];
      any_word  |= core_word[c];
      any_index |= core_index[c];
      any_error |= core_error[c];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {l0_kind_o, l0_word_o, l0_index_o, bank_o, served_o, together_o, flush_o, error_o, l2_o} <= '0;
    end else begin
      l0_kind_o  <= l0_kind_o | any_kind;
      l0_word_o  <= l0_word_o | any_word;
      l0_index_o <= l0_index_o | any_index;
      error_o    <= error_o | any_error;
      for (int unsigned b = 0; b < 2; b++) begin
        bank_o[b] <= bank_o[b] | bank_now[b];
        if (bank_served[b] != '0) served_o[3'(bank_served[b]-1)] <= 1'b1;
      end
      together_o <= together_o | {l2_req && i_dut.owner != i_dut.owner_q, bank_sharers != '0, bank_rivals != '0,
                                  &bank_fill, &bank_hit};
      if (flush) begin
        flush_o <= flush_o | {
          bank_miss != '0, core_line_valid != '0, bank_hit != '0, i_dut.l0_miss != '0, (instr_req & instr_gnt) != '0,
          bank_fill, (core_pending & ~core_demand) != '0, (core_pending & core_demand) != '0,
          core_pending == '0 && bank_fill == '0
        };
      end
      l2_o <= l2_o | {l2_rvalid, l2_req && l2_gnt && l2_rvalid, l2_req && !l2_gnt, l2_req && l2_gnt};
    end
  end

  always_comb begin
    mismatches_o = '0;
    for (int unsigned c = 0; c < NumCores; c++) mismatches_o += wrong[c];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycles_o  <= '0;
      faults_o  <= '0;
      reads_o   <= '0;
      lines_o   <= '0;
      answers_o <= '0;
      stalls_o  <= '0;
    end else begin
      reads_o   <= reads_o + 32'(l2_req && l2_gnt);
      lines_o   <= lines_o + 32'($countones(i_dut.line_valid));
      answers_o <= answers_o + 32'(i_dut.bank_valid[0] != '0) + 32'(i_dut.bank_valid[1] != '0);
      for (int unsigned c = 0; c < NumCores; c++) stalls_o[c] <= stalls_o[c] + 32'(instr_req[c] && !instr_gnt[c]);
      if (mode_i == 0) cycles_o <= '0;
      else if (!done_o) cycles_o <= cycles_o + 1;
      if (fault) begin
        faults_o     <= faults_o + 1;
        fault_addr_o <= fault_addr;
      end
    end
  end

endmodule
