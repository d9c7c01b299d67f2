// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Instruction cache: private L0 per core, shared L1.5 in two banks, refilled from L2.

`include "td_assert.svh"

module td_icache
  import td_periph_pkg::*;
  import td_icache_reg_pkg::*;
#(
  parameter  int unsigned NumCores = 8,
  parameter  int unsigned L0Lines  = 32,  // of 16 bytes, a core
  parameter  int unsigned Sets     = 32,  // of the shared cache, a bank: 128 bytes each
  localparam int unsigned IdWidth  = (NumCores > 1) ? $clog2(NumCores) : 1
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  // Instruction fetch, one port a core.
  input  logic [NumCores-1:0]       instr_req_i,
  output logic [NumCores-1:0]       instr_gnt_o,
  input  logic [NumCores-1:0][31:0] instr_addr_i,
  output logic [NumCores-1:0]       instr_rvalid_o,
  output logic [NumCores-1:0][31:0] instr_rdata_o,
  // Register target; the core that accesses is periph_a_i.id.
  input  logic                periph_req_i,
  output logic                periph_gnt_o,
  input  periph_a_t           periph_a_i,
  output logic                periph_rvalid_o,
  output periph_r_t           periph_r_o,
  // L2 initiator, 64 bit, read only.
  output logic                      l2_req_o,
  input  logic                      l2_gnt_i,
  output logic [31:0]               l2_addr_o,
  input  logic                      l2_rvalid_i,
  input  logic [63:0]               l2_rdata_i,
  input  logic                      l2_err_i,
  // A fetch from an unmapped address, one cycle; the fetch itself reads 0, an illegal instruction.
  output logic                      fault_valid_o,
  output logic [31:0]               fault_addr_o,
  output logic [IdWidth-1:0]        fault_core_o
);

  localparam int unsigned NumBanks = 2;
  localparam int unsigned BankBit  = 6;  // lines of 64 bytes alternate

  icache_ctrl_t ctrl_q;
  logic         flush_q, clear_q;

  // ---- Private caches. ----
  logic [NumCores-1:0] line_req, line_valid, line_err, l0_miss, l0_fault;
  logic [31:4]         line_addr[NumCores];
  logic [127:0]        line_data[NumCores];
  logic [NumCores-1:0] bank_valid[NumBanks];
  logic [127:0]        bank_data[NumBanks];
  logic                bank_err[NumBanks];

  for (genvar c = 0; c < int'(NumCores); c++) begin : gen_core
    assign line_valid[c] = bank_valid[0][c] || bank_valid[1][c];
    assign line_data[c]  = bank_valid[1][c] ? bank_data[1] : bank_data[0];
    assign line_err[c]   = bank_valid[1][c] ? bank_err[1] : bank_err[0];

    td_icache_l0 #(.Lines(L0Lines)) i_l0 (
      .clk_i,
      .rst_ni,
      .enable_i      (ctrl_q.enable),
      .prefetch_i    (ctrl_q.prefetch && ctrl_q.enable),
      .flush_i       (flush_q),
      .instr_req_i   (instr_req_i[c]),
      .instr_gnt_o   (instr_gnt_o[c]),
      .instr_addr_i  (instr_addr_i[c]),
      .instr_rvalid_o(instr_rvalid_o[c]),
      .instr_rdata_o (instr_rdata_o[c]),
      .line_req_o    (line_req[c]),
      .line_addr_o   (line_addr[c]),
      .line_valid_i  (line_valid[c]),
      .line_data_i   (line_data[c]),
      .line_err_i    (line_err[c]),
      .miss_o        (l0_miss[c]),
      .fault_o       (l0_fault[c])
    );
  end

  // ---- Shared cache. ----
  logic [NumBanks-1:0] bank_access, bank_miss, bank_l2_req, bank_l2_gnt, bank_l2_rvalid;
  logic [31:0]         bank_l2_addr[NumBanks];

  for (genvar b = 0; b < int'(NumBanks); b++) begin : gen_bank
    logic [NumCores-1:0] req;
    for (genvar c = 0; c < int'(NumCores); c++) begin : gen_req
      assign req[c] = line_req[c] && line_addr[c][BankBit] == 1'(b);
    end

    td_icache_bank #(.NumCores(NumCores), .Sets(Sets), .NumBanks(NumBanks)) i_bank (
      .clk_i,
      .rst_ni,
      .enable_i   (ctrl_q.enable),
      .flush_i    (flush_q),
      .req_i      (req),
      .addr_i     (line_addr),
      .valid_o    (bank_valid[b]),
      .data_o     (bank_data[b]),
      .err_o      (bank_err[b]),
      .l2_req_o   (bank_l2_req[b]),
      .l2_gnt_i   (bank_l2_gnt[b]),
      .l2_addr_o  (bank_l2_addr[b]),
      .l2_rvalid_i(bank_l2_rvalid[b]),
      .l2_rdata_i,
      .l2_err_i,
      .access_o   (bank_access[b]),
      .miss_o     (bank_miss[b])
    );
  end

  // ---- L2 port: a bank keeps it for the line that it fills. ----
  logic owner_q, owner;  // which bank asked last; which asks now
  logic source_full, source_empty, source;

  assign owner       = bank_l2_req[owner_q] ? owner_q : !owner_q;
  assign l2_req_o    = bank_l2_req != '0 && !source_full;
  assign l2_addr_o   = bank_l2_addr[owner];
  assign bank_l2_gnt = {owner, !owner} & {NumBanks{l2_gnt_i && !source_full}};

  td_fifo #(.Width(1), .Depth(16)) i_source (
    .clk_i,
    .rst_ni,
    .push_i (l2_req_o && l2_gnt_i),
    .data_i (owner),
    .pop_i  (l2_rvalid_i),
    .data_o (source),
    .empty_o(source_empty),
    .full_o (source_full)
  );

  assign bank_l2_rvalid = {source, !source} & {NumBanks{l2_rvalid_i}};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) owner_q <= 1'b0;
    else if (l2_req_o) owner_q <= owner;
  end

  `TD_ASSERT(a_response_expected, l2_rvalid_i |-> !source_empty)

  // ---- Faults: of several cores at once, the lowest is reported. ----
  assign fault_valid_o = l0_fault != '0;
  always_comb begin
    fault_addr_o = '0;
    fault_core_o = '0;
    if (fault_valid_o) begin
      for (int unsigned c = NumCores; c > 0; c--) begin
        if (l0_fault[c-1]) begin
          fault_addr_o = instr_addr_i[c-1];  // held until its line is there
          fault_core_o = IdWidth'(c - 1);
        end
      end
    end
  end

  // ---- Registers. ----
  localparam int unsigned NumCounters = 3 + NumCores;  // L0 misses, L1.5 accesses, L1.5 misses, stalls of each core
  localparam int unsigned L0Misses = 0, Accesses = 1, Misses = 2, Stalls = 3;
  localparam logic [9:0]  StallsBase = TD_ICACHE_STALLS_OFFSET[9:0];
  localparam logic [9:0]  StallsEnd  = StallsBase + 10'(TD_ICACHE_STALLS_COUNT * TD_ICACHE_STALLS_STRIDE);

  logic [9:0]          offset;
  logic                is_stalls, err_d, rvalid_q, err_q, write;
  logic [31:0]         rdata_d, rdata_q;
  logic [31:0]         counter_q[NumCounters];
  logic [NumCores-1:0] stall;

  assign offset       = periph_a_i.addr[9:0];
  assign is_stalls    = offset >= StallsBase && offset < StallsEnd;
  assign periph_gnt_o = 1'b1;
  assign stall        = instr_req_i & ~instr_gnt_o;

  always_comb begin
    rdata_d = '0;
    err_d   = periph_a_i.we && periph_a_i.be != 4'hF;
    if (is_stalls) begin
      rdata_d = counter_q[Stalls+32'(offset[4:2])];
      if (periph_a_i.we || offset[1:0] != '0) err_d = 1'b1;
    end else begin
      unique case (offset)
        TD_ICACHE_CTRL_OFFSET[9:0]: rdata_d = pack_icache_ctrl(ctrl_q);
        TD_ICACHE_FLUSH_OFFSET[9:0], TD_ICACHE_CLEAR_OFFSET[9:0]: if (!periph_a_i.we) err_d = 1'b1;
        TD_ICACHE_L0_MISSES_OFFSET[9:0]: begin
          rdata_d = counter_q[L0Misses];
          if (periph_a_i.we) err_d = 1'b1;
        end
        TD_ICACHE_L15_ACCESSES_OFFSET[9:0]: begin
          rdata_d = counter_q[Accesses];
          if (periph_a_i.we) err_d = 1'b1;
        end
        TD_ICACHE_L15_MISSES_OFFSET[9:0]: begin
          rdata_d = counter_q[Misses];
          if (periph_a_i.we) err_d = 1'b1;
        end
        default: err_d = 1'b1;
      endcase
    end
  end

  assign write = periph_req_i && periph_a_i.we && !err_d;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ctrl_q     <= unpack_icache_ctrl(TD_ICACHE_CTRL_RESET);
      flush_q    <= 1'b0;
      clear_q    <= 1'b0;
      rvalid_q   <= 1'b0;
      for (int unsigned i = 0; i < NumCounters; i++) counter_q[i] <= '0;
    end else begin
      rvalid_q <= periph_req_i;
      flush_q  <= write && offset == TD_ICACHE_FLUSH_OFFSET[9:0];
      clear_q  <= write && offset == TD_ICACHE_CLEAR_OFFSET[9:0];
      if (write && offset == TD_ICACHE_CTRL_OFFSET[9:0]) ctrl_q <= unpack_icache_ctrl(periph_a_i.wdata);
      if (l0_miss != '0) counter_q[L0Misses] <= counter_q[L0Misses] + $countones(l0_miss);
      if (bank_access != '0) counter_q[Accesses] <= counter_q[Accesses] + $countones(bank_access);
      if (bank_miss != '0) counter_q[Misses] <= counter_q[Misses] + $countones(bank_miss);
      if (stall != '0) begin
        for (int unsigned c = 0; c < NumCores; c++) if (stall[c]) counter_q[Stalls+c] <= counter_q[Stalls+c] + 1;
      end
      if (clear_q) for (int unsigned i = 0; i < NumCounters; i++) counter_q[i] <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (periph_req_i) begin
      rdata_q <= rdata_d;
      err_q   <= err_d;
    end
  end

  assign periph_rvalid_o = rvalid_q;
  assign periph_r_o.rdata = rdata_q;
  assign periph_r_o.err   = rvalid_q && err_q;

  logic unused_periph;
  assign unused_periph = ^{periph_a_i.addr[11:10], periph_a_i.id};

  `TD_ASSERT_ANSWERED(a_access_answered, periph_req_i, periph_gnt_o, periph_rvalid_o)

endmodule
