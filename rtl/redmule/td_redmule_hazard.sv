// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// May the next job read its operands before the running job has stored its result?
//
// Yes if the address range of the running job's Z meets none of the next job's X, W and Y. The ranges' ends take a
// multiplication each; one multiplier does the four in four cycles. Ranges that wrap round count as meeting.
module td_redmule_hazard
  import td_redmule_pkg::*;
#(
  parameter int unsigned ElemWidth = 32
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              enable_i,       // both jobs are there; must fall when either changes
  input  job_t              job_i,          // running
  input  stream_cfg_t       z_i,
  input  job_t              next_i,
  input  stream_cfg_t [3:0] next_streams_i,
  input  logic              next_gemm_i,
  output logic              independent_o
);

  typedef enum logic [2:0] {RangeZ, RangeX, RangeW, RangeY, Independent, Dependent} state_e;
  state_e state_q;

  logic [31:0]          base, pitch;
  logic [SizeWidth-1:0] rows, columns;
  always_comb begin
    {base, pitch, rows, columns} = {z_i.base, z_i.line_stride, job_i.m, job_i.k};
    unique case (state_q)
      RangeX: begin
        base    = next_streams_i[StreamX].base;
        pitch   = next_streams_i[StreamX].line_stride;
        rows    = next_i.flags.x_transposed ? next_i.n : next_i.m;
        columns = next_i.flags.x_transposed ? next_i.m : next_i.n;
      end
      RangeW: begin
        base    = next_streams_i[StreamW].base;
        pitch   = next_streams_i[StreamW].line_stride;
        rows    = next_i.flags.w_transposed ? next_i.k : next_i.n;
        columns = next_i.flags.w_transposed ? next_i.n : next_i.k;
      end
      RangeY: begin
        base    = next_streams_i[StreamY].base;
        pitch   = next_streams_i[StreamY].line_stride;
        rows    = next_i.flags.y_broadcast ? SizeWidth'(1) : next_i.m;
        columns = next_i.k;
      end
      default: ;
    endcase
  end

  logic [48:0] range_end;
  logic [32:0] z_end_q;
  logic        wraps, meets;
  assign range_end = 49'(base) + 49'(rows - SizeWidth'(1)) * 49'(pitch) + 49'(columns) * 49'(ElemWidth / 8);
  assign wraps     = range_end > 49'h1_0000_0000;
  assign meets     = wraps || ({1'b0, z_i.base} < range_end[32:0] && {1'b0, base} < z_end_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= RangeZ;
      z_end_q <= '0;
    end else if (!enable_i) begin
      state_q <= RangeZ;
    end else begin
      unique case (state_q)
        RangeZ: begin
          z_end_q <= range_end[32:0];
          state_q <= wraps ? Dependent : RangeX;
        end
        RangeX:  state_q <= meets ? Dependent : RangeW;
        RangeW:  state_q <= meets ? Dependent : next_gemm_i ? RangeY : Independent;
        RangeY:  state_q <= meets ? Dependent : Independent;
        default: ;
      endcase
    end
  end

  // Jobs and plans come whole; only some of their fields matter here.
  logic unused_fields;
  assign unused_fields = ^{job_i, z_i, next_i, next_streams_i};

  assign independent_o = enable_i && state_q == Independent;

endmodule
