// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// CVFPU, FP32 only, in CV32E40P's encoding of operations: the pipelined operation groups, or division and square root.
//
// The configuration is that of cv32e40p_fp_wrapper, but for the place of a single pipeline register (before the
// arithmetic) and the split in two. Several are distributed through the arithmetic. Results are those of IEEE-754 bit for
// bit (tb/blocks/fpu); the underflow flag of CVFPU is not, when an inexact product or FMA rounds to the smallest normal
// number.
module td_fpnew
  import cv32e40p_apu_core_pkg::*;
  import cv32e40p_pkg::*;
  import fpnew_pkg::*;
#(
  parameter bit          DivSqrt  = 1'b0,
  parameter int unsigned Latency  = 1,     // cycles of a pipelined operation
  parameter int unsigned TagWidth = 1
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           valid_i,
  output logic                           ready_o,
  input  logic [APU_NARGS_CPU-1:0][31:0] operands_i,
  input  logic [APU_WOP_CPU-1:0]         op_i,
  input  logic [APU_NDSFLAGS_CPU-1:0]    flags_i,
  input  logic [TagWidth-1:0]            tag_i,
  output logic                           valid_o,
  output logic [31:0]                    result_o,
  output logic [APU_NUSFLAGS_CPU-1:0]    status_o,
  output logic [TagWidth-1:0]            tag_o
);

  localparam fpu_features_t Features = '{
    Width:         32,
    EnableVectors: 1'b0,
    EnableNanBox:  1'b0,
    FpFmtMask:     5'b10000,  // FP32
    IntFmtMask:    4'b0010    // INT32
  };

  localparam unit_type_t   PipeType = DivSqrt ? DISABLED : MERGED;
  localparam pipe_config_t Place    = DivSqrt ? AFTER : (Latency == 1) ? BEFORE : DISTRIBUTED;
  localparam int unsigned  Stages   = DivSqrt ? 1 : Latency;
  localparam fpu_implementation_t Implementation = '{
    PipeRegs:   '{NUM_OPGROUPS{'{NUM_FP_FORMATS{Stages}}}},      // not default: that would set every bit
    UnitTypes:  '{'{default: PipeType},                          // ADDMUL
                  '{default: DivSqrt ? MERGED : DISABLED},       // DIVSQRT
                  '{default: DivSqrt ? DISABLED : PARALLEL},     // NONCOMP
                  '{default: PipeType}},                         // CONV
    PipeConfig: Place
  };

  logic [OP_BITS-1:0]         op;
  logic                       op_mod, vectorial;
  logic [FP_FORMAT_BITS-1:0]  src_fmt, dst_fmt;
  logic [INT_FORMAT_BITS-1:0] int_fmt;
  logic [C_RM-1:0]            rnd_mode;

  assign {vectorial, op_mod, op} = op_i;
  assign {int_fmt, src_fmt, dst_fmt, rnd_mode} = flags_i[INT_FORMAT_BITS+2*FP_FORMAT_BITS+C_RM-1:0];

  logic unused;
  assign unused = ^flags_i[APU_NDSFLAGS_CPU-1:INT_FORMAT_BITS+2*FP_FORMAT_BITS+C_RM];

  fpnew_top #(
    .Features      (Features),
    .Implementation(Implementation),
    .PulpDivsqrt   (1'b0),
    .TagType       (logic [TagWidth-1:0])
  ) i_fpnew (
    .clk_i,
    .rst_ni,
    .operands_i,
    .rnd_mode_i    (roundmode_e'(rnd_mode)),
    .op_i          (operation_e'(op)),
    .op_mod_i      (op_mod),
    .src_fmt_i     (fp_format_e'(src_fmt)),
    .dst_fmt_i     (fp_format_e'(dst_fmt)),
    .int_fmt_i     (int_format_e'(int_fmt)),
    .vectorial_op_i(vectorial),
    .tag_i,
    .simd_mask_i   (1'b0),
    .in_valid_i    (valid_i),
    .in_ready_o    (ready_o),
    .flush_i       (1'b0),
    .result_o,
    .status_o,
    .tag_o,
    .out_valid_o   (valid_o),
    .out_ready_i   (1'b1),
    .busy_o        ()
  );

endmodule
