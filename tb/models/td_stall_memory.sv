// SPDX-License-Identifier: Apache-2.0
// Bus target for block benches: host memory behind grants and responses that are withheld at random.
//
// A request is granted with probability 1 - stall_i/100 a cycle; its response comes Latency cycles after the grant or,
// with probability delay_i/100 a cycle, later. Accesses outside Bytes from Base on answer with err_o and change nothing.
module td_stall_memory #(
  parameter int unsigned DataWidth  = 32,
  parameter int          HostRegion = 0,
  parameter logic [31:0] Base       = 32'h0,
  parameter int unsigned Bytes      = 128 * 1024,
  parameter int unsigned Latency    = 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic [6:0]             stall_i,
  input  logic [6:0]             delay_i,
  input  logic                   req_i,
  output logic                   gnt_o,
  input  logic [31:0]            addr_i,
  input  logic                   we_i,
  input  logic [DataWidth/8-1:0] be_i,
  input  logic [DataWidth-1:0]   wdata_i,
  output logic                   rvalid_o,
  output logic [DataWidth-1:0]   rdata_o,
  output logic                   err_o
);

  import "DPI-C" function byte unsigned td_host_read8(input int region, input int unsigned index);
  import "DPI-C" function void td_host_write8(input int region, input int unsigned index, input byte unsigned data);

  typedef struct packed {
    logic [31:0]          due;  // the first cycle the response may come in
    logic                 err;
    logic [DataWidth-1:0] data;
  } response_t;

  response_t   queue[$];
  logic [31:0] now;
  logic        open;

  assign gnt_o = req_i && open;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      queue.delete();
      now      <= 0;
      open     <= 1'b0;
      rvalid_o <= 1'b0;
    end else begin
      automatic logic [31:0] offset = {addr_i[31:$clog2(DataWidth/8)], {$clog2(DataWidth / 8) {1'b0}}} - Base;
      now  <= now + 1;
      open <= $urandom_range(99) >= 32'(stall_i);
      if (req_i && gnt_o) begin
        automatic response_t response = '{due: now + Latency, err: offset >= Bytes, data: '0};
        if (!response.err) begin
          for (int unsigned b = 0; b < DataWidth / 8; b++) begin
            if (!we_i) response.data[8*b+:8] = td_host_read8(HostRegion, offset + b);
            else if (be_i[b]) td_host_write8(HostRegion, offset + b, wdata_i[8*b+:8]);
          end
        end
        queue.push_back(response);
      end
      rvalid_o <= 1'b0;
      rdata_o  <= 'x;
      err_o    <= 1'b0;
      if (queue.size() > 0 && queue[0].due <= now + 1 && $urandom_range(99) >= 32'(delay_i)) begin
        rvalid_o <= 1'b1;
        rdata_o  <= queue[0].data;
        err_o    <= queue[0].err;
        void'(queue.pop_front());
      end
    end
  end

endmodule
