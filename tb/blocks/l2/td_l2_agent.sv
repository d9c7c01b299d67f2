// SPDX-License-Identifier: Apache-2.0
// Traffic on one port of L2, checked against the agent's own copy. Four agents own every fourth 64 bytes each, so that
// they meet in the banks but not in the data.
//
// mode_i: 0 quiet; 1 random reads, writes and pauses; 2 reads of consecutive words; 3 reads of bank 0 only;
// 4 as 1 with some addresses outside the memory; 5 reads and writes at the memory's ends, just beyond and far away.
// owner_i moves the areas among the agents; it changes while all are quiet, and then the memory must hold what was written.
module td_l2_agent #(
  parameter int unsigned Port      = 0,
  parameter int unsigned DataWidth = 64,
  parameter bit          ReadOnly  = 0,
  localparam int unsigned Lanes    = DataWidth / 8
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [2:0]           mode_i,
  input  logic [1:0]           owner_i,
  output logic                 req_o,
  input  logic                 gnt_i,
  output logic [31:0]          addr_o,
  output logic                 we_o,
  output logic [Lanes-1:0]     be_o,
  output logic [DataWidth-1:0] wdata_o,
  input  logic                 rvalid_i,
  input  logic [DataWidth-1:0] rdata_i,
  input  logic                 err_i,
  output logic [31:0]          accesses_o,   // answered since mode_i changed
  output logic [31:0]          fastest_o,    // cycles from grant to answer, since reset
  output logic [31:0]          slowest_o,
  output logic                 idle_o
);

  import "DPI-C" function byte unsigned td_host_read8(input int region, input int unsigned index);
  localparam logic [31:0] Base  = td_platform_pkg::TD_L2_BASE;
  localparam int unsigned Bytes = td_platform_pkg::TD_L2_SIZE;

  typedef struct {
    logic                 we;
    logic                 err;
    logic [DataWidth-1:0] data;
    logic [31:0]          since;
  } expected_t;

  expected_t    expected[$];
  byte unsigned shadow[int unsigned];
  logic [31:0]  now;
  logic [2:0]   mode_q;
  logic [1:0]   owner_q;
  logic [31:0]  next_q;

  assign idle_o = expected.size() == 0 && !req_o;

  function automatic logic [31:0] address(logic [2:0] mode, logic [31:0] next);
    logic [31:0] block, area;
    area  = ((Port + 32'(owner_i)) % 4) * 64 + ($urandom_range(63) & ~32'(Lanes - 1));
    block = Base + $urandom_range(63) * 256;
    case (mode)
      3'd2:    return Base + (next * Lanes) % Bytes;
      3'd3:    return Base + ((next * 32) % Bytes);
      3'd5: begin
        case ($urandom_range(7))
          0:       return Base - 32'(Lanes);
          1:       return Base + Bytes;
          2:       return Base + 32'h8000_0000 + area;
          3, 4:    return Base + area;
          default: return Base + Bytes - 256 + area;
        endcase
      end
      default: begin
        if (mode == 3'd4 && $urandom_range(9) == 0) return $urandom_range(1) == 0 ? Base - 32'd64 : Base + Bytes;
        return block + area;
      end
    endcase
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      req_o      <= 1'b0;
      now        <= 0;
      next_q     <= 0;
      mode_q     <= 0;
      owner_q    <= 0;
      accesses_o <= 0;
      fastest_o  <= '1;
      slowest_o  <= 0;
    end else begin
      now    <= now + 1;
      mode_q <= mode_i;
      if (rvalid_i) begin
        if (expected.size() == 0) $error("port %0d: answer without a request", Port);
        else begin
          automatic expected_t e = expected.pop_front();
          automatic logic [31:0] took = now - e.since;
          if (err_i != e.err) $error("port %0d: err is %0d, should be %0d", Port, err_i, e.err);
          if (!e.we && !e.err && rdata_i != e.data) begin
            $error("port %0d: read 0x%h, should be 0x%h", Port, rdata_i, e.data);
          end
          if (took < fastest_o) fastest_o <= took;
          if (took > slowest_o) slowest_o <= took;
          accesses_o <= accesses_o + 1;
        end
      end
      if (mode_i != mode_q) accesses_o <= 0;
      owner_q <= owner_i;
      if (owner_i != owner_q) begin
        if (!idle_o) $error("port %0d: areas move under traffic", Port);
        foreach (shadow[a]) begin
          if (shadow[a] != td_host_read8(1, a)) $error("port %0d: memory lacks what was written to 0x%0h", Port, a);
        end
        shadow.delete();
      end
      if (req_o && gnt_i) begin
        automatic expected_t e = '{we: we_o, err: addr_o - Base >= Bytes, data: '0, since: now};
        for (int unsigned b = 0; b < Lanes; b++) begin
          automatic int unsigned at = {addr_o[31:$clog2(Lanes)], {$clog2(Lanes) {1'b0}}} - Base + b;
          if (!e.err) begin
            if (we_o) begin
              if (be_o[b]) shadow[at] = wdata_o[8*b+:8];
            end else e.data[8*b+:8] = shadow.exists(at) != 0 ? shadow[at] : td_host_read8(1, at);
          end
        end
        expected.push_back(e);
      end
      if (!req_o || gnt_i) begin
        req_o   <= mode_i == 2 || mode_i == 3 || (mode_i != 0 && $urandom_range(3) != 0);
        if (mode_i < 4 || mode_i != mode_q || $urandom_range(3) != 0) addr_o <= address(mode_i, next_q);  // else again
        we_o    <= !ReadOnly && (mode_i == 1 || mode_i == 4 || mode_i == 5) && $urandom_range(1) == 1;
        be_o    <= Lanes'($urandom);
        wdata_o <= DataWidth'({$urandom, $urandom});
        next_q  <= next_q + 1;
      end
    end
  end

endmodule
