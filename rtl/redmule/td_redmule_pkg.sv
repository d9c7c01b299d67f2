// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Types that RedMule's blocks share.
package td_redmule_pkg;

  import td_redmule_reg_pkg::redmule_arith_t;
  import td_redmule_reg_pkg::redmule_flags_t;
  import td_redmule_reg_pkg::redmule_mcfg1_t;

  localparam int unsigned SizeWidth  = $bits(redmule_mcfg1_t);  // M, N, K
  localparam int unsigned BlockWidth = 8;   // rows or columns of a tile: Rows, Columns <= 128

  // A job as software wrote it.
  typedef struct packed {
    logic [31:0]          x_ptr;
    logic [31:0]          w_ptr;
    logic [31:0]          y_ptr;
    logic [31:0]          z_ptr;
    logic [31:0]          x_pitch;
    logic [31:0]          w_pitch;
    logic [31:0]          y_pitch;
    logic [31:0]          z_pitch;
    logic [SizeWidth-1:0] m;
    logic [SizeWidth-1:0] n;
    logic [SizeWidth-1:0] k;
    redmule_arith_t       arith;
    redmule_flags_t       flags;
  } job_t;

  // Which block of a tile a loop or a beat runs over: Rows of M, Columns of N, Columns of K, or a single one.
  typedef enum logic [1:0] {
    BlockM,
    BlockN,
    BlockK,
    BlockOne
  } block_e;

  // How a stream's addresses run: for m tiles, for k tiles, for n chunks, for lines: one beat each.
  typedef struct packed {
    logic [31:0] base;
    logic [31:0] line_stride;
    logic [31:0] chunk_stride;
    logic [31:0] k_stride;
    logic [31:0] m_stride;
    logic        k_loop;   // 0: the k tiles share one pass
    logic        n_loop;   // 0: one chunk a tile
    block_e      lines;    // beats of a chunk
    block_e      words;    // elements of a beat
    block_e      vectors;  // vectors that the array takes from a chunk
    logic        across;   // a beat is an element of each vector, not a vector
    logic        fill;     // with across: the element of every lane
  } stream_cfg_t;

  typedef enum logic [1:0] {
    StreamX,
    StreamW,
    StreamY,
    StreamZ
  } stream_e;

  // What is remembered of a read until its response.
  typedef struct packed {
    stream_e               stream;
    logic [1:0]            bank;
    logic                  across;
    logic                  fill;
    logic                  last;    // last beat of its chunk
    logic [BlockWidth-1:0] line;
    logic [BlockWidth-1:0] vectors;
    logic                  offset;  // the payload begins at the second halfword
  } tag_t;

endpackage : td_redmule_pkg
