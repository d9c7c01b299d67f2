// SPDX-License-Identifier: Apache-2.0
// RedMule's multiply-adder in RTL and with the host's arithmetic, side by side, for 1 to MaxRegs pipeline registers. Every
// cycle all get new operands (host_fma_bench.cpp), a random part of them a clock, and some a reset in the middle.
module td_host_fma_bench #(
  parameter int unsigned MaxRegs = 4
) (
  input logic clk_i,
  input logic rst_ni
);

  import "DPI-C" function void td_fma_operands(output int unsigned x, output int unsigned w, output int unsigned y,
                                               output int unsigned random);

  logic [31:0] x, w, y, random;
  logic [31:0] compared_q, wrong_q, resets_q, gated_q;
  logic [31:0] first_q[5];

  always_ff @(posedge clk_i) begin
    automatic int unsigned new_x, new_w, new_y, new_random;
    td_fma_operands(new_x, new_w, new_y, new_random);
    x <= new_x;
    w <= new_w;
    y <= new_y;
    random <= new_random;
  end

  logic [MaxRegs:1][31:0] z_rtl, z_host;
  logic [MaxRegs:1]       unequal;

  for (genvar p = 1; p <= int'(MaxRegs); p++) begin : gen_depth
    logic clk, rst_n;
    // A reset once in 4096 cycles, a stopped clock in 3 cycles of 8, independently for each depth.
    assign rst_n = rst_ni && !((random >> 4) % 4096 == 32'(p));
    cv32e40p_clock_gate i_gate (
      .clk_i,
      .en_i        (random[16+:3] + 3'(p) < 3'd5),
      .scan_cg_en_i(1'b0),
      .clk_o       (clk)
    );
    td_redmule_fma #(
      .PipeRegs(p)
    ) i_rtl (
      .clk_i (clk),
      .rst_ni(rst_n),
      .x_i   (x),
      .w_i   (w),
      .y_i   (y),
      .z_o   (z_rtl[p])
    );
    td_host_fma #(
      .PipeRegs(p)
    ) i_host (
      .clk_i (clk),
      .rst_ni(rst_n),
      .x_i   (x),
      .w_i   (w),
      .y_i   (y),
      .z_o   (z_host[p])
    );
    assign unequal[p] = z_rtl[p] != z_host[p];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      compared_q <= '0;
      wrong_q    <= '0;
      resets_q   <= '0;
      gated_q    <= '0;
      first_q    <= '{default: '0};
    end else begin
      compared_q <= compared_q + MaxRegs;
      wrong_q    <= wrong_q + 32'($countones(unequal));
      resets_q   <= resets_q + 32'((random >> 4) % 4096 == 32'd1);
      gated_q    <= gated_q + 32'(random[16+:3] + 3'd1 >= 3'd5);
      if (wrong_q == '0) begin
        for (int unsigned p = 1; p <= MaxRegs; p++) if (unequal[p]) first_q <= '{p, z_rtl[p], z_host[p], x, w};
      end
    end
  end

endmodule
