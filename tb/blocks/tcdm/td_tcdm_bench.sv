// SPDX-License-Identifier: Apache-2.0
// Bench of td_tcdm: C++ (tcdm_bench.cpp) drives and checks all ports at each clock edge; Python only sets the traffic.
module td_tcdm_bench #(
  parameter int unsigned NumPorts  = 10,
  parameter int unsigned NumBanks  = 32,
  parameter int unsigned WideWords = 17
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [7:0]  wide_max_i,
  input  logic [7:0]  narrow_max_i,
  output logic [31:0] errors_o
);

  import "DPI-C" function void td_tcdm_bench_begin(
    input int unsigned ports, input int unsigned banks, input int unsigned words, input int unsigned wide_max,
    input int unsigned narrow_max);
  import "DPI-C" function void td_tcdm_bench_port(
    input int unsigned port, input bit gnt, input bit rvalid, input int unsigned rdata, output bit req,
    output int unsigned addr, output bit we, output int unsigned be, output int unsigned wdata);
  import "DPI-C" function void td_tcdm_bench_wide(
    input bit gnt, input bit rvalid, input bit [WideWords*32-1:0] rdata, output bit req, output int unsigned addr,
    output bit we, output bit [WideWords*4-1:0] be, output bit [WideWords*32-1:0] wdata);
  import "DPI-C" function int unsigned td_tcdm_bench_end();

  logic [NumPorts-1:0]       req, gnt, we, rvalid;
  logic [NumPorts-1:0][16:0] addr;
  logic [NumPorts-1:0][3:0]  be;
  logic [NumPorts-1:0][31:0] wdata, rdata;
  logic                      wide_req, wide_gnt, wide_we, wide_rvalid;
  logic [16:0]               wide_addr;
  logic [WideWords*4-1:0]    wide_be;
  logic [WideWords*32-1:0]   wide_wdata, wide_rdata;

  td_tcdm #(
    .NumPorts (NumPorts),
    .NumBanks (NumBanks),
    .WideWords(WideWords)
  ) i_dut (
    .clk_i,
    .rst_ni,
    .wide_max_i,
    .narrow_max_i,
    .req_i        (req),
    .gnt_o        (gnt),
    .addr_i       (addr),
    .we_i         (we),
    .be_i         (be),
    .wdata_i      (wdata),
    .rvalid_o     (rvalid),
    .rdata_o      (rdata),
    .wide_req_i   (wide_req),
    .wide_gnt_o   (wide_gnt),
    .wide_addr_i  (wide_addr),
    .wide_we_i    (wide_we),
    .wide_be_i    (wide_be),
    .wide_wdata_i (wide_wdata),
    .wide_rvalid_o(wide_rvalid),
    .wide_rdata_o (wide_rdata)
  );

  bit          next_req, next_we;
  int unsigned next_addr, next_be, next_wdata;
  bit [WideWords*4-1:0]  next_wide_be;
  bit [WideWords*32-1:0] next_wide_wdata;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      req      <= '0;
      wide_req <= 1'b0;
    end else begin
      td_tcdm_bench_begin(NumPorts, NumBanks, WideWords, 32'(wide_max_i), 32'(narrow_max_i));
      for (int unsigned p = 0; p < NumPorts; p++) begin
        td_tcdm_bench_port(p, gnt[p], rvalid[p], rdata[p], next_req, next_addr, next_we, next_be, next_wdata);
        req[p]   <= next_req;
        addr[p]  <= next_addr[16:0];
        we[p]    <= next_we;
        be[p]    <= next_be[3:0];
        wdata[p] <= next_wdata;
      end
      td_tcdm_bench_wide(wide_gnt, wide_rvalid, wide_rdata, next_req, next_addr, next_we, next_wide_be,
                         next_wide_wdata);
      wide_req   <= next_req;
      wide_addr  <= next_addr[16:0];
      wide_we    <= next_we;
      wide_be    <= next_wide_be;
      wide_wdata <= next_wide_wdata;
      errors_o <= td_tcdm_bench_end();
    end
  end

endmodule
