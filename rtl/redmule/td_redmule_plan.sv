// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// What a job means for each stream: strides and loops; and whether the engine can do it.
module td_redmule_plan
  import td_redmule_pkg::*;
  import td_redmule_reg_pkg::*;
#(
  parameter int unsigned           Rows     = 12,
  parameter int unsigned           Columns  = 16,
  parameter int unsigned           XBanks   = 2,
  parameter fpnew_pkg::fp_format_e FpFormat = fpnew_pkg::FP32
) (
  input  job_t              job_i,
  output stream_cfg_t [3:0] streams_o,   // indexed by stream_e
  output logic              gemm_o,      // Y is read
  output logic              x_shared_o,  // the chunks of X stay for all k tiles
  output logic              empty_o,     // a size is 0
  output redmule_refusal_e            error_o
);

  localparam int unsigned Bytes       = fpnew_pkg::fp_width(FpFormat) / 8;
  localparam logic [2:0]  Format      = (FpFormat == fpnew_pkg::FP32) ? RedmuleFormatFp32 : RedmuleFormatFp16;
  localparam logic [31:0] BlockStride = Columns * Bytes;  // to the next block of columns of a row

  function automatic logic [31:0] pitch(logic [31:0] written, logic [SizeWidth-1:0] row);
    return (written == '0) ? 32'(row) * Bytes : written;
  endfunction

  logic [31:0] x_pitch, w_pitch, y_pitch, z_pitch, y_ptr;
  assign x_pitch = pitch(job_i.x_pitch, job_i.flags.x_transposed ? job_i.m : job_i.n);
  assign w_pitch = pitch(job_i.w_pitch, job_i.flags.w_transposed ? job_i.n : job_i.k);
  assign y_pitch = pitch(job_i.y_pitch, job_i.k);
  assign z_pitch = pitch(job_i.z_pitch, job_i.k);
  assign y_ptr   = (job_i.y_ptr == '0) ? job_i.z_ptr : job_i.y_ptr;

  assign gemm_o     = job_i.arith.op == RedmuleOperationGemm;
  assign x_shared_o = job_i.n <= SizeWidth'(XBanks * Columns);
  assign empty_o    = job_i.m == '0 || job_i.n == '0 || job_i.k == '0;

  always_comb begin
    streams_o = '0;

    streams_o[StreamX].base         = job_i.x_ptr;
    streams_o[StreamX].line_stride  = x_pitch;
    streams_o[StreamX].chunk_stride = job_i.flags.x_transposed ? x_pitch * Columns : BlockStride;
    streams_o[StreamX].k_stride     = '0;
    streams_o[StreamX].m_stride     = job_i.flags.x_transposed ? Rows * Bytes : x_pitch * Rows;
    streams_o[StreamX].k_loop       = !x_shared_o;
    streams_o[StreamX].n_loop       = 1'b1;
    streams_o[StreamX].lines        = job_i.flags.x_transposed ? BlockN : BlockM;
    streams_o[StreamX].words        = job_i.flags.x_transposed ? BlockM : BlockN;
    streams_o[StreamX].vectors      = BlockN;
    streams_o[StreamX].across       = !job_i.flags.x_transposed;

    streams_o[StreamW].base         = job_i.w_ptr;
    streams_o[StreamW].line_stride  = w_pitch;
    streams_o[StreamW].chunk_stride = job_i.flags.w_transposed ? BlockStride : w_pitch * Columns;
    streams_o[StreamW].k_stride     = job_i.flags.w_transposed ? w_pitch * Columns : BlockStride;
    streams_o[StreamW].m_stride     = '0;
    streams_o[StreamW].k_loop       = 1'b1;
    streams_o[StreamW].n_loop       = 1'b1;
    streams_o[StreamW].lines        = job_i.flags.w_transposed ? BlockK : BlockN;
    streams_o[StreamW].words        = job_i.flags.w_transposed ? BlockN : BlockK;
    streams_o[StreamW].vectors      = BlockN;
    streams_o[StreamW].across       = job_i.flags.w_transposed;

    streams_o[StreamY].base         = y_ptr;
    streams_o[StreamY].line_stride  = y_pitch;
    streams_o[StreamY].k_stride     = BlockStride;
    streams_o[StreamY].m_stride     = job_i.flags.y_broadcast ? '0 : y_pitch * Rows;
    streams_o[StreamY].k_loop       = 1'b1;
    streams_o[StreamY].lines        = job_i.flags.y_broadcast ? BlockOne : BlockM;
    streams_o[StreamY].words        = BlockK;
    streams_o[StreamY].vectors      = BlockK;
    streams_o[StreamY].across       = 1'b1;
    streams_o[StreamY].fill         = job_i.flags.y_broadcast;

    streams_o[StreamZ].base         = job_i.z_ptr;
    streams_o[StreamZ].line_stride  = z_pitch;
    streams_o[StreamZ].k_stride     = BlockStride;
    streams_o[StreamZ].m_stride     = z_pitch * Rows;
    streams_o[StreamZ].k_loop       = 1'b1;
    streams_o[StreamZ].lines        = BlockM;
    streams_o[StreamZ].words        = BlockK;
    streams_o[StreamZ].vectors      = BlockK;
    streams_o[StreamZ].across       = 1'b1;
  end

  function automatic logic misaligned(logic [31:0] address);
    return |(address & (Bytes - 1));
  endfunction

  // Y in place is Z element by element. As one row, or with another pitch, a result would replace what is yet to be read.
  logic known, pointers_misaligned, pitches_misaligned, in_place_wrong;
  assign known               = job_i.arith.op == RedmuleOperationMatmul || job_i.arith.op == RedmuleOperationGemm;
  assign pointers_misaligned = misaligned(job_i.x_ptr | job_i.w_ptr | job_i.z_ptr) || (gemm_o && misaligned(y_ptr));
  assign pitches_misaligned  = misaligned(job_i.x_pitch | job_i.w_pitch | job_i.z_pitch)
                            || (gemm_o && misaligned(job_i.y_pitch));
  assign in_place_wrong      = gemm_o && y_ptr == job_i.z_ptr && job_i.m != SizeWidth'(1)
                            && (job_i.flags.y_broadcast || y_pitch != z_pitch);

  always_comb begin
    if (!known) error_o = RedmuleRefusalOperation;
    else if (job_i.arith.fmt != Format) error_o = RedmuleRefusalFormat;
    else if (pointers_misaligned) error_o = RedmuleRefusalPointer;
    else if (pitches_misaligned) error_o = RedmuleRefusalPitch;
    else if (in_place_wrong) error_o = RedmuleRefusalInPlace;
    else error_o = RedmuleRefusalNone;
  end

endmodule
