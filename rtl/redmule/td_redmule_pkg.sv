// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Types that RedMule's blocks share.
package td_redmule_pkg;

  localparam int unsigned SizeWidth  = 16;  // M, N, K
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
    logic [2:0]           op;
    logic [2:0]           fmt;
    logic                 x_transposed;
    logic                 w_transposed;
    logic                 y_broadcast;
  } job_t;

  localparam logic [2:0] OpMatmul = 3'd0;
  localparam logic [2:0] OpGemm   = 3'd1;

  typedef enum logic [2:0] {
    ErrNone      = 3'd0,
    ErrOperation = 3'd1,
    ErrFormat    = 3'd2,
    ErrPointer   = 3'd3,
    ErrPitch     = 3'd4,
    ErrNotOpen   = 3'd5
  } error_e;

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
