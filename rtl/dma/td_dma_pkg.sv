// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Types shared by the parts of the cluster DMA.
package td_dma_pkg;

  // One side of a transfer: where its first byte lies and how far apart rows and planes are, in bytes.
  typedef struct packed {
    logic [31:0] base;
    logic [31:0] stride;
    logic [31:0] stride2;
  } side_t;

  // How much a transfer moves: bytes of a row, rows of a plane, planes. Software's 0 rows or planes have become 1.
  typedef struct packed {
    logic [31:0] len;
    logic [31:0] rows;
    logic [31:0] planes;
  } size_t;

  // The image that the source rows lie in: what is read outside it is padding. Rows move down by one, planes sideways.
  typedef struct packed {
    logic [31:0] value;   // repeated from the start of each row on
    logic [31:0] step;    // signed bytes from a plane to the next
    logic [31:0] y;       // signed, of the first row
    logic [31:0] x;       // signed byte position of the first byte
    logic [31:0] height;  // rows
    logic [31:0] width;   // bytes; 0: no padding
  } pad_t;

  typedef struct packed {
    side_t src;
    side_t dst;
    size_t size;
    pad_t  pad;
  } transfer_t;

  // The bytes of one side that one 64-bit access covers.
  typedef struct packed {
    logic [31:0] addr;   // of the first byte, which lies in lane addr[2:0]
    logic [3:0]  bytes;  // 1 to 8, all in one 64-bit word
    logic        last;   // of the transfer
    logic        pad;    // no access: these bytes are padding
  } beat_t;

  // A request to a memory port and, kept until the response, what it was.
  typedef struct packed {
    logic       we;
    logic [4:0] slot;  // which transfer: low bits of its number
    beat_t      beat;
  } tag_t;

  // Byte enables of `bytes` bytes (1 to 8) from `lane` on in a 64-bit word.
  function automatic logic [7:0] byte_enables(logic [2:0] lane, logic [3:0] bytes);
    return 8'((9'd1 << bytes) - 9'd1) << lane;
  endfunction

endpackage
