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
  output logic [31:0]       mismatches_o
);

  import "DPI-C" function int unsigned td_host_read32(input int region, input int unsigned index);
  localparam logic [31:0] L2Base  = 32'h1C00_0000;
  localparam int unsigned L2Bytes = 2 * 1024 * 1024;

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
    .periph_addr_i  (addr_i),
    .periph_we_i    (we_i),
    .periph_be_i    (4'hF),
    .periph_wdata_i (wdata_i),
    .periph_id_i    ('0),
    .periph_rvalid_o(rvalid_o),
    .periph_rdata_o (rdata_o),
    .periph_err_o   (err_o),
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

  always_comb begin
    mismatches_o = '0;
    for (int unsigned c = 0; c < NumCores; c++) mismatches_o += wrong[c];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycles_o <= '0;
      faults_o <= '0;
    end else begin
      if (mode_i == 0) cycles_o <= '0;
      else if (!done_o) cycles_o <= cycles_o + 1;
      if (fault) begin
        faults_o     <= faults_o + 1;
        fault_addr_o <= fault_addr;
      end
    end
  end

endmodule
